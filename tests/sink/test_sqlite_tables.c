#include "sqlite_fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#define ID(text) .key = {{"id", 'S', text}}

static const struct key id_key = {.parts = {{VIEW("id"), 'S', VIEW("")}}, .count = 1};

static const struct change *put(struct fixture *f, int64_t version, const char *id,
                                const char *value)
{
    return CHANGE(&f->arena, .operation = CHANGE_MODIFY, .version = version, .sequence = 1, ID(id),
                  .attributes = {{"v", value, NULL}});
}

static const struct change *removal(struct fixture *f, int64_t version, const char *id)
{
    return CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = version, .sequence = 1, ID(id));
}

static void refuses_begin(struct fixture *f, const char *message)
{
    struct error err;
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->begin(sink, put(f, 1, "a", "1.0"), 0, &err), -1);
    assert_int_equal(err.domain, ERROR_SINK);
    assert_false(err.retry);
    assert_message(err, message);
}

/* Asserts on what `show` says. */
static void shows(struct fixture *f, const char *layout, const char *advice, int64_t rows,
                  int64_t tombstones)
{
    struct table_info info;
    struct error err;
    struct sink *sink = fixture_open(f);
    if (sink->ops->show(sink, &info, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(info.layout, layout);
    assert_int_equal(info.exists, *layout != '\0');
    assert_int_equal(info.rows, rows);
    assert_int_equal(info.tombstones, tombstones);
    if (!strstr(buf_str(&info.advice), advice))
        fail_msg("no \"%s\" in: %s", advice, buf_str(&info.advice));
    if (!*advice)
        assert_string_equal(buf_str(&info.advice), "");
    table_info_release(&info);
}

static void shows_each_stage(void **state)
{
    struct fixture *f = *state;
    struct table_info info;
    struct error err;
    shows(f, "", "no file yet", 0, 0);
    assert_int_not_equal(access(f->path, F_OK), 0);
    fixture_sql(f, "CREATE TABLE other (x)");
    shows(f, "", "lorry table create", 0, 0);
    assert_int_equal(f->sink->ops->create(f->sink, &id_key, &err), 0);
    shows(f, "lorry", "", 0, 0);
    APPLY(f, put(f, 1, "a", "1.0"), put(f, 1, "b", "1.0"), removal(f, 1, "c"));
    shows(f, "lorry", "", 2, 1);
    assert_int_equal(f->sink->ops->show(f->sink, &info, &err), 0);
    assert_string_equal(buf_str(&info.columns), "pk TEXT\ndata TEXT\naux TEXT\nversion INTEGER\n"
                                                "sequence TEXT\ndeleted INTEGER\n");
    assert_int_equal(info.dead_letters, 0);
    table_info_release(&info);
    fixture_sql(f, "DROP VIEW t_live");
    shows(f, "lorry", "lorry table upgrade", 2, 1);
}

static void creating_twice_is_fine(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->create(sink, &id_key, &err), 0);
    assert_int_equal(sink->ops->create(sink, &id_key, &err), 0);
    APPLY(f, put(f, 1, "a", "1.0"));
    assert_int_equal(sink->ops->create(sink, &id_key, &err), 0);
    struct key other = {.parts = {{VIEW("id"), 'N', VIEW("")}}, .count = 1};
    assert_int_equal(sink->ops->create(sink, &other, &err), -1);
    assert_message(err, "other keys: key is \"id\" (N)");
    assert_sql(f, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
               "t\nt_dead_letters\nt_live\nt_tombstones");
}

static void lorrystreams_layout_is_respected(void **state)
{
    struct fixture *f = *state;
    struct error err;
    size_t purged;
    fixture_sql(f, "CREATE TABLE t (pk JSON PRIMARY KEY, data JSON, aux JSON)");
    APPLY(f, put(f, 10, "a", "1.0"), put(f, 10, "b", "1.0"));
    /* unguarded: the last delivery wins, and a removal leaves nothing */
    assert_string_equal(APPLY(f, put(f, 5, "a", "2.0"), removal(f, 5, "b")), "WW");
    assert_sql(f, "SELECT * FROM t", "{\"id\":\"a\"}|{\"v\":2.0}|NULL");
    assert_string_equal(APPLY(f, CHANGE(&f->arena, .key = {{"other", 'S', "x"}})), "R");
    assert_int_equal(f->sink->ops->purge(f->sink, 100, 0, &purged, &err), 0);
    assert_int_equal(purged, 0);
    assert_sql(f, "SELECT count(*) FROM sqlite_schema WHERE name = 't_live'", "0");
    shows(f, "lorrystream", "adds the columns", 1, 0);
}

/* A processor that is running takes up the guard with the next batch. */
static void upgrade_adds_the_guard(void **state)
{
    struct fixture *f = *state;
    struct error err;
    fixture_sql(f, "CREATE TABLE t (pk TEXT PRIMARY KEY, data TEXT, aux TEXT, Version INTEGER)");
    APPLY(f, put(f, 10, "a", "1.0"));
    struct sink *running = f->sink;
    f->sink = NULL;
    fixture_open(f);
    assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, false, &err), 0);
    assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, false, &err), 0);
    shows(f, "lorry", "", 1, 0);
    sink_close(f->sink);
    f->sink = running;
    assert_string_equal(APPLY(f, put(f, 5, "a", "2.0")), "W");
    assert_string_equal(APPLY(f, put(f, 4, "a", "3.0")), "S");
    assert_sql(f, "SELECT data, version FROM t_live", "{\"v\":2.0}|5");
}

