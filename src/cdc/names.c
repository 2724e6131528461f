#include "cdc/names.h"

static bool map_add(struct map *map, struct view name)
{
    void **place = map_at(map, name);
    if (*place)
        return false;
    *place = map; /* anything but NULL */
    return true;
}

bool names_add(struct names *names, struct view name)
{
    if (names->count < NAMES_LINEAR) {
        for (size_t i = 0; i < names->count; i++)
            if (view_equal(names->linear[i], name))
                return false;
        names->linear[names->count++] = name;
        return true;
    }
    if (names->map.len == 0)
        for (size_t i = 0; i < names->count; i++)
            map_add(&names->map, names->linear[i]);
    return map_add(&names->map, name);
}
