/* The layouts that others have made: LorryStream's, and the documented one without a key. */
#include "crate_fixture.h"

/* ---- LorryStream's layout ---- */

#define STREAM_HEAD                                                                                \
    "INSERT INTO \"doc\".\"t\" (\"pk\", \"data\", \"aux\") VALUES (?, ?, ?) ON CONFLICT "
#define STREAM_DELETE "DELETE FROM \"doc\".\"t\" WHERE \"pk\"['device'] = ?"

static void test_lorrystream(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, STREAM_COLUMNS, "[\"pk\"]");
    crate_expect_rows(f, STREAM_DELETE, "[\"b\"],[\"c\"]", "1 -2:40411");
    crate_expect_rows(f, STREAM_HEAD "DO NOTHING",
                      "[{\"device\":\"a\"},{\"x\":1.0},null],[{\"device\":\"d\"},{},{\"y\":[[]]}]",
                      "0 1");
    crate_expect_rows(f,
                      STREAM_HEAD "(\"pk\"['device']) DO UPDATE SET \"data\" = excluded.\"data\", "
                                  "\"aux\" = excluded.\"aux\"",
                      "[{\"device\":\"a\"},{\"x\":1.0},null]", "1");
    crate_expect_look(f, TABLE_THERE, STREAM_COLUMNS "," DATA("x", "double precision"), "[\"pk\"]");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"x", "1.0"}), GONE(f, "b", 2), GONE(f, "c", 3),
                              PUT(f, "d", 4, {"y", "[[]]"})),
                        "WWWW");
    crate_expect_rows(f, STREAM_DELETE, "[\"b\"]", "-2:4007");
    assert_string_equal(APPLY(f, GONE(f, "b", 2)), "P!");
    size_t purged = 9;
    assert_int_equal(f->sink->ops->purge(f->sink, 5, 0, &purged, NULL), 0);
    assert_int_equal(purged, 0);
}

/* The server tells ten causes a shard, before 5.10.0 none but that of a row alone. */
static void test_removals_without_a_cause(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, STREAM_COLUMNS, "[\"pk\"]");
    crate_expect_rows(f, STREAM_DELETE, "[\"a\"],[\"b\"],[\"c\"],[\"d\"]", "-2 1 -2 -2:40411");
    crate_expect_rows(f, STREAM_DELETE, "[\"a\"],[\"c\"]", "-2 -2");
    crate_expect_rows(f, STREAM_DELETE, "[\"a\"]", "0");
    crate_expect_rows(f, STREAM_DELETE, "[\"c\"]", "0");
    assert_string_equal(
        APPLY(f, GONE(f, "a", 1), GONE(f, "b", 2), GONE(f, "c", 3), GONE(f, "d", 4)), "WWWW");
    for (int i = 0; i < 3; i++)
        crate_expect_rows(f, STREAM_DELETE, "[\"a\"]", "-2");
    assert_string_equal(APPLY(f, GONE(f, "a", 1)), "P!");
    assert_message(f->err, "a row could not be removed (0)");
}

static void test_upgrade_lorrystream(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE,
                      STREAM_COLUMNS "," COLUMN("sequence", "text", "YES", "", "strict"),
                      "[\"pk\"]");
    crate_expect(
        f, "{\"stmt\":\"ALTER TABLE \\\"doc\\\".\\\"t\\\" ADD COLUMN \\\"version\\\" BIGINT\"}",
        400,
        REFUSAL("SQLParseException[The table doc.t already has a column named version]", "4000"));
    crate_expect_statement(f, "ALTER TABLE \"doc\".\"t\" ADD COLUMN \"deleted\" BOOLEAN");
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    crate_expect_statement(f, CREATE_VIEW);
    assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, false, &err), 0);

    crate_expect_look(f, TABLE_THERE, STREAM_COLUMNS, "[\"pk\"]");
    crate_expect(f, NULL, 400, REFUSAL("SQLParseException[something else]", "4000"));
    assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, false, &err), -1);
    assert_message(err, "cannot add column \"version\" BIGINT");

    crate_expect_look(f, LORRY_TABLES, LORRY_COLUMNS, "[\"pk\"]");
    assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, false, &err), 0);
    crate_expect_look(f, "", "", "");
    assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, false, &err), -1);
    assert_message(err, "does not exist");
}

