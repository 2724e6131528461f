#include "crate_fixture.h"

#include <stdio.h>

#include "base/memory.h"

static int begin(struct crate_fixture *f, const struct change *sample, struct error *err)
{
    return f->sink->ops->begin(f->sink, sample, 0, err);
}

/* ---- making ---- */

static void test_first_use_makes_table_and_view(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, "", "", "");
    crate_expect_statement(f, CREATE_TABLE(KEY_DEVICE));
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    crate_expect_statement(f, CREATE_VIEW);
    assert_int_equal(begin(f, GONE(f, "a", 1), &err), 0);
    assert_int_equal(begin(f, GONE(f, "a", 1), &err), 0);
}

static void test_view_may_fail(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    crate_expect(f, NULL, 401, REFUSAL("MissingPrivilegeException[Missing 'DDL']", "4011"));
    assert_int_equal(begin(f, GONE(f, "a", 1), &err), 0);
    f->steady_ms += 60000;
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    assert_int_equal(begin(f, GONE(f, "a", 1), &err), 0);
}

/* Where the user may see nothing of the schema. */
static void test_schema_without_privilege(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, "", "", "");
    crate_expect(f, NULL, 404, REFUSAL("SchemaUnknownException[Schema 'doc' unknown]", "4045"));
    assert_int_equal(begin(f, GONE(f, "a", 1), &err), -1);
    assert_message(err, "cannot make the table without the privilege DDL on schema \"doc\": "
                        "h:4200: SchemaUnknownException[Schema 'doc' unknown] (4045)");
    assert_false(err.retry);
}

static void test_looks_again_every_minute(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    assert_int_equal(begin(f, GONE(f, "a", 1), NULL), 0);
    f->steady_ms += 59999;
    assert_int_equal(begin(f, GONE(f, "a", 1), NULL), 0);
    f->steady_ms += 1;
    crate_expect_lorry(f, NULL);
    assert_int_equal(begin(f, GONE(f, "a", 1), NULL), 0);
}

static void test_making_is_switched_off(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    f->config.create_table = false;
    crate_fixture_open(f);
    for (int i = 0; i < 2; i++) {
        crate_expect_look(f, "", "", "");
        assert_int_equal(begin(f, GONE(f, "a", 1), &err), -1);
        assert_message(err, "table \"doc\".\"t\" does not exist");
        assert_false(err.retry);
    }
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    assert_int_equal(begin(f, GONE(f, "a", 1), &err), 0);
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    assert_int_equal(begin(f, NULL, &err), -1);
    assert_message(err, "\"t_dead_letters\" does not exist");
}

static void test_key_types(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    struct column_types *types =
        column_types_parse(VIEW("{\"doc:t:num\":\"numeric\",\"other:t:id\":\"text\"}"), &err);
    assert_non_null(types);
    f->config.types = types;
    crate_fixture_open(f);
    crate_expect_look(f, "", "", "");
    crate_expect_statement(
        f, CREATE_TABLE("\"i\"\"d\" BIGINT PRIMARY KEY, \"num\" NUMERIC(38,0) PRIMARY KEY"));
    crate_expect(f, NULL, 503, "");
    crate_expect(f, NULL, 503, "");
    crate_expect(f, NULL, 503, "");
    const struct change *change = CHANGE(&f->arena, .operation = CHANGE_REMOVE,
                                         .key = {{"i\"d", 'N', "1"}, {"num", 'N', "2"}});
    assert_int_equal(begin(f, change, &err), -1);
    assert_true(err.retry);

    f->config.table.schema = (char *)"other";
    crate_fixture_open(f);
    for (int i = 0; i < 3; i++)
        crate_expect(f, NULL, 200,
                     i == 0   ? "{\"cols\":[1,2,3],\"rows\":[]}"
                     : i == 1 ? "{\"cols\":[1,2,3,4,5,6],\"rows\":[]}"
                              : "{\"cols\":[1],\"rows\":[]}");
    crate_expect(f,
                 "{\"stmt\":\"CREATE TABLE IF NOT EXISTS \\\"other\\\".\\\"t\\\" (\\\"pk\\\" "
                 "OBJECT(STRICT) AS (\\\"id\\\" TEXT PRIMARY KEY, \\\"raw\\\" TEXT PRIMARY KEY), "
                 "\\\"data\\\" OBJECT(DYNAMIC), \\\"aux\\\" OBJECT(IGNORED), \\\"version\\\" "
                 "BIGINT, \\\"sequence\\\" TEXT, \\\"deleted\\\" BOOLEAN)\"}",
                 401, REFUSAL("MissingPrivilegeException[Missing 'DDL' privilege]", "4011"));
    change = CHANGE(&f->arena, .operation = CHANGE_REMOVE,
                    .key = {{"id", 'N', "1"}, {"raw", 'B', "AA=="}});
    assert_int_equal(begin(f, change, &err), -1);
    assert_message(err, "cannot make the table: h:4200: MissingPrivilegeException");
    assert_false(err.retry);
    column_types_free(types);
}

