#include "crate_fixture.h"

#include <stdlib.h>

#include "base/memory.h"

/* More than the sink takes. */
#define TOO_LARGE ((size_t)65 << 20)

#define SELECT(limit)                                                                              \
    "{\"stmt\":\"SELECT \\\"stream\\\", \\\"shard\\\", \\\"sequence\\\", \\\"reason\\\", "         \
    "\\\"received\\\", \\\"encoding\\\", \\\"record\\\", \\\"_seq_no\\\", \\\"_primary_term\\\" "  \
    "FROM \\\"doc\\\".\\\"t_dead_letters\\\" ORDER BY \\\"stream\\\", \\\"shard\\\", "             \
    "\\\"sequence\\\" LIMIT " limit "\"}"
#define COLS                                                                                       \
    "{\"cols\":[\"stream\",\"shard\",\"sequence\",\"reason\",\"received\",\"encoding\","           \
    "\"record\",\"_seq_no\",\"_primary_term\"],\"rows\":["
#define REFRESH_DEAD "REFRESH TABLE \"doc\".\"t_dead_letters\""
#define DELETE                                                                                     \
    "DELETE FROM \"doc\".\"t_dead_letters\" WHERE \"stream\" = ? AND \"shard\" = ? AND "           \
    "\"sequence\" = ? AND \"_seq_no\" = ? AND \"_primary_term\" = ?"

static struct dead_page list(struct crate_fixture *f, size_t max)
{
    struct dead_page page;
    struct error err = {0};
    if (f->sink->ops->list_dead(f->sink, NULL, max, 0, &page, &err) < 0)
        fail_msg("%s", err.message);
    return page;
}

static void large_answers_are_asked_for_in_parts(void **state)
{
    struct crate_fixture *f = *state;
    cleanup_free char *large = xmalloc(TOO_LARGE + 1);
    memset(large, 'x', TOO_LARGE);
    large[TOO_LARGE] = '\0';
    crate_fixture_ready(f, NULL);
    crate_expect_statement(f, REFRESH_DEAD);
    crate_expect(f, SELECT("500"), 200, large);
    crate_expect(f, SELECT("250"), 200, large);
    crate_expect(f, SELECT("125"), 200,
                 COLS
                 "[\"s\",\"\",\"1\",null,1785542400000,\"base64\",\"//4=\",7,2]],\"rowcount\":1}");
    struct dead_page page = list(f, 2500);
    assert_int_equal(page.count, 1);
    assert_view(page.letters[0].letter.record, "\xff\xfe");
    assert_view(page.letters[0].letter.reason, "");
    assert_view(page.letters[0].version, "7,2");
    assert_int_equal(page.letters[0].received_us, INT64_C(1785542400000000));
    dead_page_release(&page);
}

static void one_that_is_too_large_is_an_error(void **state)
{
    struct crate_fixture *f = *state;
    struct dead_page page;
    struct error err = {0};
    cleanup_free char *large = xmalloc(TOO_LARGE + 1);
    memset(large, 'x', TOO_LARGE);
    large[TOO_LARGE] = '\0';
    crate_fixture_ready(f, NULL);
    crate_expect_statement(f, REFRESH_DEAD);
    crate_expect(f, SELECT("2"), 200, large);
    crate_expect(f, SELECT("1"), 200, large);
    assert_int_equal(f->sink->ops->list_dead(f->sink, NULL, 2, 0, &page, &err), -1);
    assert_message(err, "larger than");
}

static void pages_end_when_they_are_large(void **state)
{
    struct crate_fixture *f = *state;
    cleanup_buf struct buf answer = BUF_INIT((size_t)64 << 20);
    buf_append_str(&answer, COLS);
    for (int i = 0; i < 3; i++) {
        buf_printf(&answer, "%s[\"s\",\"\",\"%d\",\"r\",null,\"text\",\"", i ? "," : "", i);
        char *to = buf_reserve(&answer, DEAD_PAGE_BYTES);
        memset(to, 'x', DEAD_PAGE_BYTES);
        buf_commit(&answer, DEAD_PAGE_BYTES - (i ? 0 : 1));
        buf_append_str(&answer, "\",1,1]");
    }
    buf_append_str(&answer, "],\"rowcount\":3}");
    crate_fixture_ready(f, NULL);
    crate_expect_statement(f, REFRESH_DEAD);
    crate_expect(f, SELECT("10"), 200, buf_str(&answer));
    struct dead_page page = list(f, 10);
    assert_int_equal(page.count, 2);
    dead_page_release(&page);
}

static void strange_answers_are_errors(void **state)
{
    struct crate_fixture *f = *state;
    struct dead_page page;
    struct error err = {0};
    crate_fixture_ready(f, NULL);
    crate_expect_statement(f, REFRESH_DEAD);
    crate_expect(f, SELECT("10"), 200, "{\"cols\":[\"a\"],\"rows\":[[1]],\"rowcount\":1}");
    assert_int_equal(f->sink->ops->list_dead(f->sink, NULL, 10, 0, &page, &err), -1);
    assert_message(err, "other columns");
}

static const struct kept_letter kept[] = {
    {.letter = {.stream = VIEW("s"), .shard = VIEW(""), .sequence = VIEW("1")},
     .version = VIEW("7,2")},
    {.letter = {.stream = VIEW("s"), .shard = VIEW(""), .sequence = VIEW("2")},
     .version = VIEW("8,2")},
};
#define KEPT_ROWS "[\"s\",\"\",\"1\",7,2],[\"s\",\"\",\"2\",8,2]"

static void what_is_gone_or_anew_is_fine(void **state)
{
    static const char *const results[] = {"1 1", "0 -2:4092", "-2:40411 1"};
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    for (size_t i = 0; i < ARRAY_LEN(results); i++) {
        crate_expect_rows(f, DELETE, KEPT_ROWS, results[i]);
        if (f->sink->ops->delete_dead(f->sink, kept, 2, 0, &err) < 0)
            fail_msg("%s", err.message);
    }
    crate_expect_rows(f, DELETE, KEPT_ROWS, "1 -2:4007");
    assert_int_equal(f->sink->ops->delete_dead(f->sink, kept, 2, 0, &err), -1);
    assert_message(err, "a dead letter could not be deleted (4007)");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, crate_fixture_setup, crate_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(large_answers_are_asked_for_in_parts), TEST(one_that_is_too_large_is_an_error),
        TEST(pages_end_when_they_are_large),        TEST(strange_answers_are_errors),
        TEST(what_is_gone_or_anew_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
