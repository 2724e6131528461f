#include "json/decimal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Two ways to the same end. The C library's own conversions, for any magnitude, take microseconds,
 * as many of them are needed. Nearly all numbers lie between 1E-8 and 1E+44, where 128 bits are
 * enough to calculate without any rounding, in a tenth of that time. */

__extension__ typedef unsigned __int128 uint128;

static const uint64_t powers_of_5[] = {1,
                                       5,
                                       25,
                                       125,
                                       625,
                                       3125,
                                       15625,
                                       78125,
                                       390625,
                                       1953125,
                                       9765625,
                                       48828125,
                                       244140625,
                                       1220703125,
                                       6103515625,
                                       30517578125,
                                       152587890625,
                                       762939453125,
                                       3814697265625,
                                       19073486328125,
                                       95367431640625,
                                       476837158203125,
                                       2384185791015625,
                                       11920928955078125,
                                       59604644775390625,
                                       298023223876953125,
                                       1490116119384765625,
                                       7450580596923828125};
#define POWER_MAX ((int)ARRAY_LEN(powers_of_5) - 1)

/* A double: mantissa * 2^exponent, the mantissa having 53 bits. */
struct binary {
    uint64_t mantissa;
    int exponent;
};

static int bit_width(uint128 n)
{
    uint64_t high = (uint64_t)(n >> 64);
    return high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)n | 1);
}

/* n * 2^exponent, or a little more than that, rounded to nearest, ties to even; n has more than 53
 * bits. */
static struct binary round_to_binary(uint128 n, int exponent, bool more)
{
    int drop = bit_width(n) - 53;
    struct binary b = {(uint64_t)(n >> drop), exponent + drop};
    uint128 rest = n & (((uint128)1 << drop) - 1), half = (uint128)1 << (drop - 1);
    if (rest > half || (rest == half && (more || (b.mantissa & 1))))
        b.mantissa++;
    if (b.mantissa >> 53) {
        b.mantissa >>= 1;
        b.exponent++;
    }
    return b;
}

/* The double nearest to n * 10^power, or to a little more than that. */
static struct binary nearest_binary(uint64_t n, int power, bool more)
{
    /* 10^power is 5^power * 2^power: only the first part needs arithmetic. */
    int shift = __builtin_clzll(n);
    uint128 wide = n << shift;
    if (power >= 0)
        return round_to_binary(wide * powers_of_5[power], power - shift, more);
    uint64_t divisor = powers_of_5[-power];
    wide <<= 64;
    return round_to_binary(wide / divisor, power - shift - 64, more || wide % divisor);
}

/* The first 19 digits fit 64 bits. What is behind them decides only if it can: not if the decimals
 * just behind and one further round to the same double. */
static bool to_binary(const struct decimal *d, struct binary *b)
{
    int taken = d->count < 19 ? d->count : 19, power = d->point - taken;
    if (power < -POWER_MAX || power > POWER_MAX)
        return false;
    uint64_t n = 0;
    for (int i = 0; i < taken; i++)
        n = n * 10 + (uint64_t)(d->digits[i] - '0');
    bool more = taken < d->count;
    *b = nearest_binary(n, power, more);
    if (!more)
        return true;
    struct binary next = nearest_binary(n + 1, power, false);
    return b->mantissa == next.mantissa && b->exponent == next.exponent;
}

/* Times 10^scale, what has 17 digits before the point, and the interval that rounds to it: each as
 * numerators over the same denominator. */
struct scaled {
    uint128 value, low, high, unit;
    uint64_t whole;
    bool inclusive; /* the ends of the interval round to the double too */
};

static struct scaled scale(const struct binary *b, int scale)
{
    struct scaled s = {.inclusive = !(b->mantissa & 1)};
    uint128 quarter; /* of the distance to the next double */
    if (scale > 0) {
        int shift = 2 - b->exponent - scale;
        quarter = powers_of_5[scale];
        s.unit = (uint128)1 << shift;
        s.value = 4 * b->mantissa * quarter;
        s.whole = (uint64_t)(s.value >> shift);
    } else {
        quarter = (uint128)1 << (b->exponent + scale);
        s.unit = 4 * (uint128)powers_of_5[-scale];
        s.value = 4 * b->mantissa * quarter;
        s.whole = (uint64_t)((s.value >> 2) / powers_of_5[-scale]);
    }
    /* Below a power of two, doubles are twice as close. */
    bool power_of_2 = b->mantissa == (uint64_t)1 << 52;
    s.low = s.value - (power_of_2 ? quarter : 2 * quarter);
    s.high = s.value + 2 * quarter;
    return s;
}