/* is_nullable is a boolean before 6.1.0, and there are no object identifiers. */
static void test_catalogue_of_older_servers(void **state)
{
#define OLD(name, type, nullable, path, policy)                                                    \
    "[\"" name "\",\"" type "\"," nullable ",\"NEVER\",null,{\"name\":\"" name                     \
    "\",\"path\":[" path "],\"policy\":\"" policy "\"}]"
    static const char columns[] =
        OLD("pk", "object", "true", "", "strict") "," OLD("pk", "text", "false", "\"device\"", "strict") "," OLD(
            "data", "object", "true", "",
            "dynamic") "," OLD("aux", "object", "true", "",
                               "ignored") "," OLD("version", "bigint", "true", "",
                                                  "strict") "," OLD("sequence", "text", "true", "",
                                                                    "strict") "," OLD("deleted",
                                                                                      "boolean",
                                                                                      "true", "",
                                                                                      "strict");
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, LORRY_TABLES, columns, "[\"pk\"]");
    if (begin(f, GONE(f, "a", 1), &err) < 0)
        fail_msg("%s", err.message);
}

/* ---- layouts that cannot be written to ---- */

static void test_foreign_layouts(void **state)
{
#define PK "[\"pk\"]"
    static const struct {
        const char *tables, *columns, *keys, *problem;
    } cases[] = {
        {"[\"t\",\"VIEW\",null]", LORRY_COLUMNS, "", "it is a view"},
        {TABLE_THERE, COLUMN("id", "text", "NO", "", "strict") "," DATA_COLUMN, "[\"id\"]",
         "a primary key, but no object \"pk\""},
        {TABLE_THERE, COLUMN("x", "text", "YES", "", "strict"), "", "no column \"data\""},
        {TABLE_THERE, COLUMN("data", "text", "YES", "", "strict"), "",
         "\"data\" is text, not object"},
        {TABLE_THERE, KEY_COLUMNS "," DATA_COLUMN, PK, "no column \"aux\""},
        {TABLE_THERE, KEY_COLUMNS "," AUX_COLUMN, PK, "no column \"data\""},
        {TABLE_THERE, KEY_COLUMNS "," DATA_COLUMN "," COLUMN("aux", "object", "YES", "", "dynamic"),
         PK, "\"aux\" is not OBJECT(IGNORED)"},
        {TABLE_THERE, LORRY_COLUMNS, PK "," PK, "not made of the members of \"pk\" alone"},
        {TABLE_THERE, LORRY_COLUMNS, "", "not made of the members of \"pk\" alone"},
        {TABLE_THERE, LORRY_COLUMNS, "[\"id\"]", "not made of the members of \"pk\" alone"},
        {TABLE_THERE, COLUMN("pk", "object", "YES", "", "strict") "," DATA_COLUMN "," AUX_COLUMN,
         "", "its key has 0 parts"},
        {TABLE_THERE, STREAM_COLUMNS "," COLUMN("version", "text", "YES", "", "strict"), PK,
         "\"version\" is text, not bigint"},
        {TABLE_THERE, LORRY_COLUMNS "," COLUMN("owner", "text", "NO", "", "strict"), PK,
         "\"owner\" must not be null"},
    };
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct table_info info;
        crate_expect_look(f, cases[i].tables, cases[i].columns, cases[i].keys);
        assert_int_equal(begin(f, GONE(f, "a", 1), &err), -1);
        assert_message(err, cases[i].problem);
        assert_false(err.retry);
        crate_expect_look(f, cases[i].tables, cases[i].columns, cases[i].keys);
        assert_int_equal(f->sink->ops->show(f->sink, &info, &err), 0);
        assert_string_equal(info.layout, "foreign");
        assert_non_null(strstr(buf_str(&info.advice), cases[i].problem));
        assert_int_equal(info.rows, -1);
        table_info_release(&info);
        crate_expect_look(f, cases[i].tables, cases[i].columns, cases[i].keys);
        assert_int_equal(f->sink->ops->upgrade(f->sink, NULL, true, &err), -1);
        f->course.count = f->course.next = 0;
        f->steady_ms += 60000;
    }
}

