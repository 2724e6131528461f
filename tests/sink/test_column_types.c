#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "sink/column_types.h"

static char doc[] = "doc", t[] = "t", other[] = "other:x";

static void finds_types(void **state)
{
    (void)state;
    struct error err;
    struct table_name plain = {.table = t}, full = {doc, t}, odd = {other, t};
    struct column_types *types =
        column_types_parse(VIEW(" {\"doc:t:id\": \"numeric\", \"doc:t:\\u006eame:x\": \"text\","
                                " \"other:x:t:id\": \"map\", \"doc:u:id\": \"object\"} "),
                           &err);
    assert_non_null(types);
    assert_string_equal(column_types_find(types, &plain, VIEW("id")), "numeric");
    assert_string_equal(column_types_find(types, &full, VIEW("id")), "numeric");
    assert_string_equal(column_types_find(types, &full, VIEW("name:x")), "text");
    assert_string_equal(column_types_find(types, &odd, VIEW("id")), "map");
    assert_null(column_types_find(types, &plain, VIEW("ID")));
    assert_null(column_types_find(types, &plain, VIEW("")));
    assert_null(column_types_find(NULL, &plain, VIEW("id")));
    column_types_free(types);
    column_types_free(NULL);
}

static void nothing_is_an_empty_object(void **state)
{
    (void)state;
    struct table_name name = {.table = t};
    static const struct view texts[] = {VIEW(""), VIEW("{}"), VIEW(" { } ")};
    for (size_t i = 0; i < 3; i++) {
        struct column_types *types = column_types_parse(texts[i], NULL);
        assert_non_null(types);
        assert_null(column_types_find(types, &name, VIEW("id")));
        column_types_free(types);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *json, *problem;
    } cases[] = {
        {"[]", "is not a JSON object"},
        {"\"x\"", "is not a JSON object"},
        {"{", "COLUMN_TYPES: not JSON"},
        {"{\"doc:t:id\": \"text\"} x", "COLUMN_TYPES: not JSON"},
        {"{\"doc:t:id\": tex}", "COLUMN_TYPES: not JSON"},
        {"nonsense", "COLUMN_TYPES: not JSON"},
        {"{\"id\": \"text\"}", "\"id\" does not have the form schema:table:column"},
        {"{\"doc:t\": \"text\"}", "does not have the form"},
        {"{\"doc:t:\": \"text\"}", "does not have the form"},
        {"{\":t:id\": \"text\"}", "does not have the form"},
        {"{\"doc::id\": \"text\"}", "does not have the form"},
        {"{\"doc:t:id\": \"bigint\"}", "\"doc:t:id\" is none of text, numeric"},
        {"{\"doc:t:id\": 5}", "is none of"},
        {"{\"doc:t:id\": {\"a\": \"text\"}}", "is none of"},
        {"{\"doc:t:id\": \"text\", \"doc:t:id\": \"text\"}", "given twice"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err;
        assert_null(column_types_parse(view_str(cases[i].json), &err));
        assert_int_equal(err.domain, ERROR_SETTING);
        if (!strstr(err.message, cases[i].problem) || !strstr(err.message, "COLUMN_TYPES"))
            fail_msg("%s: %s", cases[i].json, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_types),
        cmocka_unit_test(nothing_is_an_empty_object),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
