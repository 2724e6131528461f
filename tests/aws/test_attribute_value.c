#include "unit.h"

#include "aws/attribute_value.h"
#include "aws/typed_json.h"

static const char *written(const char *typed, struct buf *out)
{
    json_t *value = json_loads(typed, JSON_ALLOW_NUL, NULL);
    struct json_writer json;
    buf_clear(out);
    json_writer_init(&json, out);
    bool good = attribute_value_write(value, &json);
    json_decref(value);
    return good ? buf_str(out) : NULL;
}

static void test_plain(void **state)
{
    static const char *const cases[][2] = {
        {"{\"S\":\"a\\u0000\\\"\"}", "\"a\\u0000\\\"\""},
        {"{\"N\":\"12345678901234567890123456789012345678\"}",
         "12345678901234567890123456789012345678"},
        {"{\"N\":\"1.50E1\"}", "15"},
        {"{\"B\":\"AAH/\"}", "\"AAH/\""},
        {"{\"BOOL\":false}", "false"},
        {"{\"NULL\":true}", "null"},
        {"{\"L\":[{\"N\":\"1\"},{\"L\":[]}]}", "[1,[]]"},
        {"{\"M\":{\"b\":{\"S\":\"x\"},\"a\":{\"M\":{}}}}", "{\"a\":{},\"b\":\"x\"}"},
        {"{\"SS\":[\"b\",\"a\"]}", "[\"b\",\"a\"]"},
        {"{\"NS\":[\"1.0\",\"-2\"]}", "[1,-2]"},
        {"{\"BS\":[\"YQ==\"]}", "[\"YQ==\"]"},
    };
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(written(cases[i][0], &out), cases[i][1]);
}

static void test_no_typed_value(void **state)
{
    static const char *const cases[] = {
        "{}",
        "5",
        "{\"S\":1}",
        "{\"N\":1}",
        "{\"N\":\"x\"}",
        "{\"X\":\"\"}",
        "{\"BOOL\":\"true\"}",
        "{\"NULL\":false}",
        "{\"L\":{}}",
        "{\"M\":[]}",
        "{\"SS\":[1]}",
        "{\"S\":\"a\",\"N\":\"1\"}",
        "{\"L\":[{\"S\":null}]}",
    };
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_null(written(cases[i], &out));
}

static int typed(const char *plain, struct buf *out, struct error *err)
{
    struct json_writer json;
    buf_clear(out);
    json_writer_init(&json, out);
    return typed_json_write(view_str(plain), &json, err);
}

static void test_typed(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(
        typed(" {\"a\\n\":[1.50, null, true, false, \"x\\u0000\"], \"b\":{}} ", &out, NULL), 0);
    assert_string_equal(buf_str(&out),
                        "{\"M\":{\"a\\n\":{\"L\":[{\"N\":\"1.50\"},{\"NULL\":true},{\"BOOL\":true},"
                        "{\"BOOL\":false},{\"S\":\"x\\u0000\"}]},\"b\":{\"M\":{}}}}");
}

static void test_typed_refuses_what_is_not_json(void **state)
{
    static const char *const cases[] = {"", "foo", "2024-07-12", "[1", "{\"a\"}", "1 2", "[]]"};
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        assert_int_equal(typed(cases[i], &out, &err), -1);
        assert_int_equal(err.domain, ERROR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_no_typed_value),
        cmocka_unit_test(test_typed),
        cmocka_unit_test(test_typed_refuses_what_is_not_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
