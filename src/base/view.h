/* A borrowed string: pointer and length, passed by value. Never owns, may hold NUL bytes, is not
 * terminated. The memory behind it must outlive it. */
#ifndef LORRY_BASE_VIEW_H
#define LORRY_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct view {
    const char *ptr;
    size_t len;
};

/* For printf: printf("%.*s", VIEW_ARG(v)). */
#define VIEW_ARG(v) (int)(v).len, (v).ptr
/* A view of a string literal, also as an initialiser. */
#define VIEW(literal) ((struct view){(literal), sizeof(literal) - 1})

static inline struct view view_of(const char *ptr, size_t len)
{
    return (struct view){ptr, len};
}

/* The bytes between two pointers into the same buffer. */
static inline struct view view_between(const char *begin, const char *end)
{
    return (struct view){begin, (size_t)(end - begin)};
}

/* A view of a NUL-terminated string; NULL gives the empty view. */
static inline struct view view_str(const char *text)
{
    return (struct view){text ? text : "", text ? strlen(text) : 0};
}

static inline bool view_equal(struct view a, struct view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Byte order; a prefix sorts before what it is a prefix of. <0, 0, >0. */
static inline int view_compare(struct view a, struct view b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline bool view_starts_with(struct view v, struct view prefix)
{
    return v.len >= prefix.len && memcmp(v.ptr, prefix.ptr, prefix.len) == 0;
}

static inline bool view_ends_with(struct view v, struct view end)
{
    return v.len >= end.len && memcmp(v.ptr + v.len - end.len, end.ptr, end.len) == 0;
}

/* The view without its first `n` bytes; `n` beyond the end gives the empty view. */
static inline struct view view_skip(struct view v, size_t n)
{
    if (n > v.len)
        n = v.len;
    return (struct view){v.ptr + n, v.len - n};
}

/* The view without spaces and tabs at either end. */
static inline struct view view_trim(struct view v)
{
    while (v.len && (v.ptr[0] == ' ' || v.ptr[0] == '\t'))
        v = view_skip(v, 1);
    while (v.len && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\t'))
        v.len--;
    return v;
}

/* Takes the first line off, without its newline; the last one needs none. False: nothing is left.
 */
static inline bool view_take_line(struct view *rest, struct view *line)
{
    if (!rest->len)
        return false;
    const char *end = (const char *)memchr(rest->ptr, '\n', rest->len);
    *line = end ? view_between(rest->ptr, end) : *rest;
    *rest = view_skip(*rest, line->len + 1);
    return true;
}

#endif
