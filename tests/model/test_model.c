/* What the recordings do not show: lorry's own statements, in its own spelling, and the parts of
 * the model that only tests use. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "model/cratedb_model.h"
#include "model/datum.h"
#include "model/http_model.h"

#define TABLE                                                                                      \
    "CREATE TABLE IF NOT EXISTS \\\"doc\\\".\\\"t\\\" (\\\"pk\\\" OBJECT(STRICT) AS "              \
    "(\\\"device\\\" TEXT PRIMARY KEY, \\\"n\\\" BIGINT PRIMARY KEY), \\\"data\\\" "               \
    "OBJECT(DYNAMIC), \\\"aux\\\" OBJECT(IGNORED), \\\"version\\\" BIGINT, \\\"sequence\\\" "      \
    "TEXT, "                                                                                       \
    "\\\"deleted\\\" BOOLEAN)"
#define INTO                                                                                       \
    "INSERT INTO \\\"doc\\\".\\\"t\\\" (\\\"pk\\\", \\\"data\\\", \\\"aux\\\", \\\"version\\\", "  \
    "\\\"sequence\\\", \\\"deleted\\\") VALUES (?, ?, ?, ?, ?, ?) "
#define GUARD                                                                                      \
    "CASE WHEN \\\"version\\\" > excluded.\\\"version\\\" OR (\\\"version\\\" = "                  \
    "excluded.\\\"version\\\" AND \\\"sequence\\\" > excluded.\\\"sequence\\\") THEN "
#define SET(column)                                                                                \
    "\\\"" column "\\\" = " GUARD "\\\"" column "\\\" ELSE excluded.\\\"" column "\\\" END"
#define UPSERT                                                                                     \
    INTO "ON CONFLICT (\\\"pk\\\"['device'], \\\"pk\\\"['n']) DO UPDATE SET " SET(                 \
        "data") ", " SET("aux") ", " SET("deleted") ", " SET("version") ", " SET("sequence")

struct fixture {
    struct cratedb_model *model;
    struct buf answer;
};

static int ask(struct fixture *f, const char *statement, const char *more)
{
    struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&body, "{\"stmt\":\"%s\"%s%s}", statement, *more ? "," : "", more);
    const struct cratedb_request request = {
        .method = "POST", .path = VIEW("/_sql"), .body = buf_view(&body)};
    int status = cratedb_model_handle(f->model, &request, &f->answer);
    buf_release(&body);
    return status;
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    f->model = cratedb_model_new();
    f->answer = BUF_INIT(BUF_TEXT_CAP);
    *state = f;
    return ask(f, TABLE, "") == 200 ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    cratedb_model_free(f->model);
    buf_release(&f->answer);
    free(f);
    return 0;
}

/* The member of the answer, compared as JSON. */
static void expect(struct fixture *f, const char *member, const char *json)
{
    cleanup_datum struct datum *got = datum_parse(buf_view(&f->answer), NULL);
    cleanup_datum struct datum *wanted = datum_parse(view_str(json), NULL);
    assert_non_null(wanted);
    if (!got || !datum_get_str(got, member) || !datum_equal(datum_get_str(got, member), wanted))
        fail_msg("%s should be %s: %s", member, json, buf_str(&f->answer));
}

static void send_rows(struct fixture *f, const char *statement, const char *rows,
                      const char *results)
{
    struct buf bulk = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&bulk, "\"bulk_args\":[%s]", rows);
    assert_int_equal(ask(f, statement, buf_str(&bulk)), 200);
    expect(f, "results", results);
    buf_release(&bulk);
}

#define SELECT_A "SELECT data, version, sequence FROM t WHERE pk['device'] = 'a' AND pk['n'] = 1"
#define ONE "[{\"rowcount\":1}]"

