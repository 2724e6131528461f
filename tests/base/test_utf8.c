#include "unit.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "exact.h"

static bool valid(const char *bytes, size_t len)
{
    struct view copy = exact_copy(view_of(bytes, len));
    bool is = utf8_valid(copy);
    exact_free(copy);
    return is;
}

static void every_code_point_round_trips(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c == 0xD800)
            c = 0xE000;
        char bytes[4];
        size_t len = utf8_encode(c, bytes);
        if (utf8_sequence(bytes, bytes + len) != len)
            fail_msg("U+%04X", c);
    }
    char bytes[4];
    assert_int_equal(utf8_encode(0x20AC, bytes), 3);
    assert_memory_equal(bytes, "\xE2\x82\xAC", 3);
}

static void refuses_what_is_malformed(void **state)
{
    (void)state;
    static const struct view bad[] = {
        VIEW("\x80"), /* a continuation alone */
        VIEW("\xBF"),
        VIEW("\xC0\xAF"), /* overlong */
        VIEW("\xC1\xBF"),
        VIEW("\xE0\x9F\xBF"),
        VIEW("\xF0\x8F\xBF\xBF"),
        VIEW("\xED\xA0\x80"), /* surrogates */
        VIEW("\xED\xBF\xBF"),
        VIEW("\xF4\x90\x80\x80"), /* above U+10FFFF */
        VIEW("\xF5\x80\x80\x80"),
        VIEW("\xFE"),
        VIEW("\xFF"),
        VIEW("\xC3"), /* cut */
        VIEW("\xE2\x82"),
        VIEW("\xF0\x9F\x98"),
        VIEW("\xC3"
             "a"), /* no continuation */
        VIEW("\xE2\x82"
             "a"),
        VIEW("ok\xFF"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(valid(bad[i].ptr, bad[i].len));
    assert_true(valid("", 0));
    assert_true(valid("a\0\x7F\xC2\x80\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF", 15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_round_trips),
        cmocka_unit_test(refuses_what_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
