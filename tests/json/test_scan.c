#include "unit.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "exact.h"
#include "json/scan.h"

/* Bytes up to behind the closing quote, or -1. */
static int scan_string(struct view inside, unsigned *flags)
{
    struct view copy = exact_copy(inside);
    const char *end = json_scan_string(copy.ptr, copy.ptr + copy.len, flags);
    int len = end ? (int)(end - copy.ptr) : -1;
    exact_free(copy);
    return len;
}

static void strings_and_what_is_in_them(void **state)
{
    (void)state;
    enum { BOTH = JSON_ESCAPES | JSON_NON_ASCII };
    static const struct {
        struct view inside;
        int len;
        unsigned flags;
    } cases[] = {
        {VIEW("\""), 1, 0},
        {VIEW("abc\""), 4, 0},
        {VIEW("abc\",\"d\""), 4, 0},
        {VIEW("0123456789abcde\""), 16, 0},
        {VIEW("0123456789abcdef\""), 17, 0},
        {VIEW("0123456789abcdef0123456789abcdef0\" "), 34, 0},
        {VIEW("\x7F\""), 2, 0},
        {VIEW("\\\"\\\\\\/\\b\\f\\n\\r\\t\""), 17, JSON_ESCAPES},
        {VIEW("\\u0000\\uABcd\\ud83d\\uDE00\""), 25, JSON_ESCAPES},
        {VIEW("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\""), 10, JSON_NON_ASCII},
        {VIEW("0123456789abcd\xC3\xA4\\n\""), 19, BOTH},
        {VIEW(""), -1, 0},
        {VIEW("abc"), -1, 0},
        {VIEW("0123456789abcdef"), -1, 0},
        {VIEW("\n\""), -1, 0},
        {VIEW("\0\""), -1, 0},
        {VIEW("a\x1F\""), -1, 0},
        {VIEW("0123456789abcdef\x1F\""), -1, 0},
        {VIEW("\xC3\xA4\x1F\""), -1, 0},
        {VIEW("\\"), -1, 0},
        {VIEW("\\\""), -1, 0},
        {VIEW("\\a\""), -1, 0},
        {VIEW("\\u123\""), -1, 0},
        {VIEW("\\u12g4\""), -1, 0},
        {VIEW("\\U1234\""), -1, 0},
        {VIEW("\\u12"), -1, 0},
        {VIEW("\\ud800\""), -1, 0},
        {VIEW("\\udc00\""), -1, 0},
        {VIEW("\\ud800\\ud800\""), -1, 0},
        {VIEW("\\ud800\\n\""), -1, 0},
        {VIEW("\\ud800\\udc0"), -1, 0},
        {VIEW("\\ud800\\"), -1, 0},
        {VIEW("\\ud800u1234\""), -1, 0},
        {VIEW("\x80\""), -1, 0},
        {VIEW("\xC3\""), -1, 0},
        {VIEW("\xC3"), -1, 0},
        {VIEW("\xED\xA0\x80\""), -1, 0},
        {VIEW("\xFF\""), -1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned flags = 0;
        if (scan_string(cases[i].inside, &flags) != cases[i].len)
            fail_msg("case %zu: %.*s", i, VIEW_ARG(cases[i].inside));
        if (cases[i].len > 0)
            assert_int_equal(flags, cases[i].flags);
    }
    unsigned flags = JSON_NON_ASCII;
    scan_string(VIEW("\\n\""), &flags);
    assert_int_equal(flags, BOTH);
}

/* What may be where in a string, said the simple way. */
static bool allowed_inside(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 40; len++) {
        char text[64];
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                memset(text, 'x', len);
                text[at] = (char)c;
                text[len] = '"';
                unsigned flags = 0;
                int expected = c == '"' ? (int)at + 1 : (int)len + 1;
                if (c != '"' && !allowed_inside((unsigned char)c))
                    expected = -1; /* "\x" and lone bytes above 0x7F too */
                if (at == len - 1 && c == '\\')
                    expected = -1; /* the quote is escaped */
                assert_int_equal(scan_string(view_of(text, len + 1), &flags), expected);
            }
        }
    }
}

static void numbers_by_the_grammar(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int len;
    } cases[] = {
        {"0", 1},
        {"-0", 2},
        {"10", 2},
        {"-12.50", 6},
        {"1e5", 3},
        {"1E+05", 5},
        {"0.0e-0", 6},
        {"1,", 1},
        {"01", 1},
        {"-01", 2},
        {"1.5.5", 3},
        {"1e5e5", 3},
        {"12345678901234567890123", 23},
        {"", -1},
        {"-", -1},
        {".5", -1},
        {"+1", -1},
        {"1.", -1},
        {"1.e5", -1},
        {"1e", -1},
        {"1e+", -1},
        {"-a", -1},
        {"1.x", -1},
        {"Infinity", -1},
        {"-.5", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view copy = exact_copy(view_str(cases[i].text));
        const char *end = json_scan_number(copy.ptr, copy.ptr + copy.len);
        if ((end ? (int)(end - copy.ptr) : -1) != cases[i].len)
            fail_msg("%s", cases[i].text);
        exact_free(copy);
    }
}

