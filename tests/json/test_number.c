#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "exact.h"
#include "json/number.h"
#include "json/scan.h"

/* A value digit by digit at fixed places, made from text by the schoolbook: independent of what it
 * checks, and larger than anything a number can be. */
enum { WHOLE = 320, FRACTION = 1200 };
struct fixed {
    bool negative;
    char digits[WHOLE + FRACTION];
};

static void fixed_set(struct fixed *f, const char *text)
{
    memset(f, 0, sizeof(*f));
    f->negative = *text == '-';
    text += *text == '-' || *text == '+';
    const char *e = strpbrk(text, "eE");
    const char *end = e ? e : text + strlen(text);
    const char *point = memchr(text, '.', (size_t)(end - text));
    long at = WHOLE - ((point ? point : end) - text) + (e ? -strtol(e + 1, NULL, 10) : 0);
    bool zero = true;
    for (const char *p = text; p < end; p++) {
        if (*p == '.')
            continue;
        if (*p != '0') {
            assert_true(at >= 0 && at < WHOLE + FRACTION);
            f->digits[at] = (char)(*p - '0');
            zero = false;
        }
        at++;
    }
    f->negative = f->negative && !zero;
}

static bool same_value(const char *a, const char *b)
{
    struct fixed x, y;
    fixed_set(&x, a);
    fixed_set(&y, b);
    return memcmp(&x, &y, sizeof(x)) == 0;
}

/* The calls under test, on memory of exactly the size of the text. */
static size_t canonical(const char *text, char *out)
{
    struct view copy = exact_copy(view_str(text));
    size_t len = number_canonical(copy, out);
    exact_free(copy);
    if (len)
        assert_int_equal(strlen(out), len);
    return len;
}

static size_t to_double(const char *text, char *out, bool *exact)
{
    struct view copy = exact_copy(view_str(text));
    size_t len = number_double(copy, out, exact);
    exact_free(copy);
    if (len)
        assert_int_equal(strlen(out), len);
    return len;
}

/* The numbers of cdc-vectors/dynamodb-numbers.json: the text, the two forms, and whether the double
 * holds it. Where the last is false, the predecessor lost digits; where there is no form at all, it
 * wrote null in the place of the value. */
