#include "sqlite_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#define ID(text) .key = {{"id", 'S', text}}

static const struct change *put(struct fixture *f, int64_t version, uint64_t sequence,
                                const char *value)
{
    return CHANGE(&f->arena, .operation = CHANGE_MODIFY, .version = version, .sequence = sequence,
                  ID("a"), .attributes = {{"v", value, NULL}});
}

static const struct change *removal(struct fixture *f, int64_t version, uint64_t sequence)
{
    return CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = version, .sequence = sequence,
                  ID("a"));
}

static void writes_the_documented_row(void **state)
{
    struct fixture *f = *state;
    const struct change *change =
        CHANGE(&f->arena, .operation = CHANGE_INSERT, .version = 1720740233012995, .sequence = 7,
               .key = {{"device", 'S', "f\"oo"}, {"timestamp", 'N', "12"}},
               .attributes = {{"temperature", "42.84", NULL}, {"name", "\"x\"", NULL}});
    assert_string_equal(APPLY(f, change), "W");
    assert_sql(f, "SELECT * FROM t",
               "{\"device\":\"f\\\"oo\",\"timestamp\":12}|{\"temperature\":42.84,\"name\":\"x\"}|"
               "NULL|1720740233012995|"
               "0000000000000000000000000000000000000000000000000000000000000007|0");
    assert_sql(f, "SELECT typeof(pk), typeof(data), typeof(version), typeof(sequence) FROM t",
               "text|text|integer|text");
    assert_sql(f, "SELECT count(*) FROM t_live", "1");
}

static void keeps_exact_numbers_in_aux(void **state)
{
    struct fixture *f = *state;
    const struct change *change =
        CHANGE(&f->arena, .operation = CHANGE_INSERT, .version = 1, ID("a"),
               .attributes = {{"big", "9007199254740992.0", "\"9007199254740993\""},
                              {"plain", "1.0", NULL},
                              {"deep", "[1.0,2.0]", "[null,\"2.00000000000000000001\"]"}});
    assert_string_equal(APPLY(f, change), "W");
    assert_sql(f, "SELECT aux FROM t",
               "{\"big\":\"9007199254740993\",\"deep\":[null,\"2.00000000000000000001\"]}");
    /* and nothing of it is left when the next change needs none */
    assert_string_equal(APPLY(f, put(f, 2, 1, "1.0")), "W");
    assert_sql(f, "SELECT data, aux FROM t", "{\"v\":1.0}|NULL");
}

static void an_item_may_have_nothing_but_its_key(void **state)
{
    struct fixture *f = *state;
    const struct change *change = CHANGE(&f->arena, .version = 1, ID("a"));
    assert_string_equal(APPLY(f, change), "W");
    assert_sql(f, "SELECT data, aux, deleted FROM t", "{}|NULL|0");
}

/* All orders of delivery of five changes end in the same row. */
static void guards_in_every_order(void **state)
{
    struct fixture *f = *state;
    const struct change *changes[] = {put(f, 10, 5, "1.0"), removal(f, 20, 1), put(f, 30, 1, "2.0"),
                                      put(f, 30, 12, "3.0"), put(f, 30, 9, "4.0")};
    fixture_open(f);
    for (unsigned code = 0; code < 5 * 5 * 5 * 5 * 5; code++) {
        size_t order[5], seen = 0;
        unsigned rest = code;
        for (size_t i = 0; i < 5; i++, rest /= 5) {
            order[i] = rest % 5;
            seen |= 1u << order[i];
        }
        if (seen != 31)
            continue;
        for (size_t i = 0; i < 5; i++)
            APPLY(f, changes[order[i]]);
        struct query_result result;
        struct error err;
        assert_int_equal(
            f->sink->ops->query(f->sink, VIEW("SELECT data, deleted FROM t"), &result, &err), 0);
        assert_int_equal(result.row_count, 1);
        assert_view(result.cells[0], "\"{\\\"v\\\":3.0}\"");
        assert_view(result.cells[1], "0");
        query_result_release(&result);
        assert_int_equal(f->sink->ops->query(f->sink, VIEW("DELETE FROM t"), &result, &err), 0);
        query_result_release(&result);
    }
}

