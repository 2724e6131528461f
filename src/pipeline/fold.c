#include "pipeline/fold.h"

#include <stdlib.h>

/* Greatest first; positions make the order total. */
static int compare(const void *left, const void *right)
{
    const struct change *a = *(struct change *const *)left, *b = *(struct change *const *)right;
    int order = change_compare(b, a);
    return order ? order : (b->position > a->position) - (b->position < a->position);
}

/* Counts the changes per key: value of the map is the place of the key plus one. */
static size_t number_keys(struct fold *fold, struct batch *batch, size_t *key_of)
{
    size_t changes = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct change *change = batch->records[i].change;
        if (!change)
            continue;
        void **place = map_at(&fold->map, change->key.json);
        if (!*place)
            *place = (void *)fold->map.len;
        key_of[i] = (size_t)*place - 1;
        changes++;
    }
    return changes;
}

void fold_init(struct fold *fold, struct batch *batch)
{
    struct arena *arena = &batch->arena;
    *fold = (struct fold){0};
    size_t *key_of = arena_calloc(arena, batch->count, sizeof(*key_of));
    size_t changes = number_keys(fold, batch, key_of);
    fold->count = fold->map.len;
    fold->keys = arena_calloc(arena, fold->count, sizeof(*fold->keys));
    struct change **space = arena_calloc(arena, changes, sizeof(struct change *));

    for (size_t i = 0; i < batch->count; i++)
        if (batch->records[i].change)
            fold->keys[key_of[i]].count++;
    for (size_t k = 0; k < fold->count; k++) {
        fold->keys[k].changes = space;
        space += fold->keys[k].count;
        fold->keys[k].count = 0;
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct fold_key *key = &fold->keys[key_of[i]];
        if (batch->records[i].change)
            key->changes[key->count++] = batch->records[i].change;
    }
    for (size_t k = 0; k < fold->count; k++)
        qsort(fold->keys[k].changes, fold->keys[k].count, sizeof(struct change *), compare);
}

void fold_release(struct fold *fold)
{
    map_release(&fold->map);
}

bool fold_is_duplicate(const struct fold_key *key, size_t place)
{
    const struct change *change = key->changes[place];
    for (size_t i = place; change->event_id.len && i-- > 0;) {
        if (key->changes[i]->version != change->version)
            return false;
        if (view_equal(key->changes[i]->event_id, change->event_id))
            return true;
    }
    return false;
}

size_t fold_duplicates(const struct fold_key *key, size_t from)
{
    size_t duplicates = 0;
    for (size_t i = from + 1; i < key->count; i++)
        duplicates += fold_is_duplicate(key, i);
    return duplicates;
}
