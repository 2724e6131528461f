#include "unit.h"

#include "lambda/variables.h"

/* The value, or NULL. */
static const char *value_of(const struct variables *variables, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < variables->count; i++)
        if (strncmp(variables->items[i], name, len) == 0 && variables->items[i][len] == '=')
            return variables->items[i] + len + 1;
    return NULL;
}

static void later_ones_win(void **state)
{
    (void)state;
    cleanup_variables struct variables variables = {0};
    assert_null(value_of(&variables, "A"));
    variables_set(&variables, "A", "1");
    variables_set(&variables, "AB", "");
    variables_set(&variables, "A", "2=3");
    variables_set(&variables, "A", NULL);
    assert_string_equal(value_of(&variables, "A"), "2=3");
    assert_string_equal(value_of(&variables, "AB"), "");
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
    assert_string_equal(value_of(&variables, "A"), "1=2");
    assert_string_equal(value_of(&variables, "B"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_ones_win),
        cmocka_unit_test(pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
