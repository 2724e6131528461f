#include "unit.h"

#include "base/clock.h"
#include "base/memory.h"

static void formats_times(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1720740233012995, "2024-07-11T23:23:53.012995Z"},
        {1709164800000000, "2024-02-29T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[32];
        clock_format_us(cases[i].us, out);
        assert_string_equal(out, cases[i].text);
    }
}

static void reads_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2024-07-11T23:23:53.012995Z", 1720740233012995},
        {"2024-07-12T01:23:53.0129959999+02:00", 1720740233012995},
        {"2024-07-11T23:23:53.5", 1720740233500000},
        {"2024-07-11T23:23:53.Z", 1720740233000000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t us = -1;
        assert_true(clock_parse_us(cases[i].text, &us));
        assert_int_equal(us, cases[i].us);
    }
}

static void time_goes_on(void **state)
{
    (void)state;
    struct clock *clock = &clock_system;
    int64_t steady = clock->steady_ms(clock), now = clock->now_us(clock);
    clock->sleep_ms(clock, 5);
    clock->sleep_ms(clock, 0);
    clock->sleep_ms(clock, -5);
    assert_true(clock->steady_ms(clock) >= steady + 5);
    assert_true(now > 1700000000000000);
}

static void formats_spans(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {-1, "0 ms"},
        {0, "0 ms"},
        {1999, "1 ms"},
        {999999, "999 ms"},
        {1000000, "1 s"},
        {59999999, "59 s"},
        {60000000, "1 min"},
        {119000000, "1 min"},
        {3599000000, "59 min"},
        {3600000000, "1 h"},
        {3660000000, "1 h 1 min"},
        {86399000000, "23 h 59 min"},
        {86400000000, "1 d"},
        {90000000000, "1 d 1 h"},
        {INT64_MAX, "106751991 d 4 h"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[32];
        clock_format_span(cases[i].us, out);
        assert_string_equal(out, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_times),
        cmocka_unit_test(formats_spans),
        cmocka_unit_test(reads_times),
        cmocka_unit_test(time_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