static const struct {
    const char *text, *canonical, *as_double;
    bool exact;
} vectors[] = {
    {"0", "0", "0.0", true},
    {"1.0", "1", "1.0", true},
    {"-0.0", "0", "0.0", true}, /* the predecessor: -0.0 */
    {"9007199254740993", "9007199254740993", "9007199254740992.0", false},
    {"9223372036854775807", "9223372036854775807", "9.223372036854776e+18", false},
    {"-9223372036854775808", "-9223372036854775808", "-9.223372036854776e+18", false},
    {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678",
     "1.2345678901234568e+37", false},
    {"0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678",
     "0.12345678901234568", false},
    {"781195280.6250879901", "781195280.6250879901", "781195280.625088", false},
    {"0.1", "0.1", "0.1", true},
    {"4.35", "4.35", "4.35", true},
    {"0.30000000000000004", "0.30000000000000004", "0.30000000000000004", true},
    {"1E-130", "1E-130", "1e-130", true},
    {"9.9999999999999999999999999999999999999E+125", "9.9999999999999999999999999999999999999E+125",
     "1e+126", false},
    {"1E+2", "100", "100.0", true},
    {"1.23E+20", "123000000000000000000", "1.23e+20", true},
    {"1720740233012995", "1720740233012995", "1720740233012995.0", true},
    {"1720740233012995123", "1720740233012995123", "1.720740233012995e+18", false},
    {"00012", "12", "12.0", true},
    {"123456789012345678901234567890123456789", "123456789012345678901234567890123456789",
     "1.2345678901234568e+38", false},
    {"1E+126", "1E+126", "1e+126", true},
    {"1E+400", NULL, NULL, false},
    {"NaN", NULL, NULL, false},
    {"abc", NULL, NULL, false},
    {"1_000", NULL, NULL, false},
    {" 7", NULL, NULL, false},
    {"0x1F", NULL, NULL, false},
    /* and more of our own */
    {"-12", "-12", "-12.0", true},
    {"+7", "7", "7.0", true},
    {"-0", "0", "0.0", true},
    {"-000.000e-5", "0", "0.0", true},
    {"0e999999999999999999999999", "0", "0.0", true},
    {".5", "0.5", "0.5", true},
    {"5.", "5", "5.0", true},
    {"-.5e1", "-5", "-5.0", true},
    {"1.50", "1.5", "1.5", true},
    {"100", "100", "100.0", true},
    {"0.00100", "0.001", "0.001", true},
    {"1e39", "1000000000000000000000000000000000000000", "1e+39", true},
    {"1e40", "1E+40", "1e+40", true},
    {"1e-40", "0.0000000000000000000000000000000000000001", "1e-40", true},
    {"1e-41", "1E-41", "1e-41", true},
    {"125e-52", "1.25E-50", "1.25e-50", true},
    {"1e16", "10000000000000000", "1e+16", true},
    {"1e15", "1000000000000000", "1000000000000000.0", true},
    {"1E+300", "1E+300", "1e+300", true},
    {"-1E-300", "-1E-300", "-1e-300", true},
    {"0.1e301", "1E+300", "1e+300", true},
    {"10e300", NULL, NULL, false},
    {"1e-301", NULL, NULL, false},
    {"1e9223372036854775808", NULL, NULL, false},
    {"1e-9223372036854775809", NULL, NULL, false},
    {"123456789012345", "123456789012345", "123456789012345.0", true},
    {"-12345678901234", "-12345678901234", "-12345678901234.0", true},
    {"4503599627370495", "4503599627370495", "4503599627370495.0", true},
    {"4503599627370496", "4503599627370496", "4503599627370496.0", true},
    {"9007199254740992", "9007199254740992", "9007199254740992.0", true},
    /* 2^-44: doubles are unevenly spaced around it, the closest decimal of 16 digits reads back as
     * the one below, the second closest as itself. */
    {"5.684341886080802e-14", "0.00000000000005684341886080802", "5.684341886080802e-14", true},
    {"5.684341886080801e-14", "0.00000000000005684341886080801", "5.684341886080801e-14", true},
    {"5.6843418860808015e-14", "0.000000000000056843418860808015", "5.684341886080802e-14", false},
    /* The edges of what is calculated with integers, and what decides behind the 19th digit. */
    {"12345678901234567e-28", "0.0000000000012345678901234567", "1.2345678901234567e-12", true},
    {"12345678901234567e-27", "0.000000000012345678901234567", "1.2345678901234567e-11", true},
    {"98765432109876543e27", "9.8765432109876543E+43", "9.876543210987654e+43", false},
    {"98765432109876543e28", "9.8765432109876543E+44", "9.876543210987655e+44", false},
    {"9007199254740993.0000000001", "9007199254740993.0000000001", "9007199254740994.0", false},
    {"9007199254740992.9999999999", "9007199254740992.9999999999", "9007199254740992.0", false},
    {"99999999999999999999", "99999999999999999999", "1e+20", false},
    /* Halfway between two doubles as far as 64 bits tell; the remainder of the division decides. */
    {"808365698006997128e-27", "0.000000000808365698006997128", "8.083656980069972e-10", false},
    {"301846353086587591e-27", "0.000000000301846353086587591", "3.018463530865876e-10", false},
    {"884120065167180929e-27", "0.000000000884120065167180929", "8.84120065167181e-10", false},
    {"1e23", "100000000000000000000000", "1e+23", true},
    {"99999999999999991611392", "99999999999999991611392", "1e+23", false},
    {"0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827", "0.1", false},
    {"", NULL, NULL, false},
    {"-", NULL, NULL, false},
    {"+", NULL, NULL, false},
    {".", NULL, NULL, false},
    {"-.", NULL, NULL, false},
    {"--1", NULL, NULL, false},
    {"1..2", NULL, NULL, false},
    {"1.2.3", NULL, NULL, false},
    {"e5", NULL, NULL, false},
    {".e5", NULL, NULL, false},
    {"1e", NULL, NULL, false},
    {"1e+", NULL, NULL, false},
    {"1e5.0", NULL, NULL, false},
    {"1e5e5", NULL, NULL, false},
    {"1,5", NULL, NULL, false},
    {"7 ", NULL, NULL, false},
    {"Infinity", NULL, NULL, false},
    {"-inf", NULL, NULL, false},
    {"1f", NULL, NULL, false},
};