static void says_what_is_stale(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(APPLY(f, put(f, 10, 5, "1.0")), "W");
    assert_string_equal(APPLY(f, put(f, 9, 6, "2.0")), "S");
    assert_string_equal(APPLY(f, put(f, 10, 4, "2.0")), "S");
    assert_string_equal(APPLY(f, removal(f, 10, 4)), "S");
    /* delivered again: as good as written */
    assert_string_equal(APPLY(f, put(f, 10, 5, "1.0")), "W");
    assert_sql(f, "SELECT data, version FROM t", "{\"v\":1.0}|10");
}

static void tombstones_keep_older_changes_out(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(APPLY(f, removal(f, 20, 1)), "W");
    assert_string_equal(APPLY(f, put(f, 10, 1, "1.0")), "S");
    assert_sql(f, "SELECT pk, data, aux, version, deleted FROM t", "{\"id\":\"a\"}|NULL|NULL|20|1");
    assert_sql(f, "SELECT count(*) FROM t_live", "0");
    assert_string_equal(APPLY(f, put(f, 30, 1, "2.0")), "W");
    assert_sql(f, "SELECT data, deleted FROM t_live", "{\"v\":2.0}|0");
    /* a removal takes data and aux with it */
    assert_string_equal(APPLY(f, removal(f, 40, 1)), "W");
    assert_sql(f, "SELECT data, aux, deleted FROM t", "NULL|NULL|1");
}

static void a_row_without_version_loses(void **state)
{
    struct fixture *f = *state;
    APPLY(f, put(f, 1, 1, "1.0"));
    fixture_sql(f, "UPDATE t SET version = NULL, sequence = NULL, deleted = NULL");
    assert_sql(f, "SELECT count(*) FROM t_live", "1");
    assert_string_equal(APPLY(f, put(f, -5, 1, "2.0")), "W");
    assert_sql(f, "SELECT data, version FROM t", "{\"v\":2.0}|-5");
    fixture_sql(f, "UPDATE t SET sequence = NULL");
    assert_string_equal(APPLY(f, put(f, -5, 0, "3.0")), "W");
}

static void foreign_keys_are_refused(void **state)
{
    struct fixture *f = *state;
    struct make_key ours[] = {{"device", 'S', "x"}, {"timestamp", 'S', "y"}};
    const struct change *good = CHANGE(&f->arena, .version = 1, .key = {ours[0], ours[1]});
    const struct change *number = CHANGE(&f->arena, .version = 1, .key = {{"id", 'N', "1"}});
    const struct change *half = CHANGE(&f->arena, .version = 1, .key = {ours[0]});
    const struct change *binary =
        CHANGE(&f->arena, .version = 1, .key = {ours[0], {"timestamp", 'B', "eA=="}});
    assert_string_equal(APPLY(f, good, number, half, binary), "WRRR");
    assert_string_equal(fixture_reason(), "key is \"device\" (S), \"timestamp\" (B), but the table "
                                          "is keyed by \"device\" (S), \"timestamp\" (S)");
    /* Another process knows it from what is in the table. */
    fixture_open(f);
    assert_string_equal(APPLY(f, number), "R");
    assert_string_equal(
        fixture_reason(),
        "key is \"id\" (N), but the table is keyed by \"device\" (S), \"timestamp\" (S)");
    assert_string_equal(APPLY(f, half, good), "RW");
    /* ... or, when it is emptied, from its definition. */
    fixture_sql(f, "DELETE FROM t");
    fixture_open(f);
    assert_string_equal(APPLY(f, number, binary, good), "RRW");
}

static void what_was_rolled_back_fixes_no_keys(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct sink *sink = fixture_open(f);
    const struct change *number = CHANGE(&f->arena, .version = 1, .key = {{"id", 'N', "1"}});
    struct sink_row row = {.change = number};
    assert_int_equal(sink->ops->begin(sink, number, 0, &err), 0);
    assert_int_equal(sink->ops->write(sink, &row, 1, 0, &err), 0);
    sink->ops->rollback(sink);
    assert_sql(f, "SELECT count(*) FROM sqlite_schema", "0");
    assert_string_equal(APPLY(f, put(f, 1, 1, "1.0"), number), "WR");
}

