#include "model/decimal.h"

#include <ctype.h>
#include <stdlib.h>

/* Digits without a point, and how many of them stand before it. */
struct decimal {
    struct buf digits;
    long point;
    bool negative;
};

static bool split(struct view number, struct decimal *decimal)
{
    const char *p = number.ptr, *end = number.ptr + number.len;
    if (p < end && (*p == '-' || *p == '+'))
        decimal->negative = *p++ == '-';
    bool seen_point = false;
    for (; p < end && (isdigit((unsigned char)*p) || (*p == '.' && !seen_point)); p++) {
        if (*p == '.') {
            seen_point = true;
            continue;
        }
        buf_append_char(&decimal->digits, *p);
        decimal->point += !seen_point;
    }
    if (!decimal->digits.len)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        char *rest;
        decimal->point += strtol(p + 1, &rest, 10);
        p = rest;
    }
    return p == end;
}

static char digit_at(const struct decimal *decimal, long index)
{
    return index >= 0 && index < (long)decimal->digits.len ? decimal->digits.ptr[index] : '0';
}

/* Adds one to the last of the digits, which may get one more. */
static void increment(struct buf *digits)
{
    size_t at = digits->len;
    while (at > 0 && digits->ptr[at - 1] == '9')
        digits->ptr[--at] = '0';
    if (at > 0) {
        digits->ptr[at - 1]++;
        return;
    }
    buf_append_char(digits, '0');
    digits->ptr[0] = '1';
}

/* Writes the digits with `scale` of them behind the point, which wants at least one before it. */
static void write_digits(struct view digits, bool negative, size_t scale, struct buf *out)
{
    size_t zeros = digits.len <= scale ? scale + 1 - digits.len : 0;
    if (negative)
        buf_append_char(out, '-');
    for (size_t i = 0; i < zeros; i++)
        buf_append_char(out, '0');
    buf_append_view(out, digits);
    if (!scale || !buf_reserve(out, 1))
        return;
    size_t point = out->len - scale;
    memmove(out->ptr + point + 1, out->ptr + point, scale);
    out->ptr[point] = '.';
    buf_commit(out, 1);
}

bool decimal_round(struct view number, int precision, int scale, struct buf *out)
{
    struct decimal decimal = {.digits = BUF_INIT(4096)};
    struct buf kept = BUF_INIT(4096);
    bool fine = split(number, &decimal) && decimal.point + scale <= 400;
    long count = decimal.point + scale, first = decimal.point < 0 ? decimal.point : 0;
    for (long i = first; fine && i < count; i++)
        if (kept.len || digit_at(&decimal, i) != '0')
            buf_append_char(&kept, digit_at(&decimal, i));
    if (fine && digit_at(&decimal, count) >= '5') {
        if (!kept.len)
            buf_append_char(&kept, '0');
        increment(&kept);
    }
    fine = fine && kept.len <= (size_t)precision;
    if (fine && kept.len)
        write_digits(buf_view(&kept), decimal.negative, (size_t)scale, out);
    else if (fine)
        buf_printf(out, scale ? "0E-%d" : "0", scale);
    buf_release(&decimal.digits);
    buf_release(&kept);
    return fine;
}
