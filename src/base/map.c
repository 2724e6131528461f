#include "base/map.h"

#include <stdatomic.h>
#include <sys/random.h>

#include "base/memory.h"

void map_release(struct map *map)
{
    free(map->entries);
    free(map->slots);
    *map = MAP_INIT;
}

void map_clear(struct map *map)
{
    map->len = 0;
    if (map->slots)
        memset(map->slots, 0, map->slot_count * sizeof(*map->slots));
}

/* Chosen once; threads that race for it agree on one. */
static uint64_t seed(void)
{
    static _Atomic uint64_t chosen;
    uint64_t value = atomic_load_explicit(&chosen, memory_order_relaxed), none = 0;
    if (value)
        return value;
    if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value))
        value = (uintptr_t)&value;
    value |= 1;
    return atomic_compare_exchange_strong(&chosen, &none, value) ? value : none;
}

/* Multiply and fold, 8 bytes at a time. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t map_hash(struct view key)
{
    uint64_t hash = seed() ^ key.len;
    while (key.len >= 8) {
        uint64_t word;
        memcpy(&word, key.ptr, 8);
        hash = mix(hash ^ word, 0x9E3779B97F4A7C15);
        key = view_skip(key, 8);
    }
    uint64_t rest = 0;
    if (key.len)
        memcpy(&rest, key.ptr, key.len);
    return mix(hash ^ rest ^ 0xA0761D6478BD642F, seed() ^ 0xE7037ED1A0B428DB);
}

static uint32_t *find_slot(const struct map *map, struct view key, uint64_t hash)
{
    for (size_t at = hash & (map->slot_count - 1);; at = (at + 1) & (map->slot_count - 1)) {
        uint32_t *slot = &map->slots[at];
        if (*slot == 0)
            return slot;
        const struct map_entry *entry = &map->entries[*slot - 1];
        if (entry->hash == hash && view_equal(entry->key, key))
            return slot;
    }
}

void *map_get(const struct map *map, struct view key)
{
    if (map->len == 0)
        return NULL;
    uint32_t slot = *find_slot(map, key, map_hash(key));
    return slot ? map->entries[slot - 1].value : NULL;
}

static void grow(struct map *map)
{
    map->size = map->size ? map->size * 2 : 16;
    map->entries = xreallocarray(map->entries, map->size, sizeof(*map->entries));
    /* Twice as many slots as entries: probes stay short. */
    free(map->slots);
    map->slot_count = map->size * 2;
    map->slots = xcalloc(map->slot_count, sizeof(*map->slots));
    for (size_t i = 0; i < map->len; i++)
        *find_slot(map, map->entries[i].key, map->entries[i].hash) = (uint32_t)i + 1;
}

void **map_at(struct map *map, struct view key)
{
    if (map->len == map->size)
        grow(map);
    uint64_t hash = map_hash(key);
    uint32_t *slot = find_slot(map, key, hash);
    if (*slot == 0) {
        map->entries[map->len++] = (struct map_entry){key, hash, NULL};
        *slot = (uint32_t)map->len;
    }
    return &map->entries[*slot - 1].value;
}