static void test_further_columns_are_fine(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(
        f, LORRY_TABLES,
        LORRY_COLUMNS "," COLUMN(
            "note", "text", "YES", "",
            "strict") ","
                      "[\"day\",\"bigint\",\"NO\",\"ALWAYS\",null,{\"name\":\"day\",\"path\":[]}],"
                      "[\"made\",\"bigint\",\"NO\",\"NEVER\",\"now()\",{\"name\":\"made\",\"path\":"
                      "[]}"
                      "]," COLUMN("pk", "text", "YES", "\"more\"", "strict"),
        "[\"pk\"]");
    assert_int_equal(begin(f, GONE(f, "a", 1), NULL), 0);
}

static void test_limits_of_the_table(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(
        f,
        "[\"t\",\"BASE TABLE\",{\"mapping\":{\"total_fields\":{\"limit\":8},\"depth\":{"
        "\"limit\":2}}}]," VIEW_THERE,
        LORRY_COLUMNS, "[\"pk\"]");
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"x\":1.0}", "{\"y\":1.0}",
                          "1") "," ROW("b", "{}", "{\"z\":{\"a\":{\"b\":1.0}}}", "2"),
                      "1 1");
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS "," DATA("x", "double precision"), "[\"pk\"]");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"x", "1.0"}, {"y", "1.0"}),
                              PUT(f, "b", 2, {"z", "{\"a\":{\"b\":1.0}}"})),
                        "WW");
}

/* ---- keys ---- */

#define KEY_OF(type)                                                                               \
    COLUMN("pk", "object", "YES", "", "strict")                                                    \
    "," COLUMN("pk", type, "NO", "\"id\"", "strict") "," DATA_COLUMN "," AUX_COLUMN                \
                                                     "," ORDER_COLUMNS