static void values_of_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned depth;
        int len;
    } cases[] = {
        {"true,", 0, 4},
        {"null", 0, 4},
        {"false", 0, 5},
        {"\"a\" ", 0, 3},
        {"-1]", 0, 2},
        {"[]", 1, 2},
        {"[]", 0, -1},
        {"{}", 0, -1},
        {"[[]]", 1, -1},
        {"[[]]", 2, 4},
        {"[[],[]]", 2, 7},
        {"{ \"a\" : [ 1 , { } ] , \"b\" : null } ", 3, 34},
        {"{\"a\":[1,{\"b\":{}}]}]", 4, 18},
        {"{\"a\":[1,{\"b\":{}}]}", 3, -1},
        {"", 5, -1},
        {"[", 5, -1},
        {"[1", 5, -1},
        {"[1,", 5, -1},
        {"[1,]", 5, -1},
        {"[,1]", 5, -1},
        {"[1 2]", 5, -1},
        {"[1}", 5, -1},
        {"{", 5, -1},
        {"{]", 5, -1},
        {"{\"a\"", 5, -1},
        {"{\"a\":", 5, -1},
        {"{\"a\":1", 5, -1},
        {"{\"a\":1,", 5, -1},
        {"{\"a\":1,}", 5, -1},
        {"{\"a\":}", 5, -1},
        {"{\"a\"}", 5, -1},
        {"{\"a\",1}", 5, -1},
        {"{1:1}", 5, -1},
        {"{\"a\":1 \"b\":2}", 5, -1},
        {"tru", 5, -1},
        {"nulL", 5, -1},
        {"x", 5, -1},
        {" 1", 5, -1},
        {"]", 5, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct view copy = exact_copy(view_str(cases[i].text));
        const char *end = json_scan_value(copy.ptr, copy.ptr + copy.len, cases[i].depth);
        if ((end ? (int)(end - copy.ptr) : -1) != cases[i].len)
            fail_msg("%s", cases[i].text);
        exact_free(copy);
    }
}

static void depth_has_a_limit_whatever_is_asked_for(void **state)
{
    (void)state;
    char text[2 * (JSON_DEPTH_MAX + 1)] = "";
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        const char *end = json_scan_value(text, text + 2 * depth, UINT32_MAX);
        assert_ptr_equal(end, depth == JSON_DEPTH_MAX ? text + 2 * depth : NULL);
    }
}

static void check_escapes(struct view plain, struct view escaped)
{
    char *out = xmalloc(6 * plain.len), *back = xmalloc(escaped.len);
    struct view copy = exact_copy(plain);
    assert_int_equal(json_escape(copy, out), escaped.len);
    assert_memory_equal(out, escaped.ptr, escaped.len);
    exact_free(copy);
    copy = exact_copy(escaped);
    assert_int_equal(json_unescape(copy, back), plain.len);
    assert_memory_equal(back, plain.ptr, plain.len);
    exact_free(copy);
    free(out);
    free(back);
}

static void escapes_and_back(void **state)
{
    (void)state;
    check_escapes(VIEW("plain"), VIEW("plain"));
    check_escapes(VIEW("\"\\/\b\f\n\r\t"), VIEW("\\\"\\\\/\\b\\f\\n\\r\\t"));
    check_escapes(VIEW("\0\x01\x0B\x1F\x7F"), VIEW("\\u0000\\u0001\\u000b\\u001f\x7F"));
    check_escapes(VIEW("\xC3\xA4\xF0\x9F\x98\x80"), VIEW("\xC3\xA4\xF0\x9F\x98\x80"));
    check_escapes(VIEW("0123456789abcdef\n0123456789abcdef0123456789\""),
                  VIEW("0123456789abcdef\\n0123456789abcdef0123456789\\\""));
    assert_int_equal(json_escape(VIEW(""), NULL), 0);
    assert_int_equal(json_unescape(VIEW(""), NULL), 0);
}

static void unescapes_every_spelling(void **state)
{
    (void)state;
    char out[64];
    struct view raw = VIEW("\\u00e4\\u00E4\\u20ac\\uD83D\\ude00\\/\\u0041z\\u0000");
    size_t len = json_unescape(raw, out);
    assert_view(view_of(out, len - 1), "\xC3\xA4\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80/Az");
    assert_int_equal(out[len - 1], '\0');
}

/* Any run of any character among plain ones comes back, and in between is a valid string. */
static void every_character_round_trips(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x11000; c = c == 0xD7FF ? 0xE000 : c + 1) {
        char plain[48], escaped[6 * 48 + 1], back[6 * 48];
        size_t len = c % 40;
        memset(plain, 'x', len);
        len += utf8_encode(c, plain + len);
        plain[len++] = 'y';
        size_t escaped_len = json_escape(view_of(plain, len), escaped);
        escaped[escaped_len] = '"';
        unsigned flags = 0;
        const char *end = escaped + escaped_len + 1;
        assert_ptr_equal(json_scan_string(escaped, end, &flags), end);
        assert_int_equal((flags & JSON_NON_ASCII) != 0, c >= 0x80);
        assert_int_equal((flags & JSON_ESCAPES) != 0, escaped_len != len);
        assert_int_equal(json_unescape(view_of(escaped, escaped_len), back), len);
        assert_memory_equal(back, plain, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_and_what_is_in_them),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(numbers_by_the_grammar),
        cmocka_unit_test(values_of_all_kinds),
        cmocka_unit_test(depth_has_a_limit_whatever_is_asked_for),
        cmocka_unit_test(escapes_and_back),
        cmocka_unit_test(unescapes_every_spelling),
        cmocka_unit_test(every_character_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