static void guard_orders_by_version_and_sequence(void **state)
{
    struct fixture *f = *state;
    const char *newest = "[{\"device\":\"a\",\"n\":1},{\"x\":2.0},null,7,\"0002\",false]";
    send_rows(f, UPSERT, newest, ONE);
    send_rows(f, UPSERT, "[{\"device\":\"a\",\"n\":1},{\"x\":1.0},null,7,\"0001\",false]", ONE);
    ask(f, SELECT_A, "");
    expect(f, "rows", "[[{\"x\":2.0},7,\"0002\"]]");
    send_rows(f, UPSERT, "[{\"device\":\"a\",\"n\":1},{\"x\":3.0},null,7,\"0003\",false]", ONE);
    ask(f, SELECT_A, "");
    expect(f, "rows", "[[{\"x\":3.0},7,\"0003\"]]");
}

static void one_step_loses_objects_and_two_do_not(void **state)
{
    struct fixture *f = *state;
    const char *old = "[{\"device\":\"a\",\"n\":1},{\"x\":1.0},null,5,\"1\",false]";
    const char *late = "[{\"device\":\"a\",\"n\":1},{\"new\":1.0},null,4,\"1\",false]";
    send_rows(f, UPSERT, old, ONE);
    send_rows(f, UPSERT, late, ONE);
    ask(f, SELECT_A, "");
    expect(f, "rows", "[[null,5,\"1\"]]");
    const char *again = "[{\"device\":\"a\",\"n\":1},{\"x\":1.0},null,6,\"1\",false]";
    const char *later = "[{\"device\":\"a\",\"n\":1},{\"newer\":1.0},null,4,\"1\",false]";
    send_rows(f, UPSERT, again, ONE);
    send_rows(f, INTO "ON CONFLICT DO NOTHING", later, "[{\"rowcount\":0}]");
    send_rows(f, UPSERT, later, ONE);
    ask(f, SELECT_A, "");
    expect(f, "rows", "[[{\"x\":1.0},6,\"1\"]]");
}

static void shards_decide_who_is_hit(void **state)
{
    struct fixture *f = *state;
    size_t lost = 0, kept = 0;
    for (int i = 0; i < 32; i++) {
        char row[200], rows[600];
        snprintf(row, sizeof(row), "[{\"device\":\"d\",\"n\":%d},{\"x\":1.0},null,1,\"1\",false]",
                 i);
        send_rows(f, UPSERT, row, ONE);
        snprintf(rows, sizeof(rows),
                 "[{\"device\":\"e\",\"n\":1},{\"k%d\":1.0},null,%d,\"1\",false],"
                 "[{\"device\":\"d\",\"n\":%d},{\"x\":2.0},null,2,\"1\",false]",
                 i, i, i);
        send_rows(f, UPSERT, rows, "[{\"rowcount\":1},{\"rowcount\":1}]");
        snprintf(row, sizeof(row), "SELECT data FROM t WHERE pk['device'] = 'd' AND pk['n'] = %d",
                 i);
        ask(f, row, "");
        lost += strstr(buf_str(&f->answer), "[[null]]") != NULL;
        kept += strstr(buf_str(&f->answer), "[[{\"x\":2.0}]]") != NULL;
    }
    assert_int_equal(lost + kept, 32);
    assert_true(lost > 0 && kept > lost);
}

static void search_sees_the_last_refresh(void **state)
{
    struct fixture *f = *state;
    send_rows(f, UPSERT, "[{\"device\":\"a\",\"n\":1},null,null,1,\"1\",true]", ONE);
    ask(f, "SELECT count(*) FROM \\\"doc\\\".\\\"t\\\" WHERE \\\"deleted\\\" = true", "");
    expect(f, "rows", "[[0]]");
    cratedb_model_refresh(f->model);
    ask(f, "SELECT count(*) FROM \\\"doc\\\".\\\"t\\\" WHERE \\\"deleted\\\" = true", "");
    expect(f, "rows", "[[1]]");
}

#define PURGE                                                                                      \
    "DELETE FROM \\\"doc\\\".\\\"t\\\" WHERE \\\"pk\\\"['device'] = ? AND \\\"pk\\\"['n'] = ? "    \
    "AND "                                                                                         \
    "\\\"_seq_no\\\" = ? AND \\\"_primary_term\\\" = ?"

