#include "sqlite_fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/memory.h"

static int query(struct fixture *f, const char *sql, struct query_result *result, struct error *err)
{
    struct sink *sink = f->sink ? f->sink : fixture_open(f);
    return sink->ops->query(sink, view_str(sql), result, err);
}

/* The only cell of the answer. */
static void answers(struct fixture *f, const char *sql, const char *expected)
{
    struct query_result result;
    struct error err;
    if (query(f, sql, &result, &err) < 0)
        fail_msg("%s: %s", sql, err.message);
    assert_int_equal(result.row_count, 1);
    assert_int_equal(result.column_count, 1);
    assert_int_equal(result.affected, -1);
    if (!view_equal(result.cells[0], view_str(expected)))
        fail_msg("%s: %.*s", sql, VIEW_ARG(result.cells[0]));
    query_result_release(&result);
}

static void changes(struct fixture *f, const char *sql, int64_t expected)
{
    struct query_result result;
    struct error err;
    if (query(f, sql, &result, &err) < 0)
        fail_msg("%s: %s", sql, err.message);
    assert_int_equal(result.affected, expected);
    assert_int_equal(result.row_count, 0);
    query_result_release(&result);
}

static void refuses(struct fixture *f, const char *sql, const char *message)
{
    struct query_result result;
    struct error err;
    assert_int_equal(query(f, sql, &result, &err), -1);
    assert_message(err, message);
}

static void makes_json_values(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f, "CREATE TABLE other (x)");
    answers(f, "SELECT NULL", "null");
    answers(f, "SELECT -9223372036854775808", "-9223372036854775808");
    answers(f, "SELECT 5.0", "5.0");
    answers(f, "SELECT 0.1", "0.1");
    answers(f, "SELECT 0.1 + 0.2", "0.30000000000000004");
    answers(f, "SELECT 1e300", "1e+300");
    answers(f, "SELECT 9e999", "\"Infinity\"");
    answers(f, "SELECT -9e999", "\"-Infinity\"");
    answers(f, "SELECT 'a\"b' || char(10)", "\"a\\\"b\\n\"");
    answers(f, "SELECT '{\"a\":1}'", "\"{\\\"a\\\":1}\"");
    answers(f, "SELECT x'00ff10'", "\"AP8Q\"");
    answers(f, "SELECT x''", "\"\"");
    answers(f, "SELECT CAST(x'ff' AS TEXT)", "\"\xEF\xBF\xBD\"");
}

static void names_columns_and_counts_rows(void **state)
{
    struct fixture *f = *state;
    struct query_result result;
    struct error err;
    changes(f, "CREATE TABLE x (a INTEGER, b TEXT)", 0);
    changes(f, "INSERT INTO x VALUES (1, 'one'), (2, NULL);", 2);
    changes(f, "UPDATE x SET a = a + 1 WHERE a = 2", 1);
    assert_int_equal(query(f, "SELECT a, b AS \"the b\" FROM x ORDER BY a ; ", &result, &err), 0);
    assert_int_equal(result.column_count, 2);
    assert_int_equal(result.row_count, 2);
    assert_view(result.columns[0], "a");
    assert_view(result.columns[1], "the b");
    assert_view(result.cells[0], "1");
    assert_view(result.cells[1], "\"one\"");
    assert_view(result.cells[2], "3");
    assert_view(result.cells[3], "null");
    query_result_release(&result);
    assert_int_equal(query(f, "SELECT a FROM x WHERE a > 100", &result, &err), 0);
    assert_int_equal(result.row_count, 0);
    assert_int_equal(result.column_count, 1);
    query_result_release(&result);
    answers(f, "DELETE FROM x WHERE a = 1 RETURNING b", "\"one\"");
}

static void says_what_is_wrong(void **state)
{
    struct fixture *f = *state;
    refuses(f, "SELECT 1", "there is no SQLite file");
    assert_int_not_equal(access(f->path, F_OK), 0);
    changes(f, " create table x (a)", 0);
    refuses(f, "SELEC 1", "syntax error");
    refuses(f, "SELECT missing", "no such column");
    refuses(f, "", "empty");
    refuses(f, " ; ", "empty");
    refuses(f, "SELECT 1; SELECT 2", "one statement at a time: \"SELECT 2\"");
    struct query_result result;
    struct error err;
    assert_int_equal(f->sink->ops->query(f->sink, VIEW("SELECT 1\0"), &result, &err), -1);
    answers(f, "SELECT 1 -- done", "1");
}

static void limits_the_answer(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f, "CREATE TABLE other (x)");
    refuses(f,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT zeroblob(10000000) FROM n",
            "add a LIMIT");
}

static void a_query_left_open_does_not_stop_the_batch(void **state)
{
    struct fixture *f = *state;
    struct error err;
    changes(f, "CREATE TABLE x (a)", 0);
    changes(f, "BEGIN", 0);
    assert_int_equal(f->sink->ops->begin(f->sink, NULL, 0, &err), 0);
    assert_int_equal(f->sink->ops->commit(f->sink, 0, &err), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_json_values),
        TEST(names_columns_and_counts_rows),
        TEST(says_what_is_wrong),
        TEST(limits_the_answer),
        TEST(a_query_left_open_does_not_stop_the_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