static void test_keys_fit_or_are_refused(void **state)
{
    static const struct {
        const char *columns;
        char type;
        const char *text;
        const char *sent; /* NULL: refused */
    } cases[] = {
        {KEY_OF("bigint"), 'N', "17", "17"},
        {KEY_OF("bigint"), 'N', "-9223372036854775807", "-9223372036854775807"},
        {KEY_OF("bigint"), 'N', "9007199254740993", "9007199254740993"},
        {KEY_OF("bigint"), 'N', "9223372036854775807", NULL}, /* the server refuses it */
        {KEY_OF("bigint"), 'N', "-9223372036854775808", NULL},
        {KEY_OF("real"), 'N', "0.5", "0.5"},
        {KEY_OF("real"), 'N', "0.1", NULL},
        {KEY_OF("bigint"), 'N', "1.5", NULL},
        {KEY_OF("bigint"), 'N', "9223372036854775808", NULL},
        {KEY_OF("bigint"), 'S', "17", NULL},
        {KEY_OF("integer"), 'N', "2147483648", NULL},
        {KEY_OF("integer"), 'N', "2147483647", "2147483647"},
        {KEY_OF("smallint"), 'N', "40000", NULL},
        {KEY_OF("text"), 'N', "1.5", "\"1.5\""},
        {KEY_OF("text"), 'S', "a\"b", "\"a\\\"b\""},
        {KEY_OF("text"), 'B', "AA==", "\"AA==\""},
        {KEY_OF("double precision"), 'N', "1.5", "1.5"},
        {KEY_OF("double precision"), 'N', "3", "3.0"},
        {KEY_OF("double precision"), 'N', "9007199254740993", NULL},
        {KEY_OF("double precision"), 'S', "x", NULL},
        {KEY_OF("numeric"), 'N', "12345678901234567890123456789012345678",
         "\"12345678901234567890123456789012345678\""},
        {KEY_OF("numeric"), 'N', "1.5", NULL},
        {KEY_OF("numeric"), 'N', "1E-50", NULL},
        {KEY_OF("timestamp with time zone"), 'N', "5", NULL},
        {KEY_OF("text_array"), 'S', "5", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct crate_fixture *f;
        char row[256];
        assert_int_equal(crate_fixture_setup((void **)&f), 0);
        crate_fixture_open(f);
        crate_expect_look(f, LORRY_TABLES, cases[i].columns, "[\"pk\"]");
        snprintf(row, sizeof(row), "[{\"id\":%s},null,null,1,\"%s01\",true]",
                 cases[i].sent ? cases[i].sent : "", ZEROES);
        if (cases[i].sent)
            crate_expect_rows(f, INSERT_STEP, row, "1");
        const struct change *change =
            CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = 1, .sequence = 1,
                   .key = {{"id", cases[i].type, cases[i].text}});
        assert_string_equal(APPLY(f, change), cases[i].sent ? "W" : "R");
        if (!cases[i].sent)
            assert_non_null(strstr(f->rows[0].reason, "key \"id\""));
        assert_int_equal(crate_fixture_teardown((void **)&f), 0);
    }
    (void)state;
}

/* TEXT holds texts, binaries and numbers alike: the first key tells which of them the table is for.
 */
static void test_key_types_are_remembered(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, ROW_GONE("AQID", "1"), "1");
    assert_string_equal(APPLY(f, GONE(f, "AQID", 1)), "W");
    static const char types[] = {'B', 'N'};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        const struct change *other =
            CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = 2, .sequence = 2,
                   .key = {{"device", types[i], types[i] == 'N' ? "1" : "AQID"}});
        assert_string_equal(APPLY(f, other), "R");
        assert_non_null(strstr(f->rows[0].reason, "that of the table a text"));
    }
}

static void test_foreign_keys(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    const struct change *name =
        CHANGE(&f->arena, .operation = CHANGE_REMOVE, .key = {{"id", 'S', "1"}});
    const struct change *two = CHANGE(&f->arena, .operation = CHANGE_REMOVE,
                                      .key = {{"device", 'S', "1"}, {"time", 'S', "1"}});
    crate_expect_rows(f, INSERT_STEP, ROW_GONE("a", "3"), "1");
    assert_string_equal(APPLY(f, name, two, GONE(f, "a", 3)), "RRW");
    assert_string_equal(f->rows[0].reason, "key \"id\" is not one of the table");
    assert_string_equal(f->rows[1].reason, "the key has 2 parts, that of the table 1");
}

/* The catalogue's order of the parts does not matter. */
static void test_two_parts(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_look(f, LORRY_TABLES,
                      COLUMN("pk", "object", "YES", "", "strict") "," COLUMN(
                          "pk", "bigint", "NO", "\"time's\"",
                          "strict") "," COLUMN("pk", "text", "NO", "\"device\"",
                                               "strict") "," DATA_COLUMN "," AUX_COLUMN
                                                         "," ORDER_COLUMNS,
                      "[\"pk\"],[\"pk\"]");
    const char *row = "[{\"device\":\"a\",\"time's\":7},null,null,1,\"" ZEROES "01\",true]";
    crate_expect_rows(f, INSERT_STEP, row, "0");
    crate_expect_rows(f,
                      INSERT_HEAD " ON CONFLICT (\"pk\"['device'], \"pk\"['time''s']) DO UPDATE "
                                  "SET " GUARDED("data") ", " GUARDED("aux") ", " GUARDED(
                                      "deleted") ", " GUARDED("versio"
                                                              "n") ", " GUARDED("sequence"),
                      row, "1");
    const struct change *change =
        CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = 1, .sequence = 1,
               .key = {{"device", 'S', "a"}, {"time's", 'N', "7"}});
    assert_string_equal(APPLY(f, change), "W");
    assert_string_equal(APPLY(f, GONE(f, "a", 2)), "R");
    assert_string_equal(f->rows[0].reason, "the key has 1 part, that of the table 2");
}