static void a_table_may_refuse_a_row(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f, "CREATE TABLE t (pk TEXT PRIMARY KEY, data TEXT CHECK (data NOT LIKE '%bad%'),"
                   " aux TEXT, version INTEGER, sequence TEXT, deleted INTEGER)");
    const struct change *good =
        CHANGE(&f->arena, .version = 1, ID("b"), .attributes = {{"v", "1.0", NULL}});
    assert_string_equal(APPLY(f, put(f, 1, 1, "\"bad\""), good), "RW");
    assert_non_null(strstr(fixture_reason(), "CHECK constraint failed"));
    assert_sql(f, "SELECT pk FROM t", "{\"id\":\"b\"}");
}

/* That concerns every row: it must never drain the stream into dead letters. */
static void not_null_is_the_tables_fault(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f, "CREATE TABLE t (pk TEXT PRIMARY KEY, data TEXT, aux TEXT, version INTEGER,"
                   " sequence TEXT, deleted INTEGER, tenant TEXT NOT NULL)");
    struct sink *sink = fixture_open(f);
    struct error err;
    struct sink_row row = {.change = put(f, 1, 1, "1.0")};
    assert_int_equal(sink->ops->begin(sink, row.change, 0, &err), 0);
    assert_int_equal(sink->ops->write(sink, &row, 1, 0, &err), -1);
    assert_false(err.retry);
    assert_message(err, "NOT NULL constraint failed: t.tenant");
}

static void keeps_dead_letters_once(void **state)
{
    struct fixture *f = *state;
    struct sink *sink = fixture_open(f);
    struct error err;
    const struct dead_letter letters[] = {
        {VIEW("arn"), VIEW("shard"), VIEW("1"), VIEW("not JSON"), VIEW("Hello, this is a test.")},
        {VIEW("arn"), VIEW("shard"), VIEW("2"), VIEW("not JSON"), VIEW("a\0b")},
        {VIEW("arn"), VIEW("shard"), VIEW("3"), VIEW("not JSON"), VIEW("\xff\xfe")},
        {.sequence = VIEW("4"), .reason = VIEW("empty")},
    };
    for (int again = 0; again < 2; again++) {
        assert_int_equal(sink->ops->begin(sink, NULL, 0, &err), 0);
        assert_int_equal(sink->ops->keep_dead(sink, letters, 4, 0, &err), 0);
        assert_int_equal(sink->ops->commit(sink, 0, &err), 0);
    }
    assert_sql(f,
               "SELECT stream, shard, sequence, reason, typeof(record), hex(record)"
               " FROM t_dead_letters ORDER BY sequence",
               "arn|shard|1|not JSON|text|48656C6C6F2C2074686973206973206120746573742E\n"
               "arn|shard|2|not JSON|blob|610062\n"
               "arn|shard|3|not JSON|blob|FFFE\n"
               "||4|empty|text|");
    assert_sql(f,
               "SELECT count(*) FROM t_dead_letters"
               " WHERE received LIKE '20__-__-__T__:__:__%Z'",
               "4");
    /* made without the main table */
    assert_sql(f, "SELECT count(*) FROM sqlite_schema WHERE name = 't'", "0");
}

static void keeps_large_dead_letters(void **state)
{
    struct fixture *f = *state;
    struct sink *sink = fixture_open(f);
    struct error err;
    size_t len = 6 << 20;
    cleanup_free char *bytes = xmalloc(len);
    memset(bytes, 'x', len);
    struct dead_letter letter = {.sequence = VIEW("1"), .record = view_of(bytes, len)};
    assert_int_equal(sink->ops->begin(sink, NULL, 0, &err), 0);
    assert_int_equal(sink->ops->keep_dead(sink, &letter, 1, 0, &err), 0);
    assert_int_equal(sink->ops->commit(sink, 0, &err), 0);
    assert_sql(f, "SELECT length(record) FROM t_dead_letters", "6291456");
}

