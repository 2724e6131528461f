/* The names seen in one object, to find a repeated one: DynamoDB never sends that, and no sink can
 * hold it. Private to cdc/. */
#ifndef LORRY_CDC_NAMES_H
#define LORRY_CDC_NAMES_H

#include <stdbool.h>

#include "base/map.h"
#include "base/view.h"

/* Most objects are small: there a linear search needs no memory and beats hashing. */
#define NAMES_LINEAR 24

struct names {
    size_t count;
    struct view linear[NAMES_LINEAR];
    struct map map; /* all of them, once there are more */
};

/* Not a zeroing initialiser: the array is left alone. */
static inline void names_init(struct names *names)
{
    names->count = 0;
    names->map = MAP_INIT;
}

static inline void names_release(struct names *names)
{
    map_release(&names->map);
}
#define cleanup_names __attribute__((cleanup(names_release)))

/* Borrows the name. False if it is there already. */
bool names_add(struct names *names, struct view name);

#endif