/* ---- create, show, drop ---- */

static void test_create(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    const struct key *key = &GONE(f, "a", 1)->key;
    f->config.create_table = false; /* that is about first use */
    crate_fixture_open(f);
    crate_expect_look(f, "", "", "");
    crate_expect_statement(f, CREATE_TABLE(KEY_DEVICE));
    crate_expect_look(f, TABLE_THERE, LORRY_COLUMNS, "[\"pk\"]");
    crate_expect_statement(f, CREATE_VIEW);
    crate_expect_statement(f, CREATE_DEAD);
    assert_int_equal(f->sink->ops->create(f->sink, key, &err), 0);
    crate_expect_lorry(f, NULL);
    assert_int_equal(f->sink->ops->create(f->sink, key, &err), 0);

    crate_expect_look(f, LORRY_TABLES, KEY_OF("bigint"), "[\"pk\"]");
    assert_int_equal(f->sink->ops->create(f->sink, key, &err), -1);
    assert_message(err, "is there already, with another key");
    crate_expect_look(f, LORRY_TABLES, STREAM_COLUMNS, "[\"pk\"]");
    assert_int_equal(f->sink->ops->create(f->sink, key, &err), -1);
    assert_message(err, "in the layout \"lorrystream\"");
}

static void expect_count(struct crate_fixture *f, const char *from, const char *count)
{
    struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "{\"stmt\":\"SELECT count(*) FROM \\\"doc\\\".%s\"}", from);
    const char *body = arena_copy(&f->arena, buf_view(&text)).ptr;
    buf_clear(&text);
    buf_printf(&text, "{\"cols\":[\"count\"],\"rows\":[[%s]]}", count);
    crate_expect(f, body, 200, arena_copy(&f->arena, buf_view(&text)).ptr);
    buf_release(&text);
}

static void test_show(void **state)
{
    struct crate_fixture *f = *state;
    struct table_info info;
    crate_fixture_open(f);
    crate_expect_lorry(f, DATA("x", "text_array"));
    crate_expect_statement(f, REFRESH);
    expect_count(f, "\\\"t\\\"", "5");
    expect_count(f, "\\\"t\\\" WHERE \\\"deleted\\\" = true", "2");
    crate_expect_statement(f, "REFRESH TABLE \"doc\".\"t_dead_letters\"");
    expect_count(f, "\\\"t_dead_letters\\\"", "1");
    assert_int_equal(f->sink->ops->show(f->sink, &info, NULL), 0);
    assert_true(info.exists);
    assert_string_equal(info.layout, "lorry");
    assert_int_equal(info.rows, 3); /* alive */
    assert_int_equal(info.tombstones, 2);
    assert_int_equal(info.dead_letters, 1);
    assert_string_equal(buf_str(&info.advice), "");
    assert_string_equal(buf_str(&info.key), "{\"device\":\"S or B\"}");
    assert_string_equal(buf_str(&info.columns),
                        "pk object\npk text\ndata object\naux object\nversion bigint\nsequence "
                        "text\ndeleted boolean\ndata text_array\n");
    table_info_release(&info);

    crate_expect_look(f, TABLE_THERE, DATA_COLUMN, "");
    crate_expect_statement(f, REFRESH);
    expect_count(f, "\\\"t\\\"", "0");
    assert_int_equal(f->sink->ops->show(f->sink, &info, NULL), 0);
    assert_string_equal(info.layout, "document");
    assert_int_equal(info.tombstones, 0);
    assert_true(info.advice.len > 0);
    table_info_release(&info);

    crate_expect_look(f, TABLE_THERE, STREAM_COLUMNS, "[\"pk\"]");
    crate_expect_statement(f, REFRESH);
    expect_count(f, "\\\"t\\\"", "1");
    assert_int_equal(f->sink->ops->show(f->sink, &info, NULL), 0);
    assert_string_equal(info.layout, "lorrystream");
    table_info_release(&info);

    crate_expect_look(f, "", "", "");
    assert_int_equal(f->sink->ops->show(f->sink, &info, NULL), 0);
    assert_false(info.exists);
    assert_string_equal(info.layout, "");
    table_info_release(&info);
}

