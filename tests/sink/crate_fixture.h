/* A CrateDB sink with a scripted server, for its tests: the test says which requests come, byte for
 * byte, and what is answered. */
#ifndef LORRY_TESTS_CRATE_FIXTURE_H
#define LORRY_TESTS_CRATE_FIXTURE_H

#include "unit.h"

#include "sink/sink.h"
#include "support/http_script.h"
#include "support/make_change.h"

#define STEPS_MAX 64

struct crate_fixture {
    struct arena arena; /* of the script and the changes */
    struct http_script_step steps[STEPS_MAX];
    struct http_script_course course;
    struct http_client *http;
    struct url url;
    struct sink_config config; /* may be altered before crate_fixture_open() */
    struct sink *sink;         /* NULL until then */
    struct clock clock;
    int64_t steady_ms; /* what the clock says */
    struct sink_row rows[8];
    struct error err; /* of the last crate_apply() */
};

/* For cmocka_unit_test_setup_teardown(): *state is the fixture. The teardown checks that the whole
 * script was played. */
int crate_fixture_setup(void **state);
int crate_fixture_teardown(void **state);

/* Opens the sink of table "t" (doc.t). */
struct sink *crate_fixture_open(struct crate_fixture *f);

/* The next request has this body; the answer. Status 0: no answer, for that reason. */
void crate_expect(struct crate_fixture *f, const char *body, int status, const char *answer);

/* The same for a statement with rows: {"stmt":"<statement>","bulk_args":[<rows>]}; `statement` as
 * it stands in SQL. The answer: rowcounts, as in "1 0 -2:4000 1". */
void crate_expect_rows(struct crate_fixture *f, const char *statement, const char *rows,
                       const char *results);
/* The same, refused as a whole. */
void crate_expect_refusal(struct crate_fixture *f, const char *statement, const char *rows,
                          int status, int code);

/* A statement without parameters, that succeeds. */
void crate_expect_statement(struct crate_fixture *f, const char *statement);

/* The three questions of a look at the table. `tables`, `columns`, `keys`: rows of the answers. */
void crate_expect_look(struct crate_fixture *f, const char *tables, const char *columns,
                       const char *keys);

/* Answers to those: the layouts, for the key ("device" TEXT). `more`: further columns of `data`. */
#define TABLE_THERE "[\"t\",\"BASE TABLE\",{\"mapping\":{\"total_fields\":{\"limit\":1000}}}]"
#define VIEW_THERE "[\"t_live\",\"VIEW\",null]"
#define DEAD_THERE "[\"t_dead_letters\",\"BASE TABLE\",{}]"
#define COLUMN(name, type, nullable, path, policy)                                                 \
    "[\"" name "\",\"" type "\",\"" nullable "\",\"NEVER\",null,{\"name\":\"" name                 \
    "\",\"path\":[" path "],\"policy\":\"" policy "\"}]"
#define KEY_COLUMNS                                                                                \
    COLUMN("pk", "object", "YES", "", "strict")                                                    \
    "," COLUMN("pk", "text", "NO", "\"device\"", "strict")
#define DATA_COLUMN COLUMN("data", "object", "YES", "", "dynamic")
#define AUX_COLUMN COLUMN("aux", "object", "YES", "", "ignored")
#define DATA(name, type) COLUMN("data", type, "YES", "\"" name "\"", "dynamic")
#define STREAM_COLUMNS KEY_COLUMNS "," DATA_COLUMN "," AUX_COLUMN
#define ORDER_COLUMNS                                                                              \
    COLUMN("version", "bigint", "YES", "", "strict")                                               \
    "," COLUMN("sequence", "text", "YES", "", "strict") "," COLUMN("deleted", "boolean", "YES",    \
                                                                   "", "strict")
#define LORRY_COLUMNS STREAM_COLUMNS "," ORDER_COLUMNS
#define LORRY_TABLES TABLE_THERE "," VIEW_THERE "," DEAD_THERE

/* Statements of lorry's layout with that key. */
#define INSERT_HEAD                                                                                \
    "INSERT INTO \"doc\".\"t\" (\"pk\", \"data\", \"aux\", \"version\", \"sequence\", "            \
    "\"deleted\") VALUES (?, ?, ?, ?, ?, ?)"
