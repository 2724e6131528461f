#include <string.h>

#include "base/utf8.h"
#include "json/scan.h"

/* Letter of the short escape, 'u' where there is none but one is needed, 0 for verbatim. */
static const char escapes[256] = {
    ['\b'] = 'b', ['\t'] = 't',  ['\n'] = 'n',          ['\f'] = 'f', ['\r'] = 'r',
    ['"'] = '"',  ['\\'] = '\\', [0x00 ... 0x07] = 'u', [0x0B] = 'u', [0x0E ... 0x1F] = 'u',
};

static uint32_t code_unit(const char *p)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        unsigned digit = (unsigned char)p[i];
        unit = unit << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return unit;
}

static char short_escape(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

size_t json_unescape_one(const char **p, char out[4])
{
    const char *from = *p;
    if (from[0] != '\\' || from[1] != 'u') {
        out[0] = from[0] == '\\' ? short_escape(from[1]) : from[0];
        *p += from[0] == '\\' ? 2 : 1;
        return 1;
    }
    uint32_t c = code_unit(from + 2);
    *p += 6;
    if ((c & 0xFC00) == 0xD800) {
        c = 0x10000 + ((c & 0x3FF) << 10) + (code_unit(from + 8) & 0x3FF);
        *p += 6;
    }
    return utf8_encode(c, out);
}

size_t json_unescape(struct view raw, char *out)
{
    const char *p = raw.ptr, *end = raw.ptr + raw.len;
    char *to = out;
    while (p < end) {
        const char *backslash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((backslash ? backslash : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (backslash)
            to += json_unescape_one(&p, to);
    }
    return (size_t)(to - out);
}

/* Copies the bytes that stand for themselves, and returns how many there are. */
static size_t copy_verbatim(const char *p, const char *end, char *to)
{
    const char *begin = p;
#ifdef __SSE2__
    /* Writing all 16 is allowed: `out` has room for six times what is left. */
    for (; end - p >= 16; p += 16, to += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        _mm_storeu_si128((__m128i *)(void *)to, bytes);
        __m128i special = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);
        if (mask)
            return (size_t)(p - begin) + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (p < end && !escapes[(unsigned char)*p])
        *to++ = *p++;
    return (size_t)(p - begin);
}

size_t json_escape(struct view text, char *out)
{
    static const char hex[] = "0123456789abcdef";
    const char *p = text.ptr, *end = text.ptr + text.len;
    char *to = out;
    for (;;) {
        size_t verbatim = copy_verbatim(p, end, to);
        p += verbatim;
        to += verbatim;
        if (p == end)
            return (size_t)(to - out);
        unsigned char c = (unsigned char)*p++;
        *to++ = '\\';
        *to++ = escapes[c];
        if (escapes[c] == 'u') {
            *to++ = '0';
            *to++ = '0';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
}

size_t json_canonical(struct view raw, char *out)
{
    /* json_escape() may write six times what it reads: the text waits behind that. */
    char *text = out + 6 * raw.len;
    return json_escape(view_of(text, json_unescape(raw, text)), out);
}
