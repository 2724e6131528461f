#include "unit.h"

#include "stack/log_choice.h"
#include "stack/log_group.h"

static void check_pattern(const char *text, const char *wanted)
{
    cleanup_buf struct buf pattern = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (log_pattern_append(text, &pattern, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    assert_string_equal(buf_str(&pattern), wanted);
}

static void refuse_pattern(const char *text, const char *wanted)
{
    cleanup_buf struct buf pattern = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    assert_int_equal(log_pattern_append(text, &pattern, &err), -1);
    assert_string_equal(err.message, wanted);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_int_equal(pattern.len, 0);
}

static void test_patterns(void **state)
{
    (void)state;
    check_pattern("ERROR", "\"ERROR\"");
    check_pattern("-x [y] $.z", "\"-x [y] $.z\"");
    check_pattern("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"");
    check_pattern("\"a\" \"b\"", "\"a\" \"b\"");
    check_pattern("?a ?b", "?a ?b");
    check_pattern("%a.b%", "%a.b%");
    check_pattern("{ $.level = \"ERROR\" }", "{ $.level = \"ERROR\" }");
    refuse_pattern("", "it is empty");
    refuse_pattern("\xff", "it is no UTF-8");
    char text[2100];
    for (size_t i = 0; i < 1022; i++)
        memcpy(text + 2 * i, "\xc3\xa4", 3);
    cleanup_buf struct buf pattern = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(log_pattern_append(text, &pattern, NULL), 0);
    memcpy(text + 2 * 1022, "x", 2);
    refuse_pattern(text, "it is longer than the 1024 characters of a pattern");
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"10m", 1700000000123 - 600000},
        {"2h", 1700000000123 - 7200000},
        {"0", 1700000000123},
        {"100000d", 0},
        {"2023-11-14T22:13:20Z", 1700000000000},
        {"2023-11-14T23:13:20.5+01:00", 1700000000500},
    };
    int64_t ms;
    struct error err = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(log_time_parse(cases[i].text, 1700000000123456, &ms, NULL), 0);
        assert_int_equal(ms, cases[i].ms);
    }
    assert_int_equal(log_time_parse("yesterday", 0, &ms, &err), -1);
    assert_string_equal(err.message,
                        "\"yesterday\" is neither a time span (10m, 2h, 1d) nor a time "
                        "(2026-11-23T22:10:33Z)");
}

static void test_groups(void **state)
{
    (void)state;
    static const char *const names[] = {
        "f", "f:7", "arn:aws:lambda:eu-central-1:123456789012:function:f",
        "arn:aws:lambda:eu-central-1:123456789012:function:f:live", "123456789012:function:f"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_buf struct buf group = BUF_INIT(BUF_TEXT_CAP);
        log_group_of_function(names[i], &group);
        assert_string_equal(buf_str(&group), "/aws/lambda/f");
    }
    struct error err = {0};
    char name[600];
    memset(name, 'a', sizeof(name));
    name[512] = '\0';
    assert_int_equal(log_group_check(name, NULL), 0);
    assert_int_equal(log_group_check("/aws/Lambda/a-b_c.d#9", NULL), 0);
    name[512] = 'a';
    name[513] = '\0';
    assert_int_equal(log_group_check(name, NULL), -1);
    assert_int_equal(log_group_check("", NULL), -1);
    assert_int_equal(log_group_check("a:b", &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
