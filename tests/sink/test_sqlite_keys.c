/* The keys of a table stand in its definition: what is of another shape never gets in. */
#include "sqlite_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

#define SQL_OF_T "SELECT sql FROM sqlite_schema WHERE name = 't'"
#define COLUMNS ", data TEXT, aux TEXT, version INTEGER, sequence TEXT, deleted INTEGER)"

static const struct key *key_of(struct fixture *f, struct make_key first, struct make_key second)
{
    return &CHANGE(&f->arena, .key = {first, second})->key;
}
#define KEY(f, name, type) key_of(f, (struct make_key){name, type, "1"}, (struct make_key){0})

static const struct change *put(struct fixture *f, const char *name, char type)
{
    return CHANGE(&f->arena, .version = 1, .key = {{name, type, type == 'B' ? "eA==" : "1"}});
}

static void create(struct fixture *f, const struct key *key)
{
    struct error err;
    struct sink *sink = fixture_open(f);
    if (sink->ops->create(sink, key, &err) < 0)
        fail_msg("%s", err.message);
}

/* What a process that has just started says to these. */
static void takes_only(struct fixture *f, const char *name, char type, const char *other,
                       char wrong)
{
    fixture_open(f);
    assert_string_equal(APPLY(f, put(f, other, wrong)), "R");
    assert_string_equal(APPLY(f, put(f, name, type), put(f, other, wrong)), "WR");
    fixture_sql(f, "DELETE FROM t");
}

static void they_stand_in_the_definition(void **state)
{
    struct fixture *f = *state;
    struct make_key parts[] = {{"device", 'S', "x"}, {"timestamp", 'N', "1"}};
    const char *expected = "CREATE TABLE \"t\" (pk TEXT NOT NULL PRIMARY KEY /* lorry key: "
                           "{\"device\":\"S\",\"timestamp\":\"N\"} */" COLUMNS;
    create(f, key_of(f, parts[0], parts[1]));
    assert_sql(f, SQL_OF_T, expected);
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t");
    assert_string_equal(APPLY(f, CHANGE(&f->arena, .key = {parts[0], parts[1]})), "W");
    assert_sql(f, SQL_OF_T, expected);
}

static void an_empty_table_takes_no_foreign_keys(void **state)
{
    struct fixture *f = *state;
    struct error err;
    create(f, KEY(f, "id", 'S'));
    takes_only(f, "id", 'S', "other", 'S');
    takes_only(f, "id", 'S', "id", 'N');
    assert_string_equal(fixture_reason(),
                        "key is \"id\" (N), but the table is keyed by \"id\" (S)");
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->create(sink, KEY(f, "id", 'S'), &err), 0);
    assert_int_equal(sink->ops->create(sink, KEY(f, "id", 'B'), &err), -1);
    assert_message(err, "is there with other keys: key is \"id\" (B)");
    assert_int_equal(sink->ops->create(sink, NULL, &err), 0);
}

/* In JSON both are strings. */
static void text_and_binary_stay_apart(void **state)
{
    struct fixture *f = *state;
    APPLY(f, put(f, "id", 'B'));
    fixture_open(f);
    assert_string_equal(APPLY(f, put(f, "id", 'S'), put(f, "id", 'B')), "RW");
    takes_only(f, "id", 'B', "id", 'S');
}

static void names_may_be_anything(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {
        "*/",
        "**//*/*",
        "\\*/",
        "/* lorry key: {\"x\":\"N\"} */",
        "\"",
        "\"}",
        "a\\\"b\\",
        "'",
        "''",
        "`[",
        "]",
        "--",
        "line\nfeed\r\t",
        "\x01\x7f",
        "%t %l %d %i %% %s",
        "größe \xf0\x9f\x9a\x9a",
        "",
        " ",
        "); DROP TABLE t; --",
        "?1",
        "lorry key:",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        create(f, KEY(f, names[i], 'B'));
        takes_only(f, names[i], 'B', names[i], 'S');
        takes_only(f, names[i], 'B', "x", 'N');
        assert_sql(f, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", "2");
        fixture_sql(f, "DROP VIEW t_live; DROP TABLE t");
    }
    create(f, KEY(f, "a*/b", 'S'));
    assert_sql(f, SQL_OF_T,
               "CREATE TABLE \"t\" (pk TEXT NOT NULL PRIMARY KEY /* lorry key: "
               "{\"a*\\/b\":\"S\"} */" COLUMNS);
}

static void the_tables_name_is_no_note(void **state)
{
    struct fixture *f = *state;
    snprintf(f->table, sizeof(f->table), "/* lorry key: {\"\"x\":\"N\"} */");
    assert_string_equal(APPLY(f, put(f, "id", 'S'), put(f, "x", 'N')), "WR");
    fixture_open(f);
    assert_string_equal(APPLY(f, put(f, "x", 'N'), put(f, "id", 'S')), "RW");
}

/* Nobody's attribute has such a name, but no record must be able to stop the table. */
static void an_endless_name_is_not_noted(void **state)
{
    struct fixture *f = *state;
    size_t len = 100 << 10;
    cleanup_free char *name = xcalloc(1, len + 1);
    memset(name, 'x', len);
    assert_string_equal(APPLY(f, put(f, name, 'S'), put(f, "id", 'S')), "WR");
    fixture_open(f);
    assert_string_equal(APPLY(f, put(f, "id", 'S')), "R");
}

static void altering_the_table_keeps_them(void **state)
{
    struct fixture *f = *state;
    static const char *const steps[] = {
        "ALTER TABLE t ADD COLUMN note TEXT DEFAULT 'x'",
        "DROP VIEW t_live; ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t",
        "ALTER TABLE t RENAME COLUMN note TO remark",
        "ALTER TABLE t DROP COLUMN remark",
        "ALTER TABLE t RENAME COLUMN aux TO a; ALTER TABLE t RENAME COLUMN a TO aux",
        "CREATE INDEX i ON t (version)",
        "VACUUM",
    };
    create(f, KEY(f, "a*/b", 'B'));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        fixture_sql(f, steps[i]);
        takes_only(f, "a*/b", 'B', "a*/b", 'S');
    }
}