static void gives_both_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        char out[NUMBER_TEXT_MAX] = "untouched";
        bool exact = false;
        size_t len = canonical(vectors[i].text, out);
        assert_string_equal(len ? out : "-", vectors[i].canonical ? vectors[i].canonical : "-");
        len = to_double(vectors[i].text, out, &exact);
        const char *expected = vectors[i].as_double ? vectors[i].as_double : "-";
        if (strcmp(len ? out : "-", expected) != 0 || (len && exact != vectors[i].exact))
            fail_msg("%s: %s, %sexact", vectors[i].text, out, exact ? "" : "not ");
    }
}

/* `text` with `digits` copies of '9' in it. */
static void nines(char *text, const char *head, size_t digits, const char *tail)
{
    size_t len = strlen(head);
    memcpy(text, head, len);
    memset(text + len, '9', digits);
    memcpy(text + len + digits, tail, strlen(tail) + 1);
}

static void holds_to_its_limits(void **state)
{
    (void)state;
    char text[1000], out[NUMBER_TEXT_MAX];
    bool exact;
    nines(text, "-0.", NUMBER_DIGITS_MAX, "");
    assert_true(canonical(text, out) > 0);
    assert_true(same_value(text, out));
    nines(text, "-0.", NUMBER_DIGITS_MAX + 1, "");
    assert_int_equal(canonical(text, out), 0);
    assert_int_equal(to_double(text, out, &exact), 0);
    nines(text, "-", NUMBER_DIGITS_MAX, "000000000000000000000000.000000e-300");
    assert_true(canonical(text, out) > 0);
    assert_true(same_value(text, out));

    /* Zeros at either end are no digits. */
    memset(text, '0', 900);
    memcpy(text + 900, "12.5", sizeof("12.5"));
    assert_int_equal(canonical(text, out), 4);
    assert_string_equal(out, "12.5");
    memcpy(text, "12.5", 4);
    memset(text + 4, '0', 900);
    text[904] = '\0';
    assert_int_equal(canonical(text, out), 4);
    memset(text, '0', 900);
    text[0] = '1';
    memcpy(text + 900, "e-800", sizeof("e-800"));
    assert_int_equal(canonical(text, out), 5);
    assert_string_equal(out, "1E+99");
}

static void integers_of_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0.0", true, 0},
        {"42", true, 42},
        {"-42.000", true, -42},
        {"4.2e1", true, 42},
        {"1e18", true, 1000000000000000000},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9.223372036854775807E18", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"1e19", false, 0},
        {"99999999999999999999", false, 0},
        {"18446744073709551617", false, 0},
        {"1.5", false, 0},
        {"0.1", false, 0},
        {"1e-1", false, 0},
        {"1e400", false, 0},
        {"", false, 0},
        {"x", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t value = 4711;
        struct view copy = exact_copy(view_str(cases[i].text));
        if (number_int64(copy, &value) != cases[i].is)
            fail_msg("%s", cases[i].text);
        assert_true(value == (cases[i].is ? cases[i].value : 4711));
        exact_free(copy);
    }
}

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

#define RANDOM_TEXT_MAX 64

/* A random decimal: up to 40 digits (few, many, or those of a double), any point, any exponent. */
static void random_number(char text[RANDOM_TEXT_MAX])
{
    uint64_t kind = next_random() % 4;
    if (kind == 0) {
        double value;
        uint64_t bits = (next_random() & ~((uint64_t)0x7FF << 52)) |
                        (uint64_t)(1023 - 400 + next_random() % 800) << 52;
        if (next_random() % 4 == 0)
            bits &= ~(((uint64_t)1 << 52) - 1); /* a power of two */
        memcpy(&value, &bits, sizeof(value));
        snprintf(text, RANDOM_TEXT_MAX, "%.*g", (int)(14 + next_random() % 5), value);
        return;
    }
    size_t len = 1 + next_random() % (kind == 1 ? 8 : kind == 2 ? 20 : 40);
    char *to = text;
    if (next_random() % 3 == 0)
        *to++ = '-';
    size_t point = next_random() % (2 * len);
    for (size_t i = 0; i < len; i++) {
        *to++ = (char)('0' + (next_random() % 4 ? next_random() % 10 : 0));
        if (i == point)
            *to++ = '.';
    }
    *to = '\0';
    if (next_random() % 3 == 0)
        snprintf(to, 8, "%c%+d", next_random() % 2 ? 'e' : 'E', (int)(next_random() % 200) - 100);
}