static void purge_spares_what_came_back(void **state)
{
    struct fixture *f = *state;
    send_rows(f, UPSERT, "[{\"device\":\"a\",\"n\":1},null,null,1,\"1\",true]", ONE);
    ask(f, "REFRESH TABLE \\\"doc\\\".\\\"t\\\"", "");
    ask(f,
        "SELECT \\\"pk\\\"['device'], \\\"pk\\\"['n'], \\\"_seq_no\\\", \\\"_primary_term\\\" FROM "
        "\\\"doc\\\".\\\"t\\\" WHERE \\\"deleted\\\" = true AND \\\"version\\\" < ? LIMIT 2000",
        "\"args\":[2]");
    expect(f, "rows", "[[\"a\",1,0,1]]");
    send_rows(f, UPSERT, "[{\"device\":\"a\",\"n\":1},{\"x\":1.0},null,2,\"1\",false]", ONE);
    ask(f, PURGE, "\"bulk_args\":[[\"a\",1,0,1],[\"b\",1,0,1]]");
    assert_non_null(strstr(buf_str(&f->answer), "4092"));
    assert_non_null(strstr(buf_str(&f->answer), "40411"));
    send_rows(f, PURGE, "[\"a\",1,1,1]", ONE);
    ask(f, SELECT_A, "");
    expect(f, "rows", "[]");
}

static void catalogue_has_what_the_layout_is_read_from(void **state)
{
    struct fixture *f = *state;
    ask(f,
        "CREATE OR REPLACE VIEW \\\"doc\\\".\\\"t_live\\\" AS SELECT * FROM \\\"doc\\\".\\\"t\\\" "
        "WHERE \\\"deleted\\\" IS NULL OR \\\"deleted\\\" = false",
        "");
    expect(f, "rowcount", "1");
    ask(f,
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = ? AND "
        "table_name IN (?, ?, ?)",
        "\"args\":[\"doc\",\"t\",\"t_live\",\"t_dead_letters\"]");
    expect(f, "rows", "[[\"t\",\"BASE TABLE\"],[\"t_live\",\"VIEW\"]]");
    ask(f,
        "SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = ? AND "
        "table_name = ? ORDER BY ordinal_position",
        "\"args\":[\"doc\",\"t\"]");
    expect(f, "rows", "[[\"pk\"],[\"pk\"]]");
    send_rows(f, UPSERT,
              "[{\"device\":\"a\",\"n\":1},{\"x\":1.0},null,1,\"1\",false],"
              "[{\"device\":\"b\",\"n\":1},null,null,1,\"1\",true]",
              "[{\"rowcount\":1},{\"rowcount\":1}]");
    ask(f, "REFRESH TABLE \\\"doc\\\".\\\"t\\\"", "");
    ask(f, "SELECT pk['device'] FROM t_live", "");
    expect(f, "rows", "[[\"a\"]]");
    assert_int_equal(ask(f, "DROP VIEW IF EXISTS \\\"doc\\\".\\\"t_live\\\"", ""), 200);
    assert_int_equal(ask(f, "SELECT * FROM t_live", ""), 404);
}

static void dead_letters_are_kept_once_and_of_any_size(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        ask(f,
            "CREATE TABLE IF NOT EXISTS \\\"doc\\\".\\\"d\\\" (\\\"stream\\\" TEXT, \\\"shard\\\" "
            "TEXT, \\\"received\\\" TIMESTAMP WITH TIME ZONE, \\\"record\\\" TEXT INDEX OFF "
            "STORAGE "
            "WITH (columnstore = false), PRIMARY KEY (\\\"stream\\\", \\\"shard\\\"))",
            ""),
        200);
    struct buf row = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&row, "[\"s\",\"1\",1720746000000,\"");
    for (size_t i = 0; i < 40000; i++)
        buf_append_char(&row, 'x');
    buf_append_str(&row, "\"]");
    const char *insert = "INSERT INTO \\\"doc\\\".\\\"d\\\" (\\\"stream\\\", \\\"shard\\\", "
                         "\\\"received\\\", \\\"record\\\") VALUES (?, ?, ?, ?) ON CONFLICT DO "
                         "NOTHING";
    send_rows(f, insert, buf_str(&row), ONE);
    send_rows(f, insert, buf_str(&row), "[{\"rowcount\":0}]");
    buf_release(&row);
}