/* ---- the documented layout, without a key ---- */

#define DOCUMENT_DELETE "DELETE FROM \"doc\".\"t\" WHERE \"data\"['device'] = ?"
#define DOCUMENT_COLUMNS(type) DATA_COLUMN "," DATA("device", type)
#define DOCUMENT_INSERT "INSERT INTO \"doc\".\"t\" (\"data\") VALUES (?)"

static void test_document(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, ""); /* is the key still unknown? */
    crate_expect_rows(f, DOCUMENT_INSERT, "[{\"device\":\"a\",\"x\":1.0}],[{\"device\":\"b\"}]",
                      "1 1");
    crate_expect_look(f, TABLE_THERE, DOCUMENT_COLUMNS("text") "," DATA("x", "double precision"),
                      "");
    assert_string_equal(
        APPLY(f, PUT(f, "a", 1, {"x", "1.0"}), PUT(f, "b", 2, {NULL}), GONE(f, "c", 3)), "WWW");
    crate_expect_statement(f, REFRESH);
    crate_expect_rows(f, DOCUMENT_DELETE, "[\"a\"],[\"c\"]", "1 0");
    crate_expect_rows(f, DOCUMENT_INSERT, "[{\"device\":\"a\",\"x\":2.0}]", "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 4, {"x", "2.0"}), GONE(f, "c", 5)), "WW");
}

static void test_document_number_key(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN "," DATA("id", "double precision"), "");
    crate_expect_statement(f, REFRESH);
    crate_expect_rows(f, "DELETE FROM \"doc\".\"t\" WHERE \"data\"['id'] = ?", "[17.0]", "3");
    crate_expect_rows(f, DOCUMENT_INSERT, "[{\"id\":17.0,\"x\":true}]", "1");
    crate_expect_look(f, TABLE_THERE,
                      DATA_COLUMN "," DATA("id", "double precision") "," DATA("x", "boolean"), "");
    const struct change *good = CHANGE(&f->arena, .operation = CHANGE_INSERT,
                                       .key = {{"id", 'N', "17"}}, .attributes = {{"x", "true"}});
    const struct change *inexact =
        CHANGE(&f->arena, .operation = CHANGE_INSERT, .key = {{"id", 'N', "9007199254740993"}});
    const struct change *other =
        CHANGE(&f->arena, .operation = CHANGE_INSERT, .key = {{"id", 'S', "17"}});
    const struct change *name =
        CHANGE(&f->arena, .operation = CHANGE_INSERT, .key = {{"key", 'N', "17"}});
    assert_string_equal(APPLY(f, good, inexact, other, name), "WRRR");
}

static void test_document_has_no_other_place(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    const char *columns = DATA_COLUMN "," DATA("device", "text") "," DATA("t", "text");
    crate_expect_look(f, TABLE_THERE, columns, "");
    crate_expect_look(f, TABLE_THERE, columns, ""); /* does it really not fit? */
    crate_expect_statement(f, REFRESH);
    crate_expect_rows(f, DOCUMENT_DELETE, "[\"b\"]", "0"); /* refused rows replace nothing */
    crate_expect_rows(f, DOCUMENT_INSERT, "[{\"device\":\"b\",\"y\":1.0}]", "-2:4000");
    crate_expect_rows(f, DOCUMENT_INSERT, "[{\"device\":\"b\",\"y\":1.0}]", "-2:4000");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"t", "1.0"}), PUT(f, "b", 2, {"y", "1.0"}),
                              PUT(f, "c", 3, {"n", "1e+22", "\"10000000000000000000001\""})),
                        "RRR");
    assert_string_equal(f->rows[0].reason, "attribute \"t\" does not fit the columns of \"data\", "
                                           "and the table has no \"aux\"");
    assert_non_null(strstr(f->rows[1].reason, "4000"));
    assert_non_null(strstr(f->rows[2].reason, "attribute \"n\" has digits"));
}