static void makes_no_tables_unless_allowed(void **state)
{
    struct fixture *f = *state;
    struct error err;
    f->config.create_table = false;
    struct sink *sink = fixture_open(f);
    const struct change *change = put(f, 1, 1, "1.0");
    assert_int_equal(sink->ops->begin(sink, change, 0, &err), -1);
    assert_message(err, "there is no SQLite file");
    assert_message(err, "lorry table create");
    assert_int_not_equal(access(f->path, F_OK), 0);
    fixture_sql(f, "CREATE TABLE other (x)");
    assert_int_equal(sink->ops->begin(sink, change, 0, &err), -1);
    assert_message(err, "there is no table \"t\"");
    assert_false(err.retry);
    assert_int_equal(sink->ops->begin(sink, NULL, 0, &err), 0);
    struct dead_letter letter = {.sequence = VIEW("1")};
    assert_int_equal(sink->ops->keep_dead(sink, &letter, 1, 0, &err), -1);
    assert_message(err, "t_dead_letters");
    sink->ops->rollback(sink);
    assert_sql(f, "SELECT count(*) FROM sqlite_schema", "1");
    /* With the tables made by hand it works. */
    assert_int_equal(sink->ops->create(sink, NULL, &err), 0);
    assert_string_equal(APPLY(f, change), "W");
}

static void writing_needs_a_transaction_and_a_sample(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct sink *sink = fixture_open(f);
    struct sink_row row = {.change = put(f, 1, 1, "1.0")};
    assert_int_equal(sink->ops->write(sink, &row, 1, 0, &err), -1);
    assert_message(err, "transaction is gone");
    assert_int_equal(sink->ops->begin(sink, NULL, 0, &err), 0);
    assert_int_equal(sink->ops->write(sink, &row, 1, 0, &err), -1);
    assert_message(err, "without a sample");
    sink->ops->rollback(sink);
    assert_int_equal(sink->ops->commit(sink, 0, &err), -1);
}

static void purges_old_tombstones_only(void **state)
{
    struct fixture *f = *state;
    struct error err;
    size_t purged;
    APPLY(f, put(f, 1, 1, "1.0"));
    APPLY(f, CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = 10, ID("old")),
          CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = 20, ID("new")));
    assert_int_equal(f->sink->ops->purge(f->sink, 20, 0, &purged, &err), 0);
    assert_int_equal(purged, 1);
    assert_sql(f, "SELECT pk FROM t ORDER BY version", "{\"id\":\"a\"}\n{\"id\":\"new\"}");
    assert_int_equal(f->sink->ops->purge(f->sink, 20, 0, &purged, &err), 0);
    assert_int_equal(purged, 0);
    /* by way of the index */
    const char *plan = fixture_sql(
        f, "EXPLAIN QUERY PLAN SELECT pk FROM t WHERE deleted = 1 AND version < 5 LIMIT 2000");
    assert_non_null(strstr(plan, "USING INDEX t_tombstones"));
}

static void purges_a_few_thousand_at_most(void **state)
{
    struct fixture *f = *state;
    struct error err;
    size_t purged;
    APPLY(f, put(f, 1, 1, "1.0"));
    fixture_sql(f, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                   " INSERT INTO t (pk, version, deleted) SELECT i, i, 1 FROM n");
    assert_int_equal(f->sink->ops->purge(f->sink, 10000, 0, &purged, &err), 0);
    assert_int_equal(purged, 2000);
    assert_sql(f, "SELECT count(*) FROM t", "3001");
}

static void a_replaced_file_is_noticed(void **state)
{
    struct fixture *f = *state;
    APPLY(f, put(f, 1, 1, "1.0"));
    char away[160];
    snprintf(away, sizeof(away), "%s.away", f->path);
    assert_int_equal(rename(f->path, away), 0);
    assert_string_equal(APPLY(f, put(f, 2, 1, "2.0")), "W");
    assert_sql(f, "SELECT data FROM t", "{\"v\":2.0}");
    unlink(away);
}

