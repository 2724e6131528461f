#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

#define BLOCK_SIZE ((size_t)64 << 10)

struct arena_block {
    struct arena_block *previous;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void arena_release(struct arena *arena)
{
    for (struct arena_block *block = arena->head, *previous; block; block = previous) {
        previous = block->previous;
        free(block);
    }
    *arena = ARENA_INIT;
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_block *block = arena->head; block; block = block->previous)
        explicit_bzero(block->bytes, block->size);
    arena_release(arena);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *largest = arena->head;
    for (struct arena_block *block = arena->head; block; block = block->previous)
        if (block->size > largest->size)
            largest = block;
    for (struct arena_block *block = arena->head, *previous; block; block = previous) {
        previous = block->previous;
        if (block != largest)
            free(block);
    }
    *arena = ARENA_INIT;
    if (!largest)
        return;
    largest->previous = NULL;
    *arena = (struct arena){largest, largest->bytes, largest->bytes + largest->size};
}

static void grow(struct arena *arena, size_t size)
{
    /* Doubling keeps the number of blocks small and the waste at the end of each bounded. */
    size_t want = arena->head ? arena->head->size * 2 : BLOCK_SIZE;
    if (want < size)
        want = size;
    if (want > SIZE_MAX - sizeof(struct arena_block))
        memory_exhausted();
    struct arena_block *block = xmalloc(sizeof(*block) + want);
    block->previous = arena->head;
    block->size = want;
    *arena = (struct arena){block, block->bytes, block->bytes + want};
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t padding = -(uintptr_t)arena->next & (alignof(max_align_t) - 1);
    if (!arena->head || padding + size < size ||
        padding + size > (size_t)(arena->end - arena->next)) {
        grow(arena, size);
        padding = 0;
    }
    char *at = arena->next + padding;
    arena->next = at + size;
    return at;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        memory_exhausted();
    return memset(arena_alloc(arena, bytes), 0, bytes);
}

struct view arena_copy(struct arena *arena, struct view bytes)
{
    char *copy = arena_reserve(arena, bytes.len + 1, NULL);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = '\0';
    arena_claim(arena, bytes.len + 1);
    return view_of(copy, bytes.len);
}

char *arena_reserve(struct arena *arena, size_t size, size_t *room)
{
    if (!arena->head || size > (size_t)(arena->end - arena->next))
        grow(arena, size);
    if (room)
        *room = (size_t)(arena->end - arena->next);
    return arena->next;
}

void arena_claim(struct arena *arena, size_t size)
{
    arena->next += size;
}
