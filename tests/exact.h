/* Input in memory of exactly its size, so that the address sanitizer sees every read beyond it. */
#ifndef LORRY_TESTS_EXACT_H
#define LORRY_TESTS_EXACT_H

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/view.h"

/* A copy to be freed with exact_free(). */
static inline struct view exact_copy(struct view bytes)
{
    char *copy = xmalloc(bytes.len);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    return view_of(copy, bytes.len);
}

static inline void exact_free(struct view copy)
{
    free((char *)copy.ptr);
}

#endif
