#include "unit.h"

#include "base/backoff.h"

/* Nothing longer than `most` comes, and something longer than half of it does. */
static void assert_most(int64_t scale, int64_t ceiling, unsigned before, int64_t most)
{
    int64_t longest = 0;
    for (int i = 0; i < 200; i++) {
        int64_t ms = backoff_ms(scale, ceiling, before, -1);
        assert_in_range(ms, 0, most);
        longest = ms > longest ? ms : longest;
    }
    assert_true(longest > most / 2);
}

static void test_doubles(void **state)
{
    (void)state;
    assert_most(100, 5000, 0, 100);
    assert_most(100, 5000, 3, 800);
    assert_most(100, 5000, 6, 5000);
    assert_most(100, 5000, 4000000000U, 5000);
    assert_most(100, 50, 0, 50);
}

static void test_wanted(void **state)
{
    (void)state;
    assert_int_equal(backoff_ms(10, 5000, 0, 900), 900);
    assert_int_equal(backoff_ms(10, 5000, 0, 9000), 5000);
    assert_int_equal(backoff_ms(0, 5000, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
