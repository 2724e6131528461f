#include "unit.h"

#include "exact.h"
#include "json/reader.h"

static void gives_the_tokens_in_order(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, VIEW(" {\"a\" : [1, -2.5e3,{}, []], \"b\\u0020\":\"x\\n\",\"c\":true,"
                              "\"d\":false,\"e\":null } "));
    assert_int_equal(json_next(&r), JSON_OBJECT);
    assert_int_equal(json_next(&r), JSON_NAME);
    assert_view(r.text, "a");
    assert_false(r.escaped);
    assert_int_equal(json_next(&r), JSON_ARRAY);
    assert_int_equal(r.depth, 2);
    assert_int_equal(json_next(&r), JSON_NUMBER);
    assert_view(r.text, "1");
    assert_int_equal(json_next(&r), JSON_NUMBER);
    assert_view(r.text, "-2.5e3");
    assert_int_equal(json_next(&r), JSON_OBJECT);
    assert_int_equal(json_next(&r), JSON_OBJECT_END);
    assert_int_equal(json_next(&r), JSON_ARRAY);
    assert_int_equal(json_next(&r), JSON_ARRAY_END);
    assert_int_equal(json_next(&r), JSON_ARRAY_END);
    assert_int_equal(json_next(&r), JSON_NAME);
    assert_view(r.text, "b\\u0020");
    assert_true(r.escaped);
    assert_true(json_text_is(&r, "b "));
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_true(json_text_is(&r, "x\n"));
    assert_int_equal(json_next(&r), JSON_NAME);
    assert_int_equal(json_next(&r), JSON_TRUE);
    assert_int_equal(json_next(&r), JSON_NAME);
    assert_int_equal(json_next(&r), JSON_FALSE);
    assert_int_equal(json_next(&r), JSON_NAME);
    assert_int_equal(json_next(&r), JSON_NULL);
    assert_int_equal(json_next(&r), JSON_OBJECT_END);
    assert_int_equal(json_next(&r), JSON_END);
    assert_int_equal(json_next(&r), JSON_END);
}

static void spans_values_and_goes_on_behind_them(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, VIEW("[{\"a\":[1,{}]} , \"s\", 12 ,null, []]"));
    json_next(&r);
    static const char *const spans[] = {"{\"a\":[1,{}]}", "\"s\"", "12", "null", "[]"};
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        assert_true(json_next(&r) > JSON_END);
        assert_view(json_span(&r), spans[i]);
    }
    assert_int_equal(json_next(&r), JSON_ARRAY_END);
    assert_int_equal(json_next(&r), JSON_END);

    json_reader_init(&r, VIEW(" {\"a\":1} "));
    json_next(&r);
    assert_view(json_span(&r), "{\"a\":1}");
    assert_int_equal(json_next(&r), JSON_END);
}

static void span_of_something_malformed_is_empty(void **state)
{
    (void)state;
    struct json_reader r;
    struct error err;
    json_reader_init(&r, VIEW("[{\"a\":[1,}]"));
    json_next(&r);
    json_next(&r);
    assert_int_equal(json_span(&r).len, 0);
    assert_int_equal(json_next(&r), JSON_ERROR);
    json_reader_error(&r, &err);
    assert_string_equal(err.message, "not JSON: expected a value at byte 10");
}

static void compares_text_with_its_escapes_undone(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text;
        bool equal;
    } cases[] = {
        {"\"NewImage\"", "NewImage", true},
        {"\"NewImage\"", "NewImages", false},
        {"\"NewImages\"", "NewImage", false},
        {"\"\"", "", true},
        {"\"\\u004eew\"", "New", true},
        {"\"\\u004eew\"", "Ne", false},
        {"\"\\u004eew\"", "News", false},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", true},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F", false},
        {"\"\\\\\\/\\\"\"", "\\/\"", true},
        {"\"\\u0000\"", "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_reader r;
        json_reader_init(&r, view_str(cases[i].json));
        assert_int_equal(json_next(&r), JSON_STRING);
        assert_int_equal(json_text_is(&r, cases[i].text), cases[i].equal);
    }
}

static void names_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"", "not JSON: unexpected end at byte 1"},
        {" ", "not JSON: unexpected end at byte 2"},
        {"{\"a\"", "not JSON: unexpected end at byte 5"},
        {"{\"a\":", "not JSON: unexpected end at byte 6"},
        {"[1", "not JSON: unexpected end at byte 3"},
        {"[1,", "not JSON: unexpected end at byte 4"},
        {"[1,]", "not JSON: expected a value at byte 4"},
        {"[1}", "not JSON: expected ',' or ']' at byte 3"},
        {"{\"a\":1]", "not JSON: expected ',' or '}' at byte 7"},
        {"{\"a\":1,}", "not JSON: expected a name in quotes at byte 8"},
        {"{a:1}", "not JSON: expected a name in quotes at byte 2"},
        {"{\"a\" 1}", "not JSON: expected ':' at byte 6"},
        {"{\"a\n\":1}", "not JSON: malformed string at byte 2"},
        {"[\"\\x\"]", "not JSON: malformed string at byte 2"},
        {"[\"\xC0\x80\"]", "not JSON: malformed string at byte 2"},
        {"[-]", "not JSON: malformed number at byte 2"},
        {"[nul]", "not JSON: unknown word at byte 2"},
        {"tru", "not JSON: unknown word at byte 1"},
        {"1 2", "not JSON: more than one value at byte 3"},
        {"01", "not JSON: more than one value at byte 2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view text = exact_copy(view_str(cases[i].json));
        struct json_reader r;
        struct error err;
        json_reader_init(&r, text);
        enum json_token token;
        while ((token = json_next(&r)) > JSON_END)
            ;
        assert_int_equal(token, JSON_ERROR);
        assert_int_equal(json_next(&r), JSON_ERROR);
        assert_int_equal(json_reader_error(&r, &err), -1);
        assert_int_equal(err.domain, ERROR_INPUT);
        assert_string_equal(err.message, cases[i].message);
        exact_free(text);
    }
}

/* `depth` brackets, opened and closed. */
static struct view nested(size_t depth)
{
    char *text = xmalloc(2 * depth);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return view_of(text, 2 * depth);
}

static void nests_as_deep_as_it_says(void **state)
{
    (void)state;
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        bool allowed = depth <= JSON_DEPTH_MAX;
        struct view text = nested(depth);
        struct json_reader r;
        json_reader_init(&r, text);
        enum json_token token;
        while ((token = json_next(&r)) > JSON_END)
            ;
        assert_int_equal(token, allowed ? JSON_END : JSON_ERROR);

        /* The limit counts from the outermost level, also for what is skipped. */
        json_reader_init(&r, text);
        json_next(&r);
        json_next(&r);
        assert_int_equal(json_span(&r).len, allowed ? text.len - 2 : 0);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_tokens_in_order),
        cmocka_unit_test(spans_values_and_goes_on_behind_them),
        cmocka_unit_test(span_of_something_malformed_is_empty),
        cmocka_unit_test(compares_text_with_its_escapes_undone),
        cmocka_unit_test(names_what_is_wrong_and_where),
        cmocka_unit_test(nests_as_deep_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
