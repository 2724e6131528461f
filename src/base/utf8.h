/* UTF-8, as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef LORRY_BASE_UTF8_H
#define LORRY_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* Length (1 to 4) of the well-formed sequence at `p`, which is below `end`; 0 if there is none. */
static inline size_t utf8_sequence(const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t room = (size_t)(end - p);
    if (u[0] < 0x80)
        return 1;
    if (u[0] < 0xC2 || u[0] > 0xF4)
        return 0;
    size_t len = u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
    if (room < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((u[i] & 0xC0) != 0x80)
            return 0;
    if ((u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xED && u[1] > 0x9F) ||
        (u[0] == 0xF0 && u[1] < 0x90) || (u[0] == 0xF4 && u[1] > 0x8F))
        return 0;
    return len;
}

static inline bool utf8_valid(struct view text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    while (p < end) {
        size_t len = utf8_sequence(p, end);
        if (!len)
            return false;
        p += len;
    }
    return true;
}

/* The beginning of `text` that has at most `max` bytes and does not end within a character. */
static inline struct view utf8_cut(struct view text, size_t max)
{
    if (text.len <= max)
        return text;
    while (max > 0 && (text.ptr[max] & 0xC0) == 0x80)
        max--;
    return view_of(text.ptr, max);
}

/* Writes the UTF-8 form of a code point (not a surrogate, at most 0x10FFFF); returns its length, 1
 * to 4. */
static inline size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

#endif
