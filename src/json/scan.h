/* The lowest layer of reading JSON (RFC 8259): recognises one string, number or value in memory,
 * validates it in full, and builds nothing. The reader (reader.h) and the transcoder (cdc/) stand
 * on it. Every function takes the first byte to look at and the end of the input, never reads at or
 * behind `end`, and returns the first byte behind what it recognised, or NULL if that is not
 * well-formed. */
#ifndef LORRY_JSON_SCAN_H
#define LORRY_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/view.h"

/* Objects and arrays nest at most this deep, wherever JSON is read. */
#define JSON_DEPTH_MAX 512

/* What a string contains; both clear means that its bytes are plain ASCII, verbatim. */
enum json_string_flag {
    JSON_ESCAPES = 1,  /* at least one backslash */
    JSON_NON_ASCII = 2 /* at least one byte above 0x7F */
};

/* `p` is behind the opening quote; returns the byte behind the closing one. UTF-8 and escapes are
 * validated; a \u escape that is half of a surrogate pair is refused, since no UTF-8 text can hold
 * it. Sets (does not clear) bits in `*flags`. */
static inline const char *json_scan_string(const char *p, const char *end, unsigned *flags);

/* A number from its first byte (a minus or a digit). */
const char *json_scan_number(const char *p, const char *end);

/* Any value from its first byte, containers included, nested at most `depth` deep (0: a scalar
 * only; never more than JSON_DEPTH_MAX). */
const char *json_scan_value(const char *p, const char *end, unsigned depth);

/* Skips white space; returns `end` at the end. Inline: nearly always there is none. */
static inline const char *json_skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* Undoes the escapes of a string that json_scan_string() accepted, `raw` being the bytes between
 * the quotes; `out` has room for raw.len bytes. Returns the length. */
size_t json_unescape(struct view raw, char *out);

/* The next character of such a string, an escape or a plain byte; moves `*p` behind it. Returns how
 * many bytes it is. */
size_t json_unescape_one(const char **p, char out[4]);

/* The other way: the text (valid UTF-8) as the inside of a JSON string in the one canonical form:
 * short escapes where there are any, \u00xx for other control characters, everything else verbatim.
 * `out` has room for 6 * text.len bytes. Returns the length. */
size_t json_escape(struct view text, char *out);

/* Both: the inside of a string that json_scan_string() accepted in the canonical form, which is
 * never longer than another one. `out` has room for 7 * raw.len bytes. Returns the length. */
size_t json_canonical(struct view raw, char *out);

/* json_scan_string() behind its first bytes. */
const char *json_scan_string_rest(const char *p, const char *end, unsigned *flags);

#ifdef __SSE2__
/* One bit for each of the 16 bytes at `p` that is not plain inside a string: a quote, a backslash,
 * a control character, or (negative as a signed byte) no ASCII. */
static inline unsigned json_special_bytes(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(special);
}
#endif

/* Inline as far as most names and short values reach. */
static inline const char *json_scan_string(const char *p, const char *end, unsigned *flags)
{
#ifdef __SSE2__
    if (end - p >= 16) {
        unsigned special = json_special_bytes(p);
        if (special) {
            p += __builtin_ctz(special);
            if (*p == '"')
                return p + 1;
        } else {
            p += 16;
        }
    }
#endif
    return json_scan_string_rest(p, end, flags);
}

#endif
