#include "unit.h"

#include "base/memory.h"
#include "base/suggest.h"

static const char *const commands[] = {"relay", "replay", "table", "query", "validate"};

static const char *closest(const char *word)
{
    return suggest(view_str(word), commands, ARRAY_LEN(commands));
}

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance(VIEW(""), VIEW("")), 0);
    assert_int_equal(suggest_distance(VIEW(""), VIEW("abc")), 3);
    assert_int_equal(suggest_distance(VIEW("kitten"), VIEW("sitting")), 3);
    assert_int_equal(suggest_distance(VIEW("tabel"), VIEW("table")), 1);
    assert_int_equal(suggest_distance(VIEW("ca"), VIEW("abc")), 3);
    assert_int_equal(suggest_distance(VIEW("Table"), VIEW("tABLE")), 0);
}

static void test_suggests_what_is_close(void **state)
{
    (void)state;
    assert_string_equal(closest("tabel"), "table");
    assert_string_equal(closest("realy"), "relay");
    assert_string_equal(closest("rely"), "relay");
    assert_string_equal(closest("QUERY"), "query");
    assert_string_equal(closest("valid"), "validate");
}

static void test_suggests_nothing_far_fetched(void **state)
{
    (void)state;
    assert_null(closest("frobnicate"));
    assert_null(closest("x"));
    assert_null(closest(""));
    char word[SUGGEST_LENGTH_MAX + 10];
    memset(word, 'a', sizeof(word));
    assert_null(suggest(view_of(word, sizeof(word)), commands, ARRAY_LEN(commands)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_suggests_what_is_close),
        cmocka_unit_test(test_suggests_nothing_far_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
