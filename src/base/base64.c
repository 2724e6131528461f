#include "base/base64.h"

#include <stdbool.h>
#include <stdint.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character, plus one; 0 for what is none. */
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a designator cannot have them */
#define V(c, value) [c] = (value) + 1
static const uint8_t values[256] = {
    V('A', 0),  V('B', 1),  V('C', 2),  V('D', 3),  V('E', 4),  V('F', 5),  V('G', 6),  V('H', 7),
    V('I', 8),  V('J', 9),  V('K', 10), V('L', 11), V('M', 12), V('N', 13), V('O', 14), V('P', 15),
    V('Q', 16), V('R', 17), V('S', 18), V('T', 19), V('U', 20), V('V', 21), V('W', 22), V('X', 23),
    V('Y', 24), V('Z', 25), V('a', 26), V('b', 27), V('c', 28), V('d', 29), V('e', 30), V('f', 31),
    V('g', 32), V('h', 33), V('i', 34), V('j', 35), V('k', 36), V('l', 37), V('m', 38), V('n', 39),
    V('o', 40), V('p', 41), V('q', 42), V('r', 43), V('s', 44), V('t', 45), V('u', 46), V('v', 47),
    V('w', 48), V('x', 49), V('y', 50), V('z', 51), V('0', 52), V('1', 53), V('2', 54), V('3', 55),
    V('4', 56), V('5', 57), V('6', 58), V('7', 59), V('8', 60), V('9', 61), V('+', 62), V('/', 63),
};
#undef V

/* 0 to 63, or UINT32_MAX. */
static inline uint32_t value_of(char c)
{
    return (uint32_t)values[(unsigned char)c] - 1;
}

/* Four characters without padding; false if one of them is none. */
static inline bool decode_four(const char *from, char *out)
{
    uint32_t a = value_of(from[0]), b = value_of(from[1]);
    uint32_t c = value_of(from[2]), d = value_of(from[3]);
    if ((a | b | c | d) > 63)
        return false;
    out[0] = (char)(a << 2 | b >> 4);
    out[1] = (char)(b << 4 | c >> 2);
    out[2] = (char)(c << 6 | d);
    return true;
}

/* The last four characters, which may end in padding: bytes written, or -1. The bits that padding
 * leaves over must be zero. */
static ssize_t decode_last(const char *from, char *out)
{
    if (from[3] != '=')
        return decode_four(from, out) ? 3 : -1;
    uint32_t a = value_of(from[0]), b = value_of(from[1]);
    if ((a | b) > 63)
        return -1;
    out[0] = (char)(a << 2 | b >> 4);
    if (from[2] == '=')
        return b & 15 ? -1 : 1;
    uint32_t c = value_of(from[2]);
    if (c > 63 || (c & 3))
        return -1;
    out[1] = (char)(b << 4 | c >> 2);
    return 2;
}

/* Decodes `text` (a multiple of four characters, not empty); what is before `done` was decoded into
 * what is before `to`. */
static ssize_t decode_rest(struct view text, size_t done, char *out)
{
    char *to = out + done / 4 * 3;
    for (; done + 4 < text.len; done += 4, to += 3)
        if (!decode_four(text.ptr + done, to))
            return -1;
    ssize_t last = decode_last(text.ptr + done, to);
    return last < 0 ? -1 : to - out + last;
}

ssize_t base64_decode_portable(struct view text, char *out)
{
    if (text.len == 0)
        return 0;
    return text.len % 4 ? -1 : decode_rest(text, 0, out);
}

#ifdef __x86_64__

#define BOTH_LANES(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/* The values of 32 characters; false if one of them is none.
 *
 * A character is split into its halves. Which high halves exist is one bit each (bit 0: none at
 * all; 1: 2x, of which only '+' and '/' count; 2: 3x; 3: 4x and 6x; 4: 5x and 7x), and for each low
 * half the bits say in which of them it does not exist: what both tables share is wrong. */
