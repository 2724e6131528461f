#include "unit.h"

#include "json/writer.h"

static void puts_commas_and_colons(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_begin_object(&w);
    json_member_string(&w, "s", VIEW("text"));
    json_member_int(&w, "i", INT64_MIN);
    json_member_bool(&w, "b", true);
    json_put_name(&w, VIEW("a"));
    json_begin_array(&w);
    json_put_int(&w, 1);
    json_put_null(&w);
    json_put_bool(&w, false);
    json_begin_object(&w);
    json_end_object(&w);
    json_begin_array(&w);
    json_end_array(&w);
    json_put_raw(&w, VIEW("{\"x\":1}"));
    json_end_array(&w);
    json_put_name(&w, VIEW(""));
    json_put_string(&w, VIEW(""));
    json_end_object(&w);
    assert_view(buf_view(&out), "{\"s\":\"text\",\"i\":-9223372036854775808,\"b\":true,"
                                "\"a\":[1,null,false,{},[],{\"x\":1}],\"\":\"\"}");
    assert_int_equal(w.depth, 0);
}

static void what_is_not_there_is_null(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_begin_object(&w);
    json_member_text(&w, "a", VIEW("text"));
    json_member_text(&w, "b", VIEW(""));
    json_member_text(&w, "c", view_str(NULL));
    json_member_count(&w, "d", 0);
    json_member_count(&w, "e", INT64_MAX);
    json_member_count(&w, "f", -1);
    json_end_object(&w);
    assert_string_equal(buf_str(&out), "{\"a\":\"text\",\"b\":null,\"c\":null,\"d\":0,"
                                       "\"e\":9223372036854775807,\"f\":null}");
}

static void escapes_in_the_canonical_form(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_put_string(&w, VIEW("\"\\/\b\f\n\r\t\x01\x1F\x7F\0\xC3\xA4"));
    assert_view(buf_view(&out), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\\u0000\xC3\xA4\"");
}

static void replaces_what_is_not_utf8(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_put_string(&w, VIEW("a\xFF\xC3\xA4\xED\xA0\x80z\xE2\x82"));
    assert_view(buf_view(&out), "\"a\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz"
                                "\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void long_text_needs_no_more_room_than_it_takes(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof(text));
    cleanup_buf struct buf out = BUF_INIT(sizeof(text) + 2);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_put_string(&w, view_of(text, sizeof(text)));
    assert_false(out.overflow);
    assert_int_equal(out.len, sizeof(text) + 2);
    assert_memory_equal(out.ptr + 1, text, sizeof(text));
}

static void a_full_buffer_shows(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(4);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_put_string(&w, VIEW("abc"));
    assert_true(out.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_commas_and_colons),
        cmocka_unit_test(what_is_not_there_is_null),
        cmocka_unit_test(escapes_in_the_canonical_form),
        cmocka_unit_test(replaces_what_is_not_utf8),
        cmocka_unit_test(long_text_needs_no_more_room_than_it_takes),
        cmocka_unit_test(a_full_buffer_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