#define INSERT_STEP INSERT_HEAD " ON CONFLICT DO NOTHING"
#define GUARDED(column)                                                                            \
    "\"" column "\" = CASE WHEN \"version\" > excluded.\"version\" OR (\"version\" = "             \
    "excluded.\"version\" AND \"sequence\" > excluded.\"sequence\") THEN \"" column                \
    "\" ELSE excluded.\"" column "\" END"
#define UPSERT_STEP                                                                                \
    INSERT_HEAD " ON CONFLICT (\"pk\"['device']) DO UPDATE SET " GUARDED("data") ", " GUARDED(     \
        "aux") ", " GUARDED("deleted") ", " GUARDED("version") ", " GUARDED("sequence")

/* Statements about tables. */
#define CREATE_TABLE(key)                                                                          \
    "CREATE TABLE IF NOT EXISTS \"doc\".\"t\" (\"pk\" OBJECT(STRICT) AS (" key "), \"data\" "      \
    "OBJECT(DYNAMIC), \"aux\" OBJECT(IGNORED), \"version\" BIGINT, \"sequence\" TEXT, "            \
    "\"deleted\" BOOLEAN)"
#define CREATE_VIEW                                                                                \
    "CREATE OR REPLACE VIEW \"doc\".\"t_live\" AS SELECT * FROM \"doc\".\"t\" WHERE \"deleted\" "  \
    "IS NULL OR \"deleted\" = false"
#define CREATE_DEAD                                                                                \
    "CREATE TABLE IF NOT EXISTS \"doc\".\"t_dead_letters\" (\"stream\" TEXT, \"shard\" TEXT, "     \
    "\"sequence\" TEXT, \"reason\" TEXT, \"received\" TIMESTAMP WITH TIME ZONE, \"encoding\" "     \
    "TEXT, \"record\" TEXT INDEX OFF STORAGE WITH (columnstore = false), PRIMARY KEY "             \
    "(\"stream\", \"shard\", \"sequence\"))"
#define KEY_DEVICE "\"device\" TEXT PRIMARY KEY"

/* The body of a refusal. */
#define REFUSAL(message, code) "{\"error\":{\"message\":\"" message "\",\"code\":" code "}}"
#define REFRESH "REFRESH TABLE \"doc\".\"t\""

/* "000...0n" as in a row. */
#define ZEROES "00000000000000000000000000000000000000000000000000000000000000"

/* A look that finds lorry's layout (with these columns below `data`, if any), and an opened sink.
 */
void crate_fixture_ready(struct crate_fixture *f, const char *data_columns);
void crate_expect_lorry(struct crate_fixture *f, const char *data_columns);

/* One batch: begin, write the changes (at most 8, up to NULL). Returns the states as letters, one a
 * change: W, S, R, P; with a "!" behind if one of the calls failed. */
const char *crate_apply(struct crate_fixture *f, const struct change *const *changes);
#define APPLY(f, ...) crate_apply(f, (const struct change *const[]){__VA_ARGS__, NULL})

/* A change of the item with that device; attributes as {"name", "plain"}, ... */
#define PUT(f, id, time, ...)                                                                      \
    CHANGE(&(f)->arena, .operation = CHANGE_MODIFY, .version = time, .sequence = time,             \
           .key = {{"device", 'S', id}}, .attributes = {__VA_ARGS__})
#define GONE(f, id, time)                                                                          \
    CHANGE(&(f)->arena, .operation = CHANGE_REMOVE, .version = time, .sequence = time,             \
           .key = {{"device", 'S', id}})

/* A row of lorry's layout, as sent for PUT(). `time` has one digit. */
#define ROW(id, data, aux, time)                                                                   \
    "[{\"device\":\"" id "\"}," data "," aux "," time ",\"" ZEROES "0" time "\",false]"
#define ROW_GONE(id, time)                                                                         \
    "[{\"device\":\"" id "\"},null,null," time ",\"" ZEROES "0" time "\",true]"

/* The message has that in it. */
#define assert_message(err, part)                                                                  \
    do {                                                                                           \
        if (!strstr((err).message, part))                                                          \
            fail_msg("no \"%s\" in: %s", part, (err).message);                                     \
    } while (0)

#endif