static void documented_layout_is_replaced_by_search(void **state)
{
    struct fixture *f = *state;
    ask(f, "CREATE TABLE k (data OBJECT(DYNAMIC))", "");
    const char *delete = "DELETE FROM \\\"doc\\\".\\\"k\\\" WHERE \\\"data\\\"['device'] = ? AND "
                         "\\\"data\\\"['n'] = ?";
    assert_int_equal(ask(f, delete, "\"bulk_args\":[[\"a\",17.0]]"), 404);
    assert_non_null(strstr(buf_str(&f->answer), "4043"));
    const char *insert = "INSERT INTO \\\"doc\\\".\\\"k\\\" (\\\"data\\\") VALUES (?)";
    send_rows(f, insert, "[{\"device\":\"a\",\"n\":17.0,\"x\":1.0}]", ONE);
    send_rows(f, delete, "[\"a\",17.0]", "[{\"rowcount\":0}]");
    ask(f, "REFRESH TABLE k", "");
    send_rows(f, delete, "[\"a\",17.0],[\"b\",17.0]", "[{\"rowcount\":1},{\"rowcount\":0}]");
}

static void unknown_statements_are_refused_loudly(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "TRUNCATE TABLE t", ""), 400);
    assert_non_null(strstr(buf_str(&f->answer), "model: unknown statement: TRUNCATE TABLE t"));
    static const char *const others[] = {"SELECT * FROM t GROUP BY version",
                                         "SELECT * FROM information_schema.tables",
                                         "SELECT $0",
                                         "CREATE TABLE u (a TEXT) CLUSTERED INTO",
                                         "ALTER TABLE t SET (x =",
                                         "ALTER TABLE t ADD COLUMN",
                                         "INSERT INTO t",
                                         "INSERT INTO t (pk) VALUES (?",
                                         "UPDATE t SET",
                                         "DELETE FROM t WHERE",
                                         "SELECT",
                                         "CREATE TABLE u (a NUMERIC(38,",
                                         "GRANT DQL ON",
                                         "'open",
                                         "~"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_int_equal(ask(f, others[i], ""), 400);
}

static void numeric_keys_are_exact(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        ask(f,
            "CREATE TABLE num (pk OBJECT(STRICT) AS (n NUMERIC(38,0) PRIMARY KEY), version BIGINT)",
            ""),
        200);
    send_rows(f, "INSERT INTO num (pk, version) VALUES (?, ?) ON CONFLICT DO NOTHING",
              "[{\"n\":\"12345678901234567890123\"},1],[{\"n\":\"12345678901234567890124\"},1],"
              "[{\"n\":\"12345678901234567890123\"},2]",
              "[{\"rowcount\":1},{\"rowcount\":1},{\"rowcount\":0}]");
    ask(f, "SELECT pk['n']::TEXT FROM num WHERE pk['n'] = ?",
        "\"args\":[\"12345678901234567890124\"]");
    expect(f, "rows", "[[\"12345678901234567890124\"]]");
}

static void password_keeps_others_out(void **state)
{
    struct fixture *f = *state;
    cratedb_model_set_password(f->model, "lorry", "secret");
    assert_int_equal(ask(f, "SELECT 1", ""), 401);
    assert_string_equal(buf_str(&f->answer), "password authentication failed for user \"crate\"\n");
    const struct cratedb_request request = {.method = "POST",
                                            .path = VIEW("/_sql"),
                                            .authorization = VIEW("Basic bG9ycnk6c2VjcmV0"),
                                            .body = VIEW("{\"stmt\":\"SELECT 1\"}")};
    assert_int_equal(cratedb_model_handle(f->model, &request, &f->answer), 200);
}

