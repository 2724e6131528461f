/* An arena: memory for all that lives as long as a batch, freed at once. Pointers stay valid until
 * arena_reset() or arena_release(). It grows without a cap of its own: what is put into it is
 * bounded by the caps of the inputs it is made from. */
#ifndef LORRY_BASE_ARENA_H
#define LORRY_BASE_ARENA_H

#include <stddef.h>

#include "base/view.h"

struct arena_block;

struct arena {
    struct arena_block *head; /* the one that is being filled */
    char *next;
    char *end;
};

#define ARENA_INIT ((struct arena){0})

/* Frees everything. Safe on a zeroed arena. */
void arena_release(struct arena *arena);
#define cleanup_arena __attribute__((cleanup(arena_release)))

/* Overwrites everything before freeing it: for secrets. Safe on a zeroed arena. */
void arena_wipe(struct arena *arena);
#define cleanup_secret_arena __attribute__((cleanup(arena_wipe)))

/* Forgets everything but keeps the largest block for the next batch. */
void arena_reset(struct arena *arena);

/* `size` bytes aligned for any type, not zeroed. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, zeroed, for `count` elements; the product is checked for overflow. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);

/* A copy of the bytes (NUL-terminated behind the view, for those who need a string). */
struct view arena_copy(struct arena *arena, struct view bytes);

/* Room for at least `size` bytes of unaligned text, and `*room` how many there are. What was used
 * of it is claimed with arena_claim(); unclaimed room is given to the next caller. */
char *arena_reserve(struct arena *arena, size_t size, size_t *room);

/* Claims the first `size` bytes of what arena_reserve() returned last. */
void arena_claim(struct arena *arena, size_t size);

#endif
