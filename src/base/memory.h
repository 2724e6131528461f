/* Memory: out-of-memory aborts, decided here once. Whatever a peer or a file can make grow has a
 * cap of its own (see buf.h), so that hitting it is an ordinary error. */
#ifndef LORRY_BASE_MEMORY_H
#define LORRY_BASE_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* As malloc, calloc, realloc and strdup, but never NULL. `count * size` is checked for overflow. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t len);

/* Prints "lorry: out of memory" and aborts. */
_Noreturn void memory_exhausted(void);

/* `cleanup_free char *p = ...;` frees at the end of the scope. */
static inline void memory_free_pointer(void *address)
{
    free(*(void **)address);
}
#define cleanup_free __attribute__((cleanup(memory_free_pointer)))

static inline void memory_close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define cleanup_close __attribute__((cleanup(memory_close_fd)))

/* Gives the value of a cleanup variable away: steal(&p) returns p and leaves NULL behind. */
#define steal(address)                                                                             \
    __extension__({                                                                                \
        __typeof__(address) steal_from = (address);                                                \
        __typeof__(*steal_from) steal_value = *steal_from;                                         \
        *steal_from = NULL;                                                                        \
        steal_value;                                                                               \
    })

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