static void test_drop(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    crate_expect_statement(f, "DROP VIEW IF EXISTS \"doc\".\"t_live\"");
    crate_expect_statement(f, "DROP TABLE IF EXISTS \"doc\".\"t\"");
    assert_int_equal(f->sink->ops->drop(f->sink, false, NULL), 0);
    crate_expect_statement(f, "DROP VIEW IF EXISTS \"doc\".\"t_live\"");
    crate_expect_statement(f, "DROP TABLE IF EXISTS \"doc\".\"t\"");
    crate_expect_statement(f, "DROP TABLE IF EXISTS \"doc\".\"t_dead_letters\"");
    assert_int_equal(f->sink->ops->drop(f->sink, true, NULL), 0);
}

/* ---- dead letters ---- */

#define DEAD_INSERT                                                                                \
    "INSERT INTO \"doc\".\"t_dead_letters\" (\"stream\", \"shard\", \"sequence\", \"reason\", "    \
    "\"received\", \"encoding\", \"record\") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"

#define REFRESH_DEAD "REFRESH TABLE \"doc\".\"t_dead_letters\""

static const struct dead_letter letters[] = {
    {VIEW("arn"), VIEW("shard-0"), VIEW("1"), VIEW("not JSON"), VIEW("He said \"x\"\n")},
    {VIEW(""), VIEW(""), VIEW("2"), VIEW("not UTF-8"), VIEW("\xff\x00")},
};
#define LETTERS_SENT                                                                               \
    "[\"arn\",\"shard-0\",\"1\",\"not JSON\",1720746000000,\"text\",\"He said \\\"x\\\"\\n\"],"    \
    "[\"\",\"\",\"2\",\"not UTF-8\",1720746000000,\"base64\",\"/wA=\"]"

static int keep_dead(struct crate_fixture *f, struct error *err)
{
    return f->sink->ops->keep_dead(f->sink, letters, ARRAY_LEN(letters), 0, err);
}

static void test_dead_letters(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, "", "", "");
    crate_expect_statement(f, CREATE_DEAD);
    assert_int_equal(begin(f, NULL, &err), 0);
    assert_int_equal(begin(f, NULL, &err), 0);
    crate_expect_rows(f, DEAD_INSERT, LETTERS_SENT, "1 0");
    crate_expect_statement(f, REFRESH_DEAD);
    assert_int_equal(keep_dead(f, &err), 0);
    crate_expect_rows(f, DEAD_INSERT, LETTERS_SENT, "0 0");
    crate_expect(f, NULL, 503, ""); /* they are kept all the same */
    assert_int_equal(keep_dead(f, &err), 0);

    crate_expect_rows(f, DEAD_INSERT, LETTERS_SENT, "1 -2:4000");
    assert_int_equal(keep_dead(f, &err), -1);
    assert_message(err, "a dead letter was refused (4000)");
    assert_null(strstr(err.message, "secret"));
    crate_expect(f, NULL, 503, "");
    assert_int_equal(keep_dead(f, &err), -1);
    assert_true(err.retry);
}