static void prepare(struct http_exchange *x, struct view body)
{
    *x = (struct http_exchange){.request = {.method = "POST",
                                            .url = VIEW("http://127.0.0.1:4200/_sql"),
                                            .body = body,
                                            .response_cap = BUF_TEXT_CAP}};
}

static void client_loses_requests_and_answers(void **state)
{
    struct fixture *f = *state;
    const struct http_model_options options = {
        .seed = 1, .faults = {.lost_before = 200, .lost_after = 200, .unavailable = 100}};
    struct http_client *client = http_model_new(f->model, &options);
    ask(f, "CREATE TABLE c (id BIGINT PRIMARY KEY)", "");
    int answered = 0, failed = 0, refused = 0;
    for (int i = 0; i < 200; i++) {
        char body[128];
        snprintf(body, sizeof(body), "{\"stmt\":\"INSERT INTO c (id) VALUES (?)\",\"args\":[%d]}",
                 i);
        struct http_exchange x;
        prepare(&x, view_str(body));
        http_perform(client, &x, 1);
        answered += !x.failed && x.response.status == 200;
        refused += !x.failed && x.response.status == 503;
        failed += x.failed && x.error.retry;
        http_release(&x);
    }
    assert_int_equal(answered + failed + refused, 200);
    assert_true(refused > 0);
    ask(f, "REFRESH TABLE c", "");
    ask(f, "SELECT count(*) FROM c", "");
    int stored = 0;
    assert_int_equal(sscanf(strstr(buf_str(&f->answer), "[["), "[[%d", &stored), 1);
    /* Some of those without an answer were done all the same. */
    assert_true(stored > answered && stored < answered + failed);
    assert_int_equal(http_model_requests(client), 200);
    http_client_free(client);
}

static void client_dies_for_good(void **state)
{
    struct fixture *f = *state;
    const struct http_model_options options = {.seed = 2, .faults = {.dies = 1000}};
    struct http_client *client = http_model_new(f->model, &options);
    struct http_exchange x[2];
    prepare(&x[0], VIEW("{\"stmt\":\"SELECT 1\"}"));
    prepare(&x[1], VIEW("{\"stmt\":\"SELECT 1\"}"));
    http_perform(client, x, 2);
    assert_true(x[0].failed && x[1].failed && http_model_is_dead(client));
    http_model_set_faults(client, &(struct http_model_faults){0});
    http_perform(client, x, 2);
    assert_true(x[0].failed && x[1].failed);
    http_release(&x[0]);
    http_release(&x[1]);
    http_client_free(client);
}

static void *write_many(void *user)
{
    struct fixture ours = {.model = user, .answer = BUF_INIT(BUF_TEXT_CAP)};
    for (int i = 0; i < 200; i++)
        ask(&ours, UPSERT,
            "\"bulk_args\":[[{\"device\":\"a\",\"n\":1},{\"x\":1.0},null,1,\"1\",false]]");
    buf_release(&ours.answer);
    return NULL;
}

static void several_threads_may_ask(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, write_many, f->model);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ask(f, "SELECT \\\"_version\\\" FROM t WHERE pk['device'] = 'a' AND pk['n'] = 1", "");
    expect(f, "rows", "[[800]]");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(guard_orders_by_version_and_sequence),
        TEST(one_step_loses_objects_and_two_do_not),
        TEST(shards_decide_who_is_hit),
        TEST(search_sees_the_last_refresh),
        TEST(purge_spares_what_came_back),
        TEST(catalogue_has_what_the_layout_is_read_from),
        TEST(dead_letters_are_kept_once_and_of_any_size),
        TEST(documented_layout_is_replaced_by_search),
        TEST(unknown_statements_are_refused_loudly),
        TEST(numeric_keys_are_exact),
        TEST(password_keeps_others_out),
        TEST(client_loses_requests_and_answers),
        TEST(client_dies_for_good),
        TEST(several_threads_may_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
