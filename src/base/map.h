/* A hash map from bytes to a pointer. Keys are borrowed: they must outlive the map. Insertion order
 * is kept: entries[0..len) is the way to iterate. There is no removal. */
#ifndef LORRY_BASE_MAP_H
#define LORRY_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct map_entry {
    struct view key;
    uint64_t hash;
    void *value;
};

struct map {
    struct map_entry *entries;
    size_t len;
    size_t size;
    uint32_t *slots; /* index into entries plus one; 0 is free */
    size_t slot_count;
};

#define MAP_INIT ((struct map){0})

/* Frees the table, not what the values point to. Safe on a zeroed map. */
void map_release(struct map *map);
#define cleanup_map __attribute__((cleanup(map_release)))

/* Forgets all entries, keeps the memory. */
void map_clear(struct map *map);

/* The value stored under `key`, or NULL. */
void *map_get(const struct map *map, struct view key);

/* The place of the value under `key`, made with NULL in it if there was none. Valid until the next
 * insertion. */
void **map_at(struct map *map, struct view key);

/* The hash that the map uses: seeded once per process, so that input cannot aim at collisions. */
uint64_t map_hash(struct view key);

#endif
