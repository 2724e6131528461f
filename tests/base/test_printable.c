#include "unit.h"

#include "base/printable.h"

static void shows(struct view text, const char *shown)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    printable_append(&out, text);
    assert_string_equal(buf_str(&out), shown);
}

static void keeps_what_is_text(void **state)
{
    (void)state;
    shows(VIEW(""), "");
    shows(VIEW("plain ~ text"), "plain ~ text");
    shows(VIEW("\xC2\xA0 \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\x9A"),
          "\xC2\xA0 \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\x9A");
}

static void escapes_what_terminals_obey(void **state)
{
    (void)state;
    shows(VIEW("a\0b"), "a\\x00b");
    shows(VIEW("\033[2J\n\t\x7F"), "\\x1b[2J\\x0a\\x09\\x7f");
    shows(VIEW("\xC2\x9B!"), "\\xc2\\x9b!"); /* U+009B: CSI */
}

static void escapes_what_is_no_utf8(void **state)
{
    (void)state;
    shows(VIEW("\xFF\xC3"), "\\xff\\xc3");
    shows(VIEW("\xED\xA0\x80x"), "\\xed\\xa0\\x80x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_text),
        cmocka_unit_test(escapes_what_terminals_obey),
        cmocka_unit_test(escapes_what_is_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
