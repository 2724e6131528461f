/* A place in JSON text, for code that knows what it expects there. Private to cdc/. Every function
 * moves past what it recognised, or leaves the cursor at NULL: once something was wrong it stays
 * wrong, so that callers may look once, at the end of a sequence. */
#ifndef LORRY_CDC_CURSOR_H
#define LORRY_CDC_CURSOR_H

#include <stdbool.h>

#include "base/view.h"
#include "json/scan.h"

struct cursor {
    const char *p; /* NULL: what was there is not well-formed, or not what was expected */
    const char *end;
};

static inline bool cursor_ok(const struct cursor *c)
{
    return c->p != NULL;
}

/* Next byte that is no white space; 0 at the end. Does not move past it. */
static inline char cursor_peek(struct cursor *c)
{
    if (!c->p)
        return 0;
    c->p = json_skip_space(c->p, c->end);
    return c->p < c->end ? *c->p : 0;
}

/* Moves past the byte `want` (white space before it is skipped), or fails. */
static inline bool cursor_take(struct cursor *c, char want)
{
    if (cursor_peek(c) != want || c->p == c->end) {
        c->p = NULL;
        return false;
    }
    c->p++;
    return true;
}

/* A string: `text` are the bytes between the quotes. */
static inline bool cursor_string(struct cursor *c, struct view *text, unsigned *flags)
{
    if (!cursor_take(c, '"'))
        return false;
    const char *begin = c->p;
    *flags = 0;
    c->p = json_scan_string(begin, c->end, flags);
    if (!c->p)
        return false;
    *text = view_between(begin, c->p - 1);
    return true;
}

/* Any value; its span. */
static inline struct view cursor_skip(struct cursor *c, unsigned depth)
{
    cursor_peek(c);
    if (!c->p || c->p == c->end) {
        c->p = NULL;
        return (struct view){0};
    }
    const char *begin = c->p;
    c->p = json_scan_value(begin, c->end, depth);
    return c->p ? view_between(begin, c->p) : (struct view){0};
}

/* Elements of a container whose opening bracket was taken: true if another one follows. `*first`
 * starts as true. At the closing bracket, which is taken, or at something else, where it fails:
 * false. */
static inline bool cursor_more(struct cursor *c, char close, bool *first)
{
    char next = cursor_peek(c);
    if (next == close && c->p < c->end) {
        c->p++;
        return false;
    }
    if (*first) {
        *first = false;
        return cursor_ok(c);
    }
    return cursor_take(c, ',');
}

/* Members of an object whose brace was taken: true if another one follows, its name read and the
 * colon taken. */
static inline bool cursor_member(struct cursor *c, bool *first, struct view *name, unsigned *flags)
{
    return cursor_more(c, '}', first) && cursor_string(c, name, flags) && cursor_take(c, ':');
}

#endif
