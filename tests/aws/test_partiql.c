#include "unit.h"

#include "aws/partiql.h"

static void check(const char *text, const char *const *wanted)
{
    struct view rest = view_str(text), statement;
    while ((statement = partiql_next(&rest)).len) {
        assert_non_null(*wanted);
        assert_true(view_equal(statement, view_str(*wanted++)));
    }
    assert_null(*wanted);
    assert_int_equal(rest.len, 0);
}

static void test_statements(void **state)
{
    (void)state;
    check("", (const char *[]){NULL});
    check(" ;\n; ", (const char *[]){NULL});
    check("SELECT 1", (const char *[]){"SELECT 1", NULL});
    check(" a ;b\t\n;; c;", (const char *[]){"a", "b", "c", NULL});
}

static void test_quotes(void **state)
{
    (void)state;
    check("a ';' b; c", (const char *[]){"a ';' b", "c", NULL});
    check("\"x;'\" ; 'it''s;' \"y\"", (const char *[]){"\"x;'\"", "'it''s;' \"y\"", NULL});
    /* DynamoDB says what is wrong with it. */
    check("a 'b; c", (const char *[]){"a 'b; c", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
