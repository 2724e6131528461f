#include "json/scan.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int code_unit(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* `p` is behind the "\u". */
static const char *scan_code_point(const char *p, const char *end)
{
    int unit = code_unit(p, end);
    if (unit < 0 || (unit & 0xFC00) == 0xDC00)
        return NULL;
    p += 4;
    if ((unit & 0xFC00) != 0xD800)
        return p;
    if (end - p < 2 || p[0] != '\\' || p[1] != 'u')
        return NULL;
    int low = code_unit(p + 2, end);
    return low >= 0 && (low & 0xFC00) == 0xDC00 ? p + 6 : NULL;
}

/* `p` is behind the backslash. */
static const char *scan_escape(const char *p, const char *end)
{
    if (p == end)
        return NULL;
    switch (*p++) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return p;
    case 'u': return scan_code_point(p, end);
    default: return NULL;
    }
}

/* The first byte at or behind `p` that is not plain inside a string, or `end`. */
static const char *skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned special = json_special_bytes(p);
        if (special)
            return p + __builtin_ctz(special);
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)(*p - 0x20) < 0x60)
        p++;
    return p;
}

const char *json_scan_string_rest(const char *p, const char *end, unsigned *flags)
{
    unsigned seen = 0;
    while ((p = skip_plain(p, end)) < end) {
        if (*p == '"') {
            *flags |= seen;
            return p + 1;
        }
        if (*p == '\\') {
            seen |= JSON_ESCAPES;
            p = scan_escape(p + 1, end);
            if (!p)
                return NULL;
            continue;
        }
        /* Text beyond ASCII tends to go on: stay here for as long as it does. */
        seen |= JSON_NON_ASCII;
        do {
            size_t len = (unsigned char)*p < 0x20 ? 0 : utf8_sequence(p, end);
            if (!len)
                return NULL;
            p += len;
        } while (p < end && (unsigned char)*p >= 0x80);
    }
    return NULL;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && (unsigned char)(*p - '0') <= 9)
        p++;
    return p;
}

const char *json_scan_number(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    const char *digits = p;
    p = p < end && *p == '0' ? p + 1 : skip_digits(p, end);
    if (p == digits)
        return NULL;
    if (p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        if (p == digits)
            return NULL;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = skip_digits(p, end);
        if (p == digits)
            return NULL;
    }
    return p;
}

static const char *scan_word(const char *p, const char *end, const char *word, size_t len)
{
    return (size_t)(end - p) >= len && memcmp(p, word, len) == 0 ? p + len : NULL;
}

/* `p` is below `end`. */
static inline const char *scan_scalar(const char *p, const char *end)
{
    unsigned flags = 0;
    switch (*p) {
    case '"': return json_scan_string(p + 1, end, &flags);
    case 't': return scan_word(p, end, "true", 4);
    case 'f': return scan_word(p, end, "false", 5);
    case 'n': return scan_word(p, end, "null", 4);
    default: return json_scan_number(p, end);
    }
}

/* A member's name with its colon, up to the first byte of the value. */
static inline const char *scan_name(const char *p, const char *end)
{
    unsigned flags = 0;
    if (p == end || *p != '"')
        return NULL;
    p = json_scan_string(p + 1, end, &flags);
    if (!p)
        return NULL;
    p = json_skip_space(p, end);
    return p < end && *p == ':' ? json_skip_space(p + 1, end) : NULL;
}

/* The closing brackets of what is open. */
struct nesting {
    unsigned level, limit;
    char closing[JSON_DEPTH_MAX];
};

/* Behind a value: closes what ends here and goes to the first byte of the next value, or, with
 * nothing open, behind the whole (level 0). */
static inline const char *scan_behind(const char *p, const char *end, struct nesting *open)
{
    while (open->level > 0) {
        char closing = open->closing[open->level - 1];
        p = json_skip_space(p, end);
        if (p == end)
            return NULL;
        if (*p == ',') {
            p = json_skip_space(p + 1, end);
            return closing == '}' ? scan_name(p, end) : p;
        }
        if (*p != closing)
            return NULL;
        p++;
        open->level--;
    }
    return p;
}

const char *json_scan_value(const char *p, const char *end, unsigned depth)
{
    struct nesting open;
    open.level = 0;
    open.limit = depth < JSON_DEPTH_MAX ? depth : JSON_DEPTH_MAX;
    do {
        if (p == end)
            return NULL;
        if (*p == '{' || *p == '[') {
            if (open.level == open.limit)
                return NULL;
            /* In ASCII both closing brackets stand two behind the opening ones. */
            char closing = (char)(*p + 2);
            open.closing[open.level++] = closing;
            p = json_skip_space(p + 1, end);
            if (p == end || *p != closing) {
                if (closing == '}' && !(p = scan_name(p, end)))
                    return NULL;
                continue;
            }
        } else if (!(p = scan_scalar(p, end))) {
            return NULL;
        }
        p = scan_behind(p, end, &open);
        if (!p)
            return NULL;
    } while (open.level > 0);
    return p;
}