__attribute__((target("avx2"))) static inline bool values_of_32(__m256i chars, __m256i *out)
{
    const __m256i wrong_for_high = BOTH_LANES(1, 1, 2, 4, 8, 16, 8, 16, 1, 1, 1, 1, 1, 1, 1, 1);
    const __m256i wrong_for_low = BOTH_LANES(
        1 | 2 | 8, 1 | 2, 1 | 2, 1 | 2, 1 | 2, 1 | 2, 1 | 2, 1 | 2, 1 | 2, 1 | 2, 1 | 2 | 4,
        1 | 4 | 16, 1 | 2 | 4 | 16, 1 | 2 | 4 | 16, 1 | 2 | 4 | 16, 1 | 4 | 16);
    /* What to add, by high half; '/' shares its own with '+' and is told apart below. */
    const __m256i offsets = BOTH_LANES(0, 0, 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0,
                                       0, 0, 0, 0, 0, 0, 0);
    const __m256i low_half = _mm256_set1_epi8(0x0F);
    __m256i high = _mm256_and_si256(_mm256_srli_epi32(chars, 4), low_half);
    __m256i low = _mm256_and_si256(chars, low_half);
    __m256i wrong = _mm256_and_si256(_mm256_shuffle_epi8(wrong_for_high, high),
                                     _mm256_shuffle_epi8(wrong_for_low, low));
    __m256i slash = _mm256_cmpeq_epi8(chars, _mm256_set1_epi8('/'));
    __m256i offset = _mm256_shuffle_epi8(offsets, high);
    /* '/' is 4 above '+' but its value only 1. */
    offset = _mm256_add_epi8(offset, _mm256_and_si256(slash, _mm256_set1_epi8(-3)));
    *out = _mm256_add_epi8(chars, offset);
    return _mm256_testz_si256(wrong, wrong);
}

/* 32 values of 6 bits to 24 bytes, with 8 more of no meaning behind them. */
__attribute__((target("avx2"))) static inline __m256i pack_32(__m256i six)
{
    /* Neighbours join: two to 12 bits, then two of these to 24. */
    __m256i twelve = _mm256_maddubs_epi16(six, _mm256_set1_epi16(0x0140));
    __m256i full = _mm256_madd_epi16(twelve, _mm256_set1_epi32(0x00011000));
    /* Three bytes of each four, most significant first; then the lanes close up. */
    full = _mm256_shuffle_epi8(full,
                               BOTH_LANES(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
    return _mm256_permutevar8x32_epi32(full, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

__attribute__((target("avx2"))) static ssize_t decode_avx2(struct view text, char *out)
{
    size_t done = 0;
    /* The last four characters may be padding: they stay for the rest. */
    for (char *to = out; text.len - done > 32; done += 32, to += 24) {
        __m256i six;
        const char *from = text.ptr + done;
        if (!values_of_32(_mm256_loadu_si256((const __m256i *)(const void *)from), &six))
            return -1;
        _mm256_storeu_si256((__m256i *)(void *)to, pack_32(six));
    }
    return decode_rest(text, done, out);
}

#endif

ssize_t base64_decode(struct view text, char *out)
{
#ifdef __x86_64__
    if (text.len > 32 && text.len % 4 == 0 && __builtin_cpu_supports("avx2"))
        return decode_avx2(text, out);
#endif
    return base64_decode_portable(text, out);
}

void base64_encode(struct view bytes, char *out)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t left = bytes.len;
    for (; left >= 3; left -= 3, p += 3, out += 4) {
        uint32_t three = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        out[0] = alphabet[three >> 18];
        out[1] = alphabet[three >> 12 & 63];
        out[2] = alphabet[three >> 6 & 63];
        out[3] = alphabet[three & 63];
    }
    if (left == 0)
        return;
    uint32_t rest = (uint32_t)p[0] << 16 | (left == 2 ? (uint32_t)p[1] << 8 : 0);
    out[0] = alphabet[rest >> 18];
    out[1] = alphabet[rest >> 12 & 63];
    out[2] = left == 2 ? alphabet[rest >> 6 & 63] : '=';
    out[3] = '=';
}