/* How many digits a number has between its first and its last one that is not zero. */
static int significant_digits(const char *text)
{
    int digits = 0, zeros = 0;
    for (const char *p = text; *p && *p != 'e'; p++) {
        if (*p >= '1' && *p <= '9') {
            digits += zeros + 1;
            zeros = 0;
        } else if (*p == '0' && digits > 0) {
            zeros++;
        }
    }
    return digits;
}

/* No decimal with fewer digits than `text` has reads back as the same double: those around the
 * double with one digit less do not. */
static void assert_shortest(const char *text)
{
    double value = strtod(text, NULL);
    int digits = significant_digits(text) - 1;
    if (digits < 1)
        return;
    char expansion[1200], around[64];
    snprintf(expansion, sizeof(expansion), "%.1100e", value < 0 ? -value : value);
    uint64_t cut = 0;
    for (int i = 0; i <= digits; i++)
        if (i != 1)
            cut = cut * 10 + (uint64_t)(expansion[i] - '0');
    int exponent = atoi(strchr(expansion, 'e') + 1) - (digits - 1);
    for (unsigned up = 0; up <= 1; up++) {
        snprintf(around, sizeof(around), "%s%llue%d", value < 0 ? "-" : "",
                 (unsigned long long)cut + up, exponent);
        if (strtod(around, NULL) == value)
            fail_msg("%s is longer than %s", text, around);
    }
}

static void doubles_are_the_nearest_shortest_and_honest(void **state)
{
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[256], out[NUMBER_TEXT_MAX];
        bool exact = false;
        random_number(text);
        size_t len = to_double(text, out, &exact);
        if (!len)
            fail_msg("%s refused", text);
        if (json_scan_number(out, out + len) != out + len || !strpbrk(out, ".e"))
            fail_msg("%s: %s is no JSON number that is a double", text, out);
        if (strtod(text, NULL) != strtod(out, NULL))
            fail_msg("%s: %s is another double", text, out);
        if (exact != same_value(text, out))
            fail_msg("%s: %s called %sexact", text, out, exact ? "" : "in");
        assert_shortest(out);
        /* What was written is a fixed point. */
        char again[NUMBER_TEXT_MAX];
        to_double(out, again, &exact);
        assert_string_equal(again, out);
        assert_true(exact);
    }
}

static void canonical_forms_keep_the_value(void **state)
{
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[256], out[NUMBER_TEXT_MAX], again[NUMBER_TEXT_MAX];
        random_number(text);
        size_t len = canonical(text, out);
        assert_true(len > 0);
        if (!same_value(text, out))
            fail_msg("%s became %s", text, out);
        if (json_scan_number(out, out + len) != out + len)
            fail_msg("%s: %s is no JSON", text, out);
        canonical(out, again);
        assert_string_equal(again, out);
    }
}

/* The same value in another spelling: shifted by the exponent, with zeros around. */
static void equal_values_have_one_form(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char digits[32], text[256], other[256], a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];
        snprintf(digits, sizeof(digits), "%llu",
                 (unsigned long long)(next_random() % 1000000000000000000));
        int shift = (int)(next_random() % 120) - 60, zeros = (int)(next_random() % 10);
        snprintf(text, sizeof(text), "%se%d", digits, shift);
        snprintf(other, sizeof(other), "%.*s%s%.*se%d", (int)(next_random() % 5), "00000", digits,
                 zeros, "0000000000", shift - zeros);
        canonical(text, a);
        canonical(other, b);
        assert_string_equal(a, b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_both_forms),
        cmocka_unit_test(holds_to_its_limits),
        cmocka_unit_test(integers_of_64_bits),
        cmocka_unit_test(doubles_are_the_nearest_shortest_and_honest),
        cmocka_unit_test(canonical_forms_keep_the_value),
        cmocka_unit_test(equal_values_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
