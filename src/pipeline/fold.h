/* Folding: of all changes of a key in a batch only the greatest has to be written. Private to
 * pipeline/. */
#ifndef LORRY_PIPELINE_FOLD_H
#define LORRY_PIPELINE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/map.h"
#include "cdc/batch.h"

/* The changes of one key, greatest first. */
struct fold_key {
    struct change **changes;
    size_t count;
    size_t current; /* the one to be written: 0, and on from there as changes are refused; `count`:
                       none is left */
};

struct fold {
    struct map map;        /* key -> struct fold_key */
    struct fold_key *keys; /* in the order in which they were delivered first */
    size_t count;
};

/* Groups the changes of a batch; memory comes from the batch's arena. Of equal changes (same time,
 * same sequence) the one delivered last comes first. */
void fold_init(struct fold *fold, struct batch *batch);
void fold_release(struct fold *fold);

/* Whether the change at a place of the key is another delivery of one before it: equal time and
 * event ID. */
bool fold_is_duplicate(const struct fold_key *key, size_t place);

/* How many changes of the key behind place `from` are such. */
size_t fold_duplicates(const struct fold_key *key, size_t from);

#endif