/* The rows of the table, if there are any, tell as much as they can; else the first change. */
static void tables_without_them_learn(void **state)
{
    struct fixture *f = *state;
    struct error err;
    fixture_sql(f, "CREATE TABLE t (pk TEXT PRIMARY KEY" COLUMNS);
    assert_string_equal(APPLY(f, put(f, "id", 'S'), put(f, "id", 'B')), "WR");
    fixture_open(f);
    assert_string_equal(APPLY(f, put(f, "id", 'B'), put(f, "id", 'N')), "WR");
    assert_int_equal(f->sink->ops->upgrade(f->sink, KEY(f, "id", 'S'), false, &err), 0);
    assert_sql(f, SQL_OF_T, "CREATE TABLE t (pk TEXT PRIMARY KEY" COLUMNS);
    fixture_sql(f, "DELETE FROM t");
    assert_string_equal(APPLY(f, put(f, "other", 'N')), "W");
}

static void anyones_table_may_have_them(void **state)
{
    struct fixture *f = *state;
    static const char *const tables[] = {
        "CREATE TABLE t (pk TEXT PRIMARY KEY, data, aux) -- it's \"\n /*lorry key:{\"id\":\"B\"}*/",
        "CREATE TABLE t (/* others */ pk PRIMARY KEY, /**/ data /*\nlorry key: {\"id\" : "
        "\"B\"}\n*/,"
        " aux, version, sequence, deleted, [a'/*] DEFAULT '/* lorry key: {\"x\":\"N\"} */')",
        "CREATE TABLE t (data -- /* lorry key: {\"x\":\"N\"} */\n /* lorry key: {\"id\":\"B\"} */)",
    };
    for (size_t i = 1; i < ARRAY_LEN(tables); i++) {
        fixture_sql(f, tables[i]);
        takes_only(f, "id", 'B', "id", 'S');
        fixture_sql(f, "DROP VIEW IF EXISTS t_live; DROP TABLE t");
    }
    /* Behind the last token SQLite does not keep it. */
    fixture_sql(f, tables[0]);
    assert_string_equal(APPLY(f, put(f, "x", 'N')), "W");
}

static void what_cannot_be_read_is_an_error(void **state)
{
    struct fixture *f = *state;
    static const char *const notes[] = {
        "",
        "{}",
        "{\"id\":\"X\"}",
        "{\"id\":\"S\"",
        "id S",
        "[\"id\"]",
        "{\"id\":\"S\"}, and more",
        "{\"a\":\"S\",\"b\":\"S\",\"c\":\"S\"}",
        "\xff\xfe{",
        "{\"\xc3\":1",
        "{\"id\":\"S\",\"id\":\"S\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
        char sql[200];
        struct error err;
        struct table_info info;
        snprintf(sql, sizeof(sql), "CREATE TABLE t (pk PRIMARY KEY /* lorry key: %s */" COLUMNS,
                 notes[i]);
        fixture_sql(f, sql);
        struct sink *sink = fixture_open(f);
        assert_int_equal(sink->ops->begin(sink, put(f, "id", 'S'), 0, &err), -1);
        assert_false(err.retry);
        assert_message(err, "has a comment \"lorry key:");
        assert_message(err, "should read like {\"device\":\"S\"");
        assert_int_equal(sink->ops->create(sink, KEY(f, "id", 'S'), &err), -1);
        assert_message(err, "lorry key");
        assert_int_equal(sink->ops->show(sink, &info, &err), 0);
        assert_string_equal(info.layout, "foreign");
        assert_string_equal(buf_str(&info.key), "");
        assert_non_null(strstr(buf_str(&info.advice), "lorry key"));
        table_info_release(&info);
        assert_int_equal(sink->ops->drop(sink, false, &err), 0);
    }
}

