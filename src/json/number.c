#include "json/number.h"

#include <stdlib.h>
#include <string.h>

#include "json/decimal.h"

/* A way of writing a decimal. */
struct form {
    int whole_max, fraction_max; /* more digits than this before or behind the point: scientific */
    char e;
    bool point; /* a point even without a fraction */
};

/* Beyond this an exponent is out of range, whatever digits stand before it. */
#define EXPONENT_CLAMP ((int64_t)1 << 60)

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* Takes one digit; zeros wait until it is known that they are not the last ones. */
static inline bool add_digit(struct decimal *d, char digit, size_t *zeros)
{
    if (digit == '0') {
        *zeros += d->count > 0;
        return true;
    }
    if (*zeros >= (size_t)(NUMBER_DIGITS_MAX - d->count))
        return false;
    for (; *zeros > 0; --*zeros)
        d->digits[d->count++] = '0';
    d->digits[d->count++] = digit;
    return true;
}

/* The exponent behind the `e`, up to the end of the text. */
static bool parse_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    int64_t value = 0;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return false;
        if (value < EXPONENT_CLAMP / 10)
            value = value * 10 + (*p - '0');
    }
    *exponent = negative ? -value : value;
    return true;
}

static bool parse(struct view text, struct decimal *d)
{
    if (!text.len)
        return false;
    const char *p = text.ptr, *end = text.ptr + text.len;
    d->negative = p < end && *p == '-';
    d->count = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    size_t zeros = 0;
    int64_t point = 0; /* digits before the point, less the zeros leading there */
    bool any = false, fraction = false;
    for (; p < end; p++) {
        if (*p == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (!is_digit(*p))
            break;
        any = true;
        if (!add_digit(d, *p, &zeros))
            return false;
        if (d->count == 0)
            point -= fraction;
        else
            point += !fraction;
    }
    int64_t exponent = 0;
    if (!any || (p < end && ((*p | 0x20) != 'e' || !parse_exponent(p + 1, end, &exponent))))
        return false;
    d->point = 0;
    if (d->count == 0) {
        d->negative = false;
        return true;
    }
    point += exponent;
    if (point - 1 < -NUMBER_EXPONENT_MAX || point - 1 > NUMBER_EXPONENT_MAX)
        return false;
    d->point = (int)point;
    return true;
}

static char *put(char *to, const char *digits, int count)
{
    memcpy(to, digits, (size_t)count);
    return to + count;
}

static char *put_zeros(char *to, int count)
{
    memset(to, '0', (size_t)count);
    return to + count;
}

static char *put_scientific(char *to, const struct decimal *d, const struct form *form)
{
    *to++ = d->digits[0];
    if (d->count > 1) {
        *to++ = '.';
        to = put(to, d->digits + 1, d->count - 1);
    }
    int exponent = d->point - 1;
    *to++ = form->e;
    *to++ = exponent < 0 ? '-' : '+';
    unsigned left = (unsigned)abs(exponent);
    if (left >= 100)
        *to++ = (char)('0' + left / 100);
    if (left >= 10)
        *to++ = (char)('0' + left / 10 % 10);
    *to++ = (char)('0' + left % 10);
    return to;
}

static char *put_plain(char *to, const struct decimal *d, const struct form *form)
{
    int whole = d->point < d->count ? d->point : d->count;
    if (whole > 0)
        to = put(to, d->digits, whole);
    else
        *to++ = '0';
    if (d->point > d->count)
        to = put_zeros(to, d->point - d->count);
    if (d->count > d->point) {
        *to++ = '.';
        if (d->point < 0)
            to = put_zeros(to, -d->point);
        int skip = whole > 0 ? whole : 0;
        to = put(to, d->digits + skip, d->count - skip);
    } else if (form->point) {
        *to++ = '.';
        *to++ = '0';
    }
    return to;
}

static size_t put_decimal(char *out, const struct decimal *d, const struct form *form)
{
    char *to = out;
    if (d->negative)
        *to++ = '-';
    bool plain = d->point <= form->whole_max && d->count - d->point <= form->fraction_max;
    to = plain ? put_plain(to, d, form) : put_scientific(to, d, form);
    *to = '\0';
    return (size_t)(to - out);
}

size_t number_canonical(struct view text, char out[NUMBER_TEXT_MAX])
{
    static const struct form form = {.whole_max = 40, .fraction_max = 40, .e = 'E'};
    struct decimal d;
    return parse(text, &d) ? put_decimal(out, &d, &form) : 0;
}

/* The digits as an integer below 2^52? Then they are the shortest decimal of their double: two
 * neighbours in their last place are further apart (1 in at most 2^52) than two doubles are, so no
 * other decimal of that length, and none shorter, reads back as the same double. */
static bool fits_double(const struct decimal *d)
{
    if (d->count > 16)
        return false;
    uint64_t value = 0;
    for (int i = 0; i < d->count; i++)
        value = value * 10 + (uint64_t)(d->digits[i] - '0');
    return value < (uint64_t)1 << 52;
}

/* Nearly all numbers are like "-12" or "21.5": few digits, normalised already, and thus their own
 * result but for the point. Returns the length, or 0 if the text is none of these. */
static size_t put_as_it_is(struct view text, char *out)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    if (text.len == 0 || text.len > 15)
        return 0;
    p += *p == '-';
    const char *whole = p;
    while (p < end && is_digit(*p))
        p++;
    if (p == whole || (*whole == '0' && p - whole > 1))
        return 0;
    if (p == end && *whole != '0') {
        memcpy(out, text.ptr, text.len);
        memcpy(out + text.len, ".0", 3);
        return text.len + 2;
    }
    if (p == end || *p != '.' || end[-1] == '0')
        return 0;
    const char *fraction = ++p;
    while (p < end && is_digit(*p))
        p++;
    if (p < end || p == fraction)
        return 0;
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return text.len;
}

