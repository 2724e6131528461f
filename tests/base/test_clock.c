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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_times),
        cmocka_unit_test(time_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