static void test_dead_letters_of_a_dropped_table(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_look(f, DEAD_THERE, "", "");
    crate_expect_refusal(f, DEAD_INSERT, LETTERS_SENT, 404, 4041);
    crate_expect_look(f, "", "", "");
    crate_expect_statement(f, CREATE_DEAD);
    crate_expect_rows(f, DEAD_INSERT, LETTERS_SENT, "1 1");
    crate_expect_statement(f, REFRESH_DEAD);
    assert_int_equal(keep_dead(f, &err), 0);
}

/* ---- refresh ---- */

static void test_refresh(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_open(f);
    crate_expect_statement(f, REFRESH);
    assert_int_equal(f->sink->ops->refresh(f->sink, 0, &err), 0);
    crate_expect(f, NULL, 503, "");
    assert_int_equal(f->sink->ops->refresh(f->sink, 0, &err), -1);
    assert_true(err.retry);
}

/* ---- purge ---- */

static void test_purge(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    size_t purged = 0;
    crate_fixture_ready(f, NULL);
    const char *select = "{\"stmt\":\"SELECT \\\"pk\\\"['device'], \\\"_seq_no\\\", "
                         "\\\"_primary_term\\\" FROM \\\"doc\\\".\\\"t\\\" WHERE \\\"deleted\\\" = "
                         "true AND \\\"version\\\" < ? LIMIT 2000\",\"args\":[1720000000000000]}";
    const char *remove = "DELETE FROM \"doc\".\"t\" WHERE \"pk\"['device'] = ? AND \"_seq_no\" = ? "
                         "AND \"_primary_term\" = ?";
    crate_expect(f, select, 200,
                 "{\"cols\":[1,2,3],\"rows\":[[\"a\",5,1],[\"b\",6,1],[\"c\",7,2]]}");
    crate_expect_rows(f, remove, "[\"a\",5,1],[\"b\",6,1],[\"c\",7,2]", "1 -2:4092 -2:40411");
    assert_int_equal(f->sink->ops->purge(f->sink, 1720000000000000, 0, &purged, &err), 0);
    assert_int_equal(purged, 1);

    crate_expect(f, select, 200, "{\"cols\":[1,2,3],\"rows\":[]}");
    assert_int_equal(f->sink->ops->purge(f->sink, 1720000000000000, 0, &purged, &err), 0);
    assert_int_equal(purged, 0);

    /* Before 6.2.0. */
    crate_expect(f, select, 200, "{\"cols\":[1,2,3],\"rows\":[[\"a\",5,1]]}");
    crate_expect(f, NULL, 200,
                 "{\"cols\":[],\"results\":[{\"rowcount\":-2,\"error\":{\"code\":5000,"
                 "\"message\":\"VersionConflictEngineException[[AgE=]: version conflict]\"}}]}");
    assert_int_equal(f->sink->ops->purge(f->sink, 1720000000000000, 0, &purged, &err), 0);
    assert_int_equal(purged, 0);

    purged = 7;
    crate_expect(f, select, 200, "{\"cols\":[1,2,3],\"rows\":[[\"a\",5,1]]}");
    crate_expect_rows(f, remove, "[\"a\",5,1]", "-2:4007");
    assert_int_equal(f->sink->ops->purge(f->sink, 1720000000000000, 0, &purged, &err), -1);
    assert_int_equal(purged, 7);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, crate_fixture_setup, crate_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_use_makes_table_and_view),
        TEST(test_view_may_fail),
        TEST(test_schema_without_privilege),
        TEST(test_looks_again_every_minute),
        TEST(test_making_is_switched_off),
        TEST(test_key_types),
        TEST(test_catalogue_of_older_servers),
        TEST(test_foreign_layouts),
        TEST(test_further_columns_are_fine),
        TEST(test_limits_of_the_table),
        TEST(test_keys_fit_or_are_refused),
        TEST(test_key_types_are_remembered),
        TEST(test_foreign_keys),
        TEST(test_two_parts),
        TEST(test_create),
        TEST(test_show),
        TEST(test_drop),
        TEST(test_dead_letters),
        TEST(test_dead_letters_of_a_dropped_table),
        TEST(test_refresh),
        TEST(test_purge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
