#include "unit.h"

#include "base/memory.h"
#include "base/parse.h"

static void truth_in_many_words(void **state)
{
    (void)state;
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "on", "1"};
    static const char *const no[] = {"false", "False", "no", "OFF", "0"};
    static const char *const neither[] = {"", "2", "y", "tru", "truee", " true", "enabled"};
    bool value;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        assert_int_equal(parse_bool(view_str(yes[i]), &value, NULL), 0);
        assert_true(value);
    }
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        assert_int_equal(parse_bool(view_str(no[i]), &value, NULL), 0);
        assert_false(value);
    }
    for (size_t i = 0; i < ARRAY_LEN(neither); i++)
        assert_int_equal(parse_bool(view_str(neither[i]), &value, NULL), -1);
    struct error err;
    parse_bool(VIEW("maybe"), &value, &err);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_string_equal(err.message, "\"maybe\" is neither true nor false");
}

static void whole_numbers_in_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t min, max, value;
    } good[] = {
        {"0", 0, 10, 0},
        {"10", 0, 10, 10},
        {"-3", -5, 5, -3},
        {"007", 0, 10, 7},
        {"9223372036854775807", 0, INT64_MAX, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, 0, INT64_MIN},
    };
    int64_t value;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(
            parse_int64(view_str(good[i].text), good[i].min, good[i].max, &value, NULL), 0);
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        "--1",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "0x1",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551617",
    };
    value = 42;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(parse_int64(view_str(bad[i]), INT64_MIN, INT64_MAX, &value, NULL), -1);
    struct error err;
    assert_int_equal(parse_int64(VIEW("70000"), 1, 65535, &value, &err), -1);
    assert_string_equal(err.message, "\"70000\" is not a whole number from 1 to 65535");
    assert_int_equal(parse_int64(VIEW("0"), 1, 65535, &value, &err), -1);
    assert_int_equal(value, 42);
}

static void time_spans(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"7d", 7 * 86400000000},
        {"24h", 86400000000},
        {"90m", 5400000000},
        {"30s", 30000000},
        {"500ms", 500000},
        {"15", 15000000},
        {"0", 0},
        {"106751991d", 9223372022400000000},
    };
    int64_t us = -1;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(parse_duration_us(view_str(good[i].text), &us, NULL), 0);
        assert_true(us == good[i].us);
    }
    static const char *const bad[] = {
        "",
        "s",
        "ms",
        "-1s",
        "1.5h",
        "1 s",
        " 1s",
        "1w",
        "7D",
        "1us",
        "1s1",
        "106751992d",
        "9223372036854775807",
        "9223372036854775808",
    };
    us = 42;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(parse_duration_us(view_str(bad[i]), &us, NULL), -1);
    assert_int_equal(us, 42);
    struct error err;
    parse_duration_us(VIEW("1w"), &us, &err);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_string_equal(err.message,
                        "\"1w\" is not a time span (like 7d, 24h, 90m, 30s, 500ms, or seconds)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_in_many_words),
        cmocka_unit_test(whole_numbers_in_a_range),
        cmocka_unit_test(time_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