static void refuses_urls(void **state)
{
    struct fixture *f = *state;
    static char none[] = "", host[] = "file.db", user[] = "me", query[] = "mode=ro",
                memory[] = "/:memory:", root[] = "/", path[] = "/file.db";
    const struct {
        struct url url;
        const char *message;
    } cases[] = {
        {{.user = none, .host = host, .path = none, .query = none}, "sqlite:///file.db"},
        {{.user = user, .host = none, .path = path, .query = none}, "no users"},
        {{.user = none, .password = user, .host = none, .path = path, .query = none}, "no users"},
        {{.user = none, .host = none, .path = path, .query = query}, "?mode=ro"},
        {{.user = none, .host = none, .path = memory, .query = none}, "in memory"},
        {{.user = none, .host = none, .path = root, .query = none}, "in memory"},
        {{.user = none, .host = none, .path = none, .query = none}, "in memory"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sink *sink = NULL;
        struct error err;
        f->config.url = &cases[i].url;
        assert_int_equal(sqlite_sink_ops.open(&f->config, &sink, &err), -1);
        assert_null(sink);
        assert_int_equal(err.domain, ERROR_SETTING);
        assert_message(err, cases[i].message);
    }
}

static void refuses_table_names(void **state)
{
    struct fixture *f = *state;
    static char schema[] = "doc", reserved[] = "SQLite_x", main_schema[] = "Main";
    struct sink *sink = NULL;
    struct error err;
    f->config.table.schema = schema;
    assert_int_equal(sqlite_sink_ops.open(&f->config, &sink, &err), -1);
    assert_message(err, "no schemas: write \"t\"");
    f->config.table = (struct table_name){.table = reserved};
    assert_int_equal(sqlite_sink_ops.open(&f->config, &sink, &err), -1);
    assert_message(err, "SQLite_x");
    f->config.table = (struct table_name){.schema = main_schema, .table = f->table};
    assert_string_equal(APPLY(f, put(f, 1, 1, "1.0")), "W");
}

static void takes_odd_names(void **state)
{
    struct fixture *f = *state;
    snprintf(f->table, sizeof(f->table), "my \"t%%t\" größe; select");
    assert_string_equal(APPLY(f, put(f, 1, 1, "1.0")), "W");
    assert_sql(f, "SELECT count(*) FROM \"my \"\"t%t\"\" größe; select_live\"", "1");
}

static void names_file_troubles(void **state)
{
    struct fixture *f = *state;
    struct error err;
    const struct change *change = put(f, 1, 1, "1.0");
    snprintf(f->url_path, sizeof(f->path), "/%s/nowhere/test.db", f->folder);
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->begin(sink, change, 0, &err), -1);
    assert_message(err, "nowhere\"");
    assert_message(err, "mkdir -p");
    snprintf(f->url_path, sizeof(f->path), "/%s", f->folder);
    sink = fixture_open(f);
    assert_int_equal(sink->ops->begin(sink, change, 0, &err), -1);
    assert_message(err, "is a folder");
    snprintf(f->url_path, sizeof(f->path) + 1, "/%s", f->path);
    FILE *file = fopen(f->path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    sink = fixture_open(f);
    assert_int_equal(sink->ops->begin(sink, change, 0, &err), -1);
    assert_message(err, "not a database");
    assert_false(err.retry);
}

static void commits_durably(void **state)
{
    struct fixture *f = *state;
    struct query_result result;
    struct error err;
    APPLY(f, put(f, 1, 1, "1.0"));
    assert_int_equal(f->sink->ops->query(f->sink, VIEW("PRAGMA synchronous"), &result, &err), 0);
    assert_view(result.cells[0], "3");
    query_result_release(&result);
    /* "delete" if the temporary folder lies on a network */
    assert_int_equal(f->sink->ops->query(f->sink, VIEW("PRAGMA journal_mode"), &result, &err), 0);
    if (!view_equal(result.cells[0], VIEW("\"delete\"")))
        assert_view(result.cells[0], "\"wal\"");
    query_result_release(&result);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_the_documented_row),
        TEST(keeps_exact_numbers_in_aux),
        TEST(an_item_may_have_nothing_but_its_key),
        TEST(guards_in_every_order),
        TEST(says_what_is_stale),
        TEST(tombstones_keep_older_changes_out),
        TEST(a_row_without_version_loses),
        TEST(foreign_keys_are_refused),
        TEST(what_was_rolled_back_fixes_no_keys),
        TEST(a_table_may_refuse_a_row),
        TEST(not_null_is_the_tables_fault),
        TEST(keeps_dead_letters_once),
        TEST(keeps_large_dead_letters),
        TEST(makes_no_tables_unless_allowed),
        TEST(writing_needs_a_transaction_and_a_sample),
        TEST(purges_old_tombstones_only),
        TEST(purges_a_few_thousand_at_most),
        TEST(a_replaced_file_is_noticed),
        TEST(refuses_urls),
        TEST(refuses_table_names),
        TEST(takes_odd_names),
        TEST(names_file_troubles),
        TEST(commits_durably),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