static void the_documented_layout_is_replaced_by_key(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f, "CREATE TABLE t (data OBJECT);"
                   "INSERT INTO t VALUES ('{\"id\":\"other\",\"v\":1}'), ('no JSON'), (NULL),"
                   " ('{\"v\": 7, \"id\": \"\\u0061\"}'), ('{\"id\":1}')");
    const struct change *exact =
        CHANGE(&f->arena, .version = 3, ID("b"),
               .attributes = {{"n", "9007199254740992.0", "\"9007199254740993\""}});
    assert_string_equal(APPLY(f, put(f, 10, "a", "1.0"), exact), "WW");
    assert_sql(f, "SELECT data FROM t ORDER BY rowid",
               "{\"id\":\"other\",\"v\":1}\nno JSON\nNULL\n{\"id\":1}\n"
               "{\"id\":\"a\",\"v\":1.0}\n{\"id\":\"b\",\"n\":\"9007199254740993\"}");
    assert_string_equal(APPLY(f, put(f, 5, "a", "2.0"), removal(f, 5, "b")), "WW");
    assert_sql(f, "SELECT data FROM t WHERE data LIKE '%\"a\"%' OR data LIKE '%\"b\"%'",
               "{\"id\":\"a\",\"v\":2.0}");
    assert_string_equal(APPLY(f, CHANGE(&f->arena, .key = {{"v", 'N', "1"}})), "R");
    shows(f, "document", "cannot be upgraded", 5, 0);
}

static void number_keys_are_found_digit_by_digit(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f,
                "CREATE TABLE t (data);"
                "INSERT INTO t VALUES ('{\"n\":9007199254740993}'), ('{\"n\":9007199254740992}'),"
                " ('{\"n\":9.007199254740993E15}'), ('{\"n\":\"9007199254740993\"}')");
    APPLY(f,
          CHANGE(&f->arena, .operation = CHANGE_REMOVE, .key = {{"n", 'N', "9007199254740993"}}));
    assert_sql(f, "SELECT data FROM t", "{\"n\":9007199254740992}\n{\"n\":\"9007199254740993\"}");
}

static void upgrade_replaces_only_an_empty_document_table(void **state)
{
    struct fixture *f = *state;
    struct error err;
    fixture_sql(f, "CREATE TABLE t (data)");
    shows(f, "document", "replaces the empty table", 0, 0);
    assert_int_equal(f->sink->ops->upgrade(f->sink, &id_key, false, &err), -1);
    assert_message(err, "confirmed");
    fixture_sql(f, "INSERT INTO t VALUES ('{}')");
    assert_int_equal(f->sink->ops->upgrade(f->sink, &id_key, true, &err), -1);
    assert_message(err, "holds 1 rows");
    fixture_sql(f, "DELETE FROM t");
    assert_int_equal(f->sink->ops->upgrade(f->sink, &id_key, true, &err), 0);
    shows(f, "lorry", "", 0, 0);
}

