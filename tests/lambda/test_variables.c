#include "unit.h"

#include "lambda/variables.h"

static void later_ones_win(void **state)
{
    (void)state;
    cleanup_variables struct variables variables = {0};
    assert_null(variables_get(&variables, "A"));
    variables_set(&variables, "A", "1");
    variables_set(&variables, "AB", "");
    variables_set(&variables, "A", "2=3");
    variables_set(&variables, "A", NULL);
    assert_string_equal(variables_get(&variables, "A"), "2=3");
    assert_string_equal(variables_get(&variables, "AB"), "");
    assert_int_equal(variables.count, 2);
    assert_string_equal(variables.items[0], "A=2=3");
    assert_string_equal(variables.items[1], "AB=");
    assert_null(variables.items[2]);
}

static void pairs(void **state)
{
    (void)state;
    cleanup_variables struct variables variables = {0};
    variables_set_pair(&variables, "A=1=2");
    variables_set_pair(&variables, "=x");
    variables_set_pair(&variables, "nothing");
    variables_set_pair(&variables, "");
    variables_set_pair(&variables, "B=");
    assert_int_equal(variables.count, 2);
    assert_string_equal(variables_get(&variables, "A"), "1=2");
    assert_string_equal(variables_get(&variables, "B"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_ones_win),
        cmocka_unit_test(pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