static bool equal(const struct decimal *a, const struct decimal *b)
{
    return a->count == b->count && a->point == b->point &&
           memcmp(a->digits, b->digits, (size_t)a->count) == 0;
}

/* No shortest decimal of a double has more digits. */
#define DOUBLE_DIGITS_MAX 17

bool number_is_double(struct view text)
{
    struct decimal d, nearest;
    if (!parse(text, &d) || d.count > DOUBLE_DIGITS_MAX)
        return false;
    if (fits_double(&d))
        return true;
    decimal_shortest(&d, &nearest);
    return equal(&d, &nearest);
}

size_t number_double(struct view text, char *out, bool *exact)
{
    static const struct form form = {.whole_max = 16, .fraction_max = 21, .e = 'e', .point = true};
    size_t len = put_as_it_is(text, out);
    if (len) {
        *exact = true;
        return len;
    }
    struct decimal d;
    if (!parse(text, &d))
        return 0;
    struct decimal nearest;
    *exact = fits_double(&d);
    if (!*exact) {
        decimal_shortest(&d, &nearest);
        *exact = equal(&d, &nearest);
        d = nearest;
    }
    return put_decimal(out, &d, &form);
}

/* Nearly all integers are like this: so few digits that they cannot overflow. */
static bool read_plain_integer(struct view text, int64_t *value)
{
    int64_t sum = 0;
    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        sum = sum * 10 + (text.ptr[i] - '0');
    }
    *value = sum;
    return true;
}

bool number_int64(struct view text, int64_t *value)
{
    if (read_plain_integer(text, value))
        return true;
    struct decimal d;
    if (!parse(text, &d) || d.point < d.count || d.point > 19)
        return false;
    uint64_t limit = (uint64_t)INT64_MAX + d.negative, magnitude = 0;
    for (int i = 0; i < d.point; i++) {
        unsigned digit = i < d.count ? (unsigned)(d.digits[i] - '0') : 0;
        if (magnitude > (limit - digit) / 10)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    *value = (int64_t)(d.negative ? -magnitude : magnitude);
    return true;
}
