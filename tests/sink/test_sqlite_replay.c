#include "replay_cases.h"
#include "sqlite_fixture.h"

#include <unistd.h>

static void dead_letters_are_listed_and_deleted(void **state)
{
    struct fixture *f = *state;
    case_dead_letters(fixture_open(f), "DELETE FROM t_dead_letters WHERE sequence = '2'");
}

static void nothing_is_made_by_looking(void **state)
{
    struct fixture *f = *state;
    struct sink *sink = fixture_open(f);
    struct dead_page page;
    struct guard_info info;
    assert_int_equal(sink->ops->list_dead(sink, NULL, 10, 0, &page, NULL), 0);
    assert_int_equal(page.count, 0);
    assert_int_equal(sink->ops->delete_dead(sink, NULL, 0, 0, NULL), 0);
    assert_int_equal(sink->ops->guard(sink, 0, &info, NULL), 0);
    assert_int_not_equal(access(f->path, F_OK), 0);
}

static void keys_and_versions_are_known(void **state)
{
    struct fixture *f = *state;
    case_guard(fixture_open(f), &f->arena);
}

static void pages_end_when_they_are_large(void **state)
{
    struct fixture *f = *state;
    struct sink *sink = fixture_open(f);
    struct dead_page page;
    struct error err = {0};
    fixture_sql(f, "CREATE TABLE t_dead_letters (stream TEXT NOT NULL, shard TEXT NOT NULL,"
                   " sequence TEXT NOT NULL, reason TEXT, record, received TEXT,"
                   " PRIMARY KEY (stream, shard, sequence));"
                   "INSERT INTO t_dead_letters VALUES ('', '', '1', NULL, zeroblob(6291456), NULL),"
                   " ('', '', '2', 'r', 'x', '2026-01-31T12:00:00Z')");
    assert_int_equal(sink->ops->list_dead(sink, NULL, 10, 0, &page, &err), 0);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.letters[0].letter.record.len, 6291456);
    assert_int_equal(page.letters[0].received_us, 0);
    struct dead_letter after = page.letters[0].letter;
    struct dead_page next;
    assert_int_equal(sink->ops->list_dead(sink, &after, 10, 0, &next, &err), 0);
    assert_int_equal(next.count, 1);
    assert_int_equal(next.letters[0].received_us, 1769860800000000);
    dead_page_release(&page);
    dead_page_release(&next);
}

static void layouts_without_versions_guard_nothing(void **state)
{
    static const char *const tables[] = {
        "CREATE TABLE t (pk TEXT PRIMARY KEY, data TEXT, aux TEXT)",
        "DROP TABLE t; CREATE TABLE t (data TEXT)",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        struct guard_info info;
        fixture_sql(f, tables[i]);
        struct sink *sink = fixture_open(f);
        assert_int_equal(sink->ops->guard(sink, 0, &info, NULL), 0);
        assert_false(info.guarded);
        assert_int_equal(info.newest, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dead_letters_are_listed_and_deleted),
        TEST(nothing_is_made_by_looking),
        TEST(keys_and_versions_are_known),
        TEST(pages_end_when_they_are_large),
        TEST(layouts_without_versions_guard_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
