#include "base/parse.h"

#include <inttypes.h>
#include <strings.h>

#include "base/memory.h"

static bool is_word(struct view text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

int parse_bool(struct view text, bool *value, struct error *err)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"true", true},   {"yes", true}, {"on", true},   {"1", true},
        {"false", false}, {"no", false}, {"off", false}, {"0", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (is_word(text, words[i].word)) {
            *value = words[i].value;
            return 0;
        }
    }
    return error_set(err, ERROR_SETTING, 0, "\"%.*s\" is neither true nor false", VIEW_ARG(text));
}

/* The digits at the start of the text: how many there are; 0 also if their value is beyond int64_t.
 * Negative ones go further down than positive ones go up, hence the sign. */
static size_t read_digits(struct view text, int sign, int64_t *value)
{
    size_t len = 0;
    int64_t sum = 0;
    for (; len < text.len && text.ptr[len] >= '0' && text.ptr[len] <= '9'; len++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, sign * (text.ptr[len] - '0'), &sum))
            return 0;
    *value = sum;
    return len;
}

int parse_int64(struct view text, int64_t min, int64_t max, int64_t *value, struct error *err)
{
    bool negative = view_starts_with(text, VIEW("-"));
    struct view digits = view_skip(text, negative);
    int64_t sum;
    size_t len = read_digits(digits, negative ? -1 : 1, &sum);
    if (len == 0 || len != digits.len || sum < min || sum > max)
        return error_set(err, ERROR_SETTING, 0,
                         "\"%.*s\" is not a whole number from %" PRId64 " to %" PRId64,
                         VIEW_ARG(text), min, max);
    *value = sum;
    return 0;
}

int parse_duration_us(struct view text, int64_t *us, struct error *err)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {
        {"d", 86400000000}, {"h", 3600000000}, {"m", 60000000},
        {"s", 1000000},     {"ms", 1000},      {"", 1000000},
    };
    int64_t number, span;
    size_t len = read_digits(text, 1, &number);
    struct view unit = view_skip(text, len);
    for (size_t i = 0; len > 0 && i < ARRAY_LEN(units); i++) {
        if (view_equal(unit, view_str(units[i].name)) &&
            !__builtin_mul_overflow(number, units[i].us, &span)) {
            *us = span;
            return 0;
        }
    }
    return error_set(err, ERROR_SETTING, 0,
                     "\"%.*s\" is not a time span (like 7d, 24h, 90m, 30s, 500ms, or seconds)",
                     VIEW_ARG(text));
}