static void shows(struct fixture *f, const char *keys)
{
    struct table_info info;
    struct error err;
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->show(sink, &info, &err), 0);
    assert_string_equal(buf_str(&info.key), keys);
    table_info_release(&info);
}

static void show_tells_what_is_known(void **state)
{
    struct fixture *f = *state;
    struct error err;
    shows(f, "");
    create(f, KEY(f, "i\"d", 'B'));
    shows(f, "{\"i\\\"d\":\"B\"}");
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t; CREATE TABLE t (pk PRIMARY KEY, data, aux)");
    shows(f, "");
    APPLY(f, put(f, "id", 'B'));
    shows(f, "{\"id\":\"S or B\"}");
    fixture_sql(f, "DROP TABLE t; CREATE TABLE t (data)");
    shows(f, "");
    assert_int_equal(f->sink->ops->upgrade(f->sink, KEY(f, "id", 'B'), true, &err), 0);
    shows(f, "{\"id\":\"B\"}");
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t; CREATE TABLE t (data)");
    fixture_open(f);
    assert_int_equal(f->sink->ops->upgrade(f->sink, &(struct key){0}, true, &err), 0);
    shows(f, "");
}

/* A sink that is running follows the table, not its memory. */
static void another_table_has_its_own(void **state)
{
    struct fixture *f = *state;
    APPLY(f, put(f, "id", 'S'));
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t;"
                   "CREATE TABLE t (pk TEXT PRIMARY KEY /* lorry key: {\"id\":\"B\"} */" COLUMNS);
    assert_string_equal(APPLY(f, put(f, "id", 'S'), put(f, "id", 'B')), "RW");
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t; CREATE TABLE t (pk TEXT PRIMARY KEY" COLUMNS);
    assert_string_equal(APPLY(f, put(f, "n", 'N'), put(f, "id", 'B')), "WR");
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t");
    assert_string_equal(APPLY(f, put(f, "id", 'B'), put(f, "n", 'N')), "WR");
}

static void what_was_rolled_back_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->begin(sink, put(f, "id", 'S'), 0, &err), 0);
    sink->ops->rollback(sink);
    assert_string_equal(APPLY(f, put(f, "id", 'B'), put(f, "id", 'S')), "WR");
    takes_only(f, "id", 'B', "id", 'S');
}

/* 'W' or 'R': what became of its only row; anything else: it failed. */
static int run_process(struct fixture *f, const struct change *change, int start)
{
    struct sink_row row = {.change = change};
    struct sink *sink;
    struct error err;
    char go;
    if (read(start, &go, 1) != 0 || sqlite_sink_ops.open(&f->config, &sink, &err) < 0)
        return 'E';
    for (;;) {
        row.state = ROW_PENDING;
        if (sink->ops->begin(sink, change, 0, &err) == 0 &&
            sink->ops->write(sink, &row, 1, 0, &err) == 0 && sink->ops->commit(sink, 0, &err) == 0)
            break;
        sink->ops->rollback(sink);
        if (!err.retry)
            return 'E';
    }
    sink_close(sink);
    return "PWSR"[row.state];
}

static void of_two_processes_one_decides(void **state)
{
    struct fixture *f = *state;
    const struct change *changes[] = {put(f, "id", 'S'), put(f, "id", 'B')};
    for (int round = 0; round < 10; round++) {
        int start[2], results[2];
        pid_t children[2];
        assert_int_equal(pipe(start), 0);
        for (int i = 0; i < 2; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            if (children[i] == 0) {
                close(start[1]);
                _exit(run_process(f, changes[i], start[0]));
            }
        }
        close(start[0]);
        close(start[1]);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(waitpid(children[i], &results[i], 0), children[i]);
            results[i] = WEXITSTATUS(results[i]);
        }
        assert_int_equal(results[0] + results[1], 'W' + 'R');
        assert_string_equal(fixture_sql(f, "SELECT pk FROM t"),
                            results[0] == 'W' ? "{\"id\":\"1\"}" : "{\"id\":\"eA==\"}");
        assert_non_null(strstr(fixture_sql(f, SQL_OF_T),
                               results[0] == 'W' ? "{\"id\":\"S\"}" : "{\"id\":\"B\"}"));
        fixture_sql(f, "DROP VIEW t_live; DROP TABLE t");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_stand_in_the_definition),      TEST(an_empty_table_takes_no_foreign_keys),
        TEST(text_and_binary_stay_apart),        TEST(names_may_be_anything),
        TEST(the_tables_name_is_no_note),        TEST(an_endless_name_is_not_noted),
        TEST(altering_the_table_keeps_them),     TEST(tables_without_them_learn),
        TEST(anyones_table_may_have_them),       TEST(what_cannot_be_read_is_an_error),
        TEST(show_tells_what_is_known),          TEST(another_table_has_its_own),
        TEST(what_was_rolled_back_is_forgotten), TEST(of_two_processes_one_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