/* Another writer gave "x" its type first: what the server made of ours is taken away again. */
static void test_document_changed_by_the_server(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DOCUMENT_COLUMNS("text"), "");
    crate_expect_statement(f, REFRESH);
    crate_expect_rows(f, DOCUMENT_DELETE, "[\"a\"],[\"b\"]", "0 0");
    crate_expect_rows(f, DOCUMENT_INSERT,
                      "[{\"device\":\"a\",\"x\":{}}],[{\"device\":\"b\",\"y\":1.0}]", "1 1");
    crate_expect_look(
        f, TABLE_THERE,
        DOCUMENT_COLUMNS("text") "," DATA("x", "text") "," DATA("y", "double precision"), "");
    crate_expect_statement(f, REFRESH);
    crate_expect_rows(f, DOCUMENT_DELETE, "[\"a\"]", "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"x", "{}"}), PUT(f, "b", 1, {"y", "1.0"})), "RW");
    assert_non_null(strstr(f->rows[0].reason, "attribute \"x\" does not fit"));
}

/* A repeated row takes the place of the first. */
static void test_document_on_a_server_that_is_behind(void **state)
{
    struct crate_fixture *f = *state;
    const char *row = "[{\"device\":\"a\",\"x\":1.0}]";
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_rows(f, DOCUMENT_INSERT, row, "1");
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"x", "1.0"})), "P!");
    assert_true(f->err.retry);

    crate_expect_look(f, TABLE_THERE, DOCUMENT_COLUMNS("text"), "");
    for (int i = 0; i < 2; i++) {
        crate_expect_statement(f, REFRESH);
        crate_expect_rows(f, DOCUMENT_DELETE, "[\"a\"]", "1");
        crate_expect_rows(f, DOCUMENT_INSERT, row, "1");
        if (i == 0)
            crate_expect_look(f, TABLE_THERE, DOCUMENT_COLUMNS("text"), "");
    }
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"x", "1.0"})), "P!");
    assert_true(f->err.retry);
    assert_message(f->err, "does not tell about the columns");
}

static void test_document_key_of_another_type(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_rows(f, DOCUMENT_INSERT, "[{\"device\":\"17\"}]", "1");
    crate_expect_look(f, TABLE_THERE, DOCUMENT_COLUMNS("bigint"), "");
    assert_string_equal(APPLY(f, PUT(f, "17", 1, {NULL})), "R");
    assert_string_equal(f->rows[0].reason, "key \"device\" is a text, its column is bigint");
}

static void test_document_becomes_another(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_lorry(f, NULL);
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL})), "P!");
    assert_true(f->err.retry);
}

static void test_upgrade_document(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    const struct key *key = &GONE(f, "a", 1)->key;
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    assert_int_equal(f->sink->ops->upgrade(f->sink, key, false, &err), -1);
    assert_message(err, "cannot be given one");

    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_statement(f, REFRESH);
    crate_expect(f, "{\"stmt\":\"SELECT count(*) FROM \\\"doc\\\".\\\"t\\\"\"}", 200,
                 "{\"cols\":[\"count\"],\"rows\":[[3]]}");
    assert_int_equal(f->sink->ops->upgrade(f->sink, key, true, &err), -1);
    assert_message(err, "not empty (3 rows)");

    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_statement(f, REFRESH);
    crate_expect(f, NULL, 200, "{\"cols\":[\"count\"],\"rows\":[[0]]}");
    crate_expect_statement(f, "DROP TABLE \"doc\".\"t\"");
    crate_expect_look(f, "", "", "");
    crate_expect_statement(f, CREATE_TABLE(KEY_DEVICE));
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    crate_expect_statement(f, CREATE_VIEW);
    crate_expect_statement(f, CREATE_DEAD);
    assert_int_equal(f->sink->ops->upgrade(f->sink, key, true, &err), 0);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, crate_fixture_setup, crate_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lorrystream),
        TEST(test_removals_without_a_cause),
        TEST(test_upgrade_lorrystream),
        TEST(test_document),
        TEST(test_document_number_key),
        TEST(test_document_has_no_other_place),
        TEST(test_document_changed_by_the_server),
        TEST(test_document_on_a_server_that_is_behind),
        TEST(test_document_key_of_another_type),
        TEST(test_document_becomes_another),
        TEST(test_upgrade_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