static bool in_interval(const struct scaled *s, uint128 n)
{
    return s->inclusive ? n >= s->low && n <= s->high : n > s->low && n < s->high;
}

/* The multiple of `step` in the interval that is closest to the value; false if there is none. */
static bool closest_multiple(const struct scaled *s, unsigned step, uint64_t *multiple)
{
    uint64_t below = s->whole - s->whole % step, above = below + step;
    uint128 n_below = s->unit * below, n_above = s->unit * above;
    bool can_be_below = in_interval(s, n_below), can_be_above = in_interval(s, n_above);
    if (!can_be_below && !can_be_above)
        return false;
    if (can_be_below && can_be_above) {
        uint128 down = s->value - n_below, up = n_above - s->value;
        can_be_below = down < up || (down == up && below / step % 2 == 0);
    }
    *multiple = can_be_below ? below : above;
    return true;
}

/* n * 10^-scale */
static void set_decimal(struct decimal *d, uint64_t n, int scale)
{
    while (n % 10 == 0) {
        n /= 10;
        scale--;
    }
    char digits[20], *first = digits + sizeof(digits);
    for (; n > 0; n /= 10)
        *--first = (char)('0' + n % 10);
    d->count = (int)(digits + sizeof(digits) - first);
    d->point = d->count - scale;
    memcpy(d->digits, first, (size_t)d->count);
}

static bool shortest_by_integers(const struct decimal *d, struct decimal *shortest)
{
    struct binary b;
    int digits_17 = 17 - d->point;
    if (digits_17 < -POWER_MAX || digits_17 > POWER_MAX || !to_binary(d, &b))
        return false;
    struct scaled s = scale(&b, digits_17);
    uint64_t n;
    /* 15 digits, 16, 17: more are never needed, and fewer are 15 with zeros at the end. */
    if (!closest_multiple(&s, 100, &n) && !closest_multiple(&s, 10, &n) &&
        !closest_multiple(&s, 1, &n))
        return false;
    shortest->negative = d->negative;
    set_decimal(shortest, n, digits_17);
    return true;
}

static double to_double(const struct decimal *d)
{
    /* 0.1 as "1e-1": without a point, whatever the locale calls it. */
    char text[NUMBER_DIGITS_MAX + 16];
    memcpy(text, d->digits, (size_t)d->count);
    snprintf(text + d->count, 16, "e%d", d->point - d->count);
    double value = strtod(text, NULL);
    return d->negative ? -value : value;
}

/* `value`, rounded to `precision` (2 or more) digits. */
static void from_double(double value, int precision, struct decimal *d)
{
    char text[40];
    snprintf(text, sizeof(text), "%.*e", precision - 1, value);
    const char *first = text + (value < 0);
    d->negative = value < 0;
    d->digits[0] = first[0];
    memcpy(d->digits + 1, first + 2, (size_t)precision - 1);
    d->count = precision;
    d->point = (int)strtol(first + 1 + precision + 1, NULL, 10) + 1;
    while (d->digits[d->count - 1] == '0')
        d->count--;
}

/* Adds one to the digit at `precision`. */
static void step_up(struct decimal *d, int precision)
{
    memset(d->digits + d->count, '0', (size_t)(precision - d->count));
    d->count = precision;
    while (d->count > 0 && d->digits[d->count - 1] == '9')
        d->count--;
    if (d->count > 0) {
        d->digits[d->count - 1]++;
        return;
    }
    d->digits[d->count++] = '1';
    d->point++;
}

static void shortest_by_library(double value, struct decimal *d)
{
    for (int precision = 15; precision <= 16; precision++) {
        from_double(value, precision, d);
        if (to_double(d) == value)
            return;
    }
    /* Doubles above a power of two are twice as far apart as those below it: there the second best
     * decimal of 16 digits may read back though the best one does not. */
    step_up(d, 16);
    if (to_double(d) != value)
        from_double(value, 17, d);
}

void decimal_shortest(const struct decimal *d, struct decimal *shortest)
{
    if (!shortest_by_integers(d, shortest))
        shortest_by_library(to_double(d), shortest);
}
