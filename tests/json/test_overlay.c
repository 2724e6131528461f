#include "unit.h"

#include "exact.h"
#include "json/overlay.h"
#include "json/scan.h"

static void check(const char *base, const char *over, const char *expected)
{
    struct view b = exact_copy(view_str(base)), o = exact_copy(view_str(over));
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    struct error err;
    if (json_overlay(b, o, &out, &err) != 0)
        fail_msg("%s + %s: %s", base, over, err.message);
    assert_string_equal(buf_str(&out), expected);
    exact_free(b);
    exact_free(o);
}

static void lays_one_over_the_other(void **state)
{
    (void)state;
    /* objects */
    check("{\"a\":1}", "{\"b\":2}", "{\"a\":1,\"b\":2}");
    check("{\"a\":1,\"b\":2}", "{\"a\":3}", "{\"a\":3,\"b\":2}");
    check("{}", "{\"b\":2,\"c\":[1]}", "{\"b\":2,\"c\":[1]}");
    check("{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":3,\"z\":4}}",
          "{\"a\":{\"x\":1,\"y\":3,\"z\":4}}");
    check("{\"a\":1}", "{\"a\":null}", "{\"a\":null}");
    check("{\"a\":{\"x\":1}}", "{\"a\":[1]}", "{\"a\":[1]}");
    check("{\"a\":1,\"b\":{}}", "{}", "{\"a\":1,\"b\":{}}");
    /* arrays */
    check("[1,2,3]", "[null,\"x\",null]", "[1,\"x\",3]");
    check("[1,2]", "[9]", "[9]");
    check("[]", "[]", "[]");
    check("[1]", "[]", "[]");
    check("[[1,2],{\"a\":1},3]", "[[null,5],{\"a\":2},null]", "[[1,5],{\"a\":2},3]");
    check("[[[1],[2,3]],[4]]", "[null,[\"4\"]]", "[[[1],[2,3]],[\"4\"]]");
    check("[[1,2],[3]]", "[[1],[\"3\"]]", "[[1],[\"3\"]]");
    /* scalars */
    check("1", "\"1\"", "\"1\"");
    check("{\"a\":1}", "2", "2");
    check("1", "null", "null");
}

static void nothing_stands_for_not_there(void **state)
{
    (void)state;
    check("", "{\"a\":1}", "{\"a\":1}");
    check("{\"a\":1}", "", "{\"a\":1}");
    check("", "", "");
}

static void names_are_equal_however_they_are_escaped(void **state)
{
    (void)state;
    check("{\"\\u0061\":1}", "{\"a\":2}", "{\"\\u0061\":2}");
    check("{\"a\":1}", "{\"\\u0061\":2}", "{\"a\":2}");
    check("{\"a\\n\":1,\"\":2}", "{\"a\\u000a\":3,\"\":4,\"\\t\":5}",
          "{\"a\\n\":3,\"\":4,\"\\t\":5}");
}

static void repeated_names(void **state)
{
    (void)state;
    check("{\"a\":1,\"a\":2}", "{\"a\":3}", "{\"a\":3,\"a\":3}");
    check("{}", "{\"a\":{\"x\":1},\"b\":2,\"a\":{\"y\":1}}", "{\"a\":{\"y\":1},\"b\":2}");
    check("{\"a\":{\"x\":0}}", "{\"a\":{\"x\":1},\"a\":{\"y\":2}}", "{\"a\":{\"x\":0,\"y\":2}}");
}

static void refuses_what_is_not_json(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"{\"a\":1", "{}", "base: not JSON: unexpected end at byte 7"},
        {"{}", "[1,]", "overlay: not JSON: expected a value at byte 4"},
        {"", "x", "overlay: not JSON: expected a value at byte 1"},
        {"x", "", "base: not JSON: expected a value at byte 1"},
        {"{}", " ", "overlay: not JSON: unexpected end at byte 2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
        struct error err;
        assert_int_equal(json_overlay(view_str(cases[i][0]), view_str(cases[i][1]), &out, &err),
                         -1);
        assert_int_equal(err.domain, ERROR_INPUT);
        assert_string_equal(err.message, cases[i][2]);
        assert_int_equal(out.len, 0);
    }
}

static void merges_as_deep_as_json_goes(void **state)
{
    (void)state;
    cleanup_buf struct buf base = BUF_INIT(BUF_TEXT_CAP), over = BUF_INIT(BUF_TEXT_CAP);
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    for (unsigned i = 0; i < JSON_DEPTH_MAX; i++) {
        buf_append_str(&base, i % 2 ? "[1," : "{\"a\":");
        buf_append_str(&over, i % 2 ? "[null," : "{\"a\":");
    }
    buf_append_str(&base, "2");
    buf_append_str(&over, "3");
    for (unsigned i = JSON_DEPTH_MAX; i-- > 0;) {
        buf_append_str(&base, i % 2 ? "]" : "}");
        buf_append_str(&over, i % 2 ? "]" : "}");
    }
    assert_int_equal(json_overlay(buf_view(&base), buf_view(&over), &out, NULL), 0);
    *strchr(base.ptr, '2') = '3';
    assert_string_equal(buf_str(&out), buf_str(&base));
}

/* Looking each member up in turn would take minutes. */
static void many_members_take_no_time(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    cleanup_buf struct buf base = BUF_INIT((size_t)1 << 24), over = BUF_INIT((size_t)1 << 24);
    cleanup_buf struct buf out = BUF_INIT((size_t)1 << 24);
    for (int i = 0; i < COUNT; i++) {
        buf_printf(&base, "%s\"k%d\":%d", i ? "," : "{", i, i);
        buf_printf(&over, "%s\"k%d\":%d", i ? "," : "{", COUNT - 1 - i, -1);
    }
    buf_append_str(&base, "}");
    buf_append_str(&over, "}");
    assert_int_equal(json_overlay(buf_view(&base), buf_view(&over), &out, NULL), 0);
    assert_true(view_starts_with(buf_view(&out), VIEW("{\"k0\":-1,\"k1\":-1,")));
    const char *end = out.ptr + out.len;
    assert_ptr_equal(json_scan_value(out.ptr, end, 1), end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_one_over_the_other),
        cmocka_unit_test(nothing_stands_for_not_there),
        cmocka_unit_test(names_are_equal_however_they_are_escaped),
        cmocka_unit_test(repeated_names),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(merges_as_deep_as_json_goes),
        cmocka_unit_test(many_members_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