static void other_tables_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *problem;
    } cases[] = {
        {"CREATE TABLE t (a, b)", "lacks pk, data, aux, version, sequence, deleted"},
        {"CREATE TABLE t (id, data)", "lacks pk, aux"},
        {"CREATE TABLE t (pk PRIMARY KEY, data)", "lacks aux, version"},
        {"CREATE TABLE t (pk TEXT, data, aux)", "not its primary key"},
        {"CREATE TABLE t (pk, x, data, aux, PRIMARY KEY (pk, x))", "not its primary key"},
        {"CREATE TABLE t (pk, data, aux); CREATE UNIQUE INDEX u ON t (pk, lower(data))",
         "not its primary key"},
        {"CREATE TABLE t (pk TEXT COLLATE NOCASE PRIMARY KEY, data, aux)", "not its primary key"},
        {"CREATE TABLE t (pk PRIMARY KEY, data, aux, version TEXT, sequence TEXT, deleted)",
         "column version of text"},
        {"CREATE TABLE t (pk PRIMARY KEY, data, aux, version INT, sequence STRING, deleted)",
         "column sequence that is not TEXT"},
        {"CREATE VIEW t AS SELECT 1 AS pk, 2 AS data, 3 AS aux", "is a view"},
    };
    struct error err;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_sql(f, cases[i].sql);
        refuses_begin(f, cases[i].problem);
        shows(f, "foreign", cases[i].problem, 0 + (i == ARRAY_LEN(cases) - 1), -1);
        assert_int_equal(f->sink->ops->create(f->sink, NULL, &err), -1);
        assert_message(err, cases[i].problem);
        assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, true, &err), -1);
        assert_message(err, cases[i].problem);
        fixture_sql(f, i == ARRAY_LEN(cases) - 1 ? "DROP VIEW t" : "DROP TABLE t");
    }
}

static void what_serves_is_taken(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[] = {
        "CREATE TABLE t (pk TEXT PRIMARY KEY, data, aux, version, sequence, deleted) WITHOUT ROWID",
        "CREATE TABLE t (PK TEXT PRIMARY KEY, Data TEXT, AUX TEXT, version BIGINT,"
        " sequence VARCHAR(64), deleted BOOLEAN, note TEXT DEFAULT 'x')",
        "CREATE TABLE t (pk TEXT, data TEXT, aux TEXT, version INTEGER, sequence TEXT,"
        " deleted INTEGER, v AS (data ->> 'v')); CREATE UNIQUE INDEX u ON t (pk)",
        "CREATE TABLE t (pk TEXT PRIMARY KEY, data TEXT, aux TEXT, version INTEGER, sequence TEXT,"
        " deleted INTEGER) STRICT",
    };
    size_t purged;
    struct error err;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_sql(f, cases[i]);
        fixture_open(f);
        assert_string_equal(APPLY(f, put(f, 2, "a", "1.0"), removal(f, 2, "b")), "WW");
        assert_string_equal(APPLY(f, put(f, 1, "a", "2.0"), removal(f, 2, "b")), "SW");
        assert_sql(f, "SELECT data FROM t_live", "{\"v\":1.0}");
        assert_int_equal(f->sink->ops->purge(f->sink, 10, 0, &purged, &err), 0);
        assert_int_equal(purged, 1);
        fixture_sql(f, "DROP VIEW t_live; DROP TABLE t");
    }
}

static void drops_what_belongs_to_it(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->drop(sink, false, &err), -1);
    assert_message(err, "there is no SQLite file");
    fixture_sql(f, "CREATE TABLE other (x)");
    APPLY(f, put(f, 1, "a", "1.0"));
    assert_int_equal(sink->ops->drop(sink, false, &err), 0);
    assert_sql(f, "SELECT name FROM sqlite_schema WHERE type != 'index' ORDER BY name",
               "other\nt_dead_letters");
    assert_int_equal(sink->ops->drop(sink, false, &err), -1);
    assert_message(err, "there is no table \"t\"");
    assert_int_equal(sink->ops->drop(sink, true, &err), 0);
    assert_sql(f, "SELECT name FROM sqlite_schema", "other");
    /* and the next batch makes them again */
    assert_string_equal(APPLY(f, put(f, 1, "a", "1.0")), "W");
}

/* The processor looks at the layout again with every batch. */
static void a_table_dropped_meanwhile_is_made_again(void **state)
{
    struct fixture *f = *state;
    APPLY(f, put(f, 1, "a", "1.0"));
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t; DROP TABLE t_dead_letters");
    assert_string_equal(APPLY(f, CHANGE(&f->arena, .key = {{"n", 'N', "1"}})), "W");
    fixture_sql(f, "DROP VIEW t_live; DROP TABLE t; CREATE TABLE t (data)");
    assert_string_equal(APPLY(f, put(f, 1, "a", "1.0")), "W");
    assert_sql(f, "SELECT * FROM t", "{\"id\":\"a\",\"v\":1.0}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shows_each_stage),
        TEST(creating_twice_is_fine),
        TEST(lorrystreams_layout_is_respected),
        TEST(upgrade_adds_the_guard),
        TEST(the_documented_layout_is_replaced_by_key),
        TEST(number_keys_are_found_digit_by_digit),
        TEST(upgrade_replaces_only_an_empty_document_table),
        TEST(other_tables_are_refused),
        TEST(what_serves_is_taken),
        TEST(drops_what_belongs_to_it),
        TEST(a_table_dropped_meanwhile_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
