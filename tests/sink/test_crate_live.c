/* The CrateDB sink against a server: LORRY_TEST_CRATEDB_URL=crate://user:password@host:4200/.
 * Skipped without. Compiled with ON_MODEL, the same against the model of a server that the tests
 * bring along. Every test makes tables of its own, and drops them. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/http_event.h"
#include "replay_cases.h"
#include "sink/sink.h"
#include "support/make_change.h"
#include "json/scan.h"
#include "json/writer.h"

#ifdef ON_MODEL
#include "model/http_model.h"
#endif

#define URL_VARIABLE "LORRY_TEST_CRATEDB_URL"
#define SKIPPED 77

struct live {
    struct url url;
    char name[64];
    struct http_client *http;
    struct sink_config config;
    struct sink *sink;
    struct arena arena;
    struct buf answer;
    struct sink_row rows[8];
};

/* ---- tools ---- */

static void reopen(struct live *l)
{
    struct error err = {0};
    sink_close(l->sink);
    l->sink = NULL;
    if (sink_open(&l->config, &l->sink, &err) < 0)
        fail_msg("%s", err.message);
}

#ifdef ON_MODEL
static struct cratedb_model *model;

static const char *server_url(void)
{
    return "crate://model/";
}

static struct http_client *new_client(void)
{
    return http_model_new(model, &(struct http_model_options){.seed = 1});
}
#else
static const char *server_url(void)
{
    return getenv(URL_VARIABLE);
}

static struct http_client *new_client(void)
{
    return http_event_new();
}
#endif

static int setup(void **state)
{
    static unsigned count;
    struct live *l = xcalloc(1, sizeof(*l));
    assert_int_equal(url_parse(view_str(server_url()), &l->url, NULL), 0);
    snprintf(l->name, sizeof(l->name), "lorry_test_%d_%u", (int)getpid(), ++count);
    l->http = new_client();
    l->answer = BUF_INIT((size_t)1 << 24);
    l->config = (struct sink_config){.url = &l->url,
                                     .table = {.table = l->name},
                                     .create_table = true,
                                     .http = l->http,
                                     .clock = &clock_system};
    reopen(l);
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    struct live *l = *state;
    int failed = l->sink->ops->drop(l->sink, true, NULL);
    sink_close(l->sink);
    http_client_free(l->http);
    url_release(&l->url);
    arena_release(&l->arena);
    buf_release(&l->answer);
    free(l);
    return failed;
}

/* Texts are escaped anew: how much servers escape is up to them. */
static void append_cell(struct buf *out, struct view cell)
{
    if (cell.len < 2 || cell.ptr[0] != '"') {
        buf_append_view(out, cell);
        return;
    }
    struct json_writer w;
    cleanup_free char *text = xmalloc(cell.len);
    size_t len = json_unescape(view_of(cell.ptr + 1, cell.len - 2), text);
    json_writer_init(&w, out);
    json_put_string(&w, view_of(text, len));
}

/* The answer to a statement, '%s' being the table: cells separated by '|', rows by a line feed. */
static const char *ask(struct live *l, const char *format)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    struct query_result result;
    struct error err = {0};
    for (const char *p; (p = strstr(format, "%s")); format = p + 2) {
        buf_append(&sql, format, (size_t)(p - format));
        buf_append_str(&sql, l->name);
    }
    buf_append_str(&sql, format);
    if (l->sink->ops->query(l->sink, buf_view(&sql), &result, &err) < 0)
        fail_msg("%s: %s", buf_str(&sql), err.message);
    buf_clear(&l->answer);
    for (size_t i = 0; i < result.row_count * result.column_count; i++) {
        if (i)
            buf_append_char(&l->answer, i % result.column_count ? '|' : '\n');
        append_cell(&l->answer, result.cells[i]);
    }
    query_result_release(&result);
    return buf_str(&l->answer);
}

#define assert_answer(l, sql, expected) assert_string_equal(ask(l, sql), expected)

/* One batch; fails the test on an error. The states as letters. */
static const char *apply(struct live *l, const struct change *const *changes)
{
    static char states[16];
    struct error err = {0};
    size_t count = 0;
    memset(l->rows, 0, sizeof(l->rows));
    for (; changes[count]; count++)
        l->rows[count].change = changes[count];
    if (l->sink->ops->begin(l->sink, changes[0], 0, &err) < 0 ||
        l->sink->ops->write(l->sink, l->rows, count, 0, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++)
        states[i] = "PWSR"[l->rows[i].state];
    states[count] = '\0';
    return states;
}
#define APPLY(l, ...) apply(l, (const struct change *const[]){__VA_ARGS__, NULL})

#define PUT_KEY(l, id, time, order, ...)                                                           \
    CHANGE(&(l)->arena, .operation = CHANGE_MODIFY, .version = time, .sequence = order,            \
           .key = {{"device", 'S', id}}, .attributes = {__VA_ARGS__})
#define PUT(l, id, time, ...) PUT_KEY(l, id, time, time, __VA_ARGS__)
#define GONE(l, id, time)                                                                          \
    CHANGE(&(l)->arena, .operation = CHANGE_REMOVE, .version = time, .sequence = time,             \
           .key = {{"device", 'S', id}})

static char *long_json(size_t len)
{
    char *text = xcalloc(1, len + 3);
    memset(text, 'x', len + 2);
    text[0] = text[len + 1] = '"';
    return text;
}

/* ---- tests ---- */

static void test_values(void **state)
{
    struct live *l = *state;
    cleanup_free char *text = long_json(40000);
    assert_string_equal(
        APPLY(l,
              PUT(l, "a", 1, {"s", "\"gr\\u00f6\\u00dfe \\u0000 \xf0\x9f\x99\x82\""}, {"n", "5.0"},
                  {"b", "true"}, {"m", "{\"k\":{\"l\":1.5}}"}, {"e", "[]"},
                  {"o", "[{\"p\":1.0},{\"q\":\"x\"}]"}, {"t", "[\"u\",null]"}),
              PUT(l, "mixed", 1, {"x", "[1.0,\"a\"]"}), PUT(l, "nested", 1, {"y", "[[1.0]]"}),
              PUT(l, "dot", 1, {"a.b", "1.0"}), PUT(l, "long", 1, {"v", text}),
              PUT(l, "digits", 1, {"w", "1e+27", "\"1000000000000000000000000001\""}),
              PUT(l, "conflict", 1, {"n", "\"text\""}), PUT(l, "null", 1, {"z", "null"})),
        "WWWWWWWW");
    ask(l, "REFRESH TABLE %s");
    assert_answer(l,
                  "SELECT data['s'], data['n'], data['b'], data['m'], data['e'] FROM %s WHERE "
                  "pk['device'] = 'a'",
                  "\"größe \\u0000 🙂\"|5.0|true|{\"k\":{\"l\":1.5}}|[]");
    assert_answer(l, "SELECT data['t'] FROM %s WHERE pk['device'] = 'a'", "[\"u\",null]");
    assert_answer(l, "SELECT data['o'] FROM %s WHERE pk['device'] = 'a'",
                  "[{\"p\":1.0},{\"q\":\"x\"}]");
    assert_answer(l, "SELECT aux FROM %s WHERE pk['device'] = 'a'", "null");
    assert_answer(l, "SELECT data, aux FROM %s WHERE pk['device'] = 'mixed'",
                  "{}|{\"x\":[1.0,\"a\"]}");
    assert_answer(l, "SELECT data, aux FROM %s WHERE pk['device'] = 'nested'",
                  "{}|{\"y\":[[1.0]]}");
    assert_answer(l, "SELECT data, aux FROM %s WHERE pk['device'] = 'dot'", "{}|{\"a.b\":1.0}");
    assert_answer(l, "SELECT data, aux FROM %s WHERE pk['device'] = 'conflict'",
                  "{}|{\"n\":\"text\"}");
    assert_answer(l, "SELECT data, aux FROM %s WHERE pk['device'] = 'null'", "{\"z\":null}|null");
    assert_answer(l, "SELECT aux FROM %s WHERE pk['device'] = 'digits'",
                  "{\"w\":\"1000000000000000000000000001\"}");
    ask(l, "SELECT aux FROM %s WHERE pk['device'] = 'long'");
    assert_int_equal(l->answer.len, 40000 + strlen("{\"v\":\"\"}"));
}

static void test_order(void **state)
{
    struct live *l = *state;
    const char *row = "SELECT data['x'], version, deleted FROM %s WHERE pk['device'] = 'a'";
    APPLY(l, PUT(l, "a", 5, {"x", "5.0"}));
    APPLY(l, PUT(l, "a", 4, {"x", "4.0"}));
    assert_answer(l, row, "5.0|5|false");
    APPLY(l, PUT_KEY(l, "a", 5, 6, {"x", "6.0"}));
    assert_answer(l, row, "6.0|5|false");
    APPLY(l, PUT_KEY(l, "a", 5, 5, {"x", "5.0"}));
    assert_answer(l, row, "6.0|5|false");
    APPLY(l, GONE(l, "a", 7));
    assert_answer(l, "SELECT data, aux, version, deleted FROM %s WHERE pk['device'] = 'a'",
                  "null|null|7|true");
    APPLY(l, PUT(l, "a", 6, {"x", "6.0"}));
    assert_answer(l, "SELECT data, version, deleted FROM %s WHERE pk['device'] = 'a'",
                  "null|7|true");
    APPLY(l, PUT(l, "a", 8, {"y", "8.0"}));
    assert_answer(l, "SELECT data, version, deleted FROM %s WHERE pk['device'] = 'a'",
                  "{\"y\":8.0}|8|false");
    APPLY(l, GONE(l, "b", 1));
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT pk FROM %s_live", "{\"device\":\"a\"}");
}

/* The server loses the objects of rows that are updated in a request that adds a key. */
static void test_new_keys_beside_existing_rows(void **state)
{
    struct live *l = *state;
    APPLY(l, PUT(l, "a", 5, {"x", "1.0"}), PUT(l, "c", 5, {"x", "2.0"}),
          PUT(l, "d", 5, {"x", "3.0"}));
    assert_string_equal(APPLY(l, PUT(l, "b", 6, {"never", "1.0"}), PUT(l, "a", 4, {"old", "1.0"}),
                              PUT(l, "c", 6, {"x", "4.0"}, {"fresh", "{\"z\":1.0}"}),
                              GONE(l, "d", 6)),
                        "WWWW");
    ask(l, "REFRESH TABLE %s");
    assert_answer(l,
                  "SELECT data['x'], data['old'], data['never'], data['fresh'], deleted FROM %s "
                  "ORDER BY pk['device']",
                  "1.0|null|null|null|false\n"
                  "null|null|1.0|null|false\n"
                  "4.0|null|null|{\"z\":1.0}|false\n"
                  "null|null|null|null|true");
}

static void test_declared_types(void **state)
{
    struct live *l = *state;
    APPLY(l, PUT(l, "first", 2, {NULL}));
    ask(l, "ALTER TABLE %s ADD COLUMN data['n'] BIGINT");
    ask(l, "ALTER TABLE %s ADD COLUMN data['d'] NUMERIC(38,10)");
    reopen(l);
    assert_string_equal(APPLY(l, PUT(l, "a", 1, {"n", "5.0"}), PUT(l, "b", 1, {"n", "2.5"}),
                              PUT(l, "c", 1, {"d", "0.1"}),
                              PUT(l, "e", 3, {"n", "1.8446744073709552e+19"})),
                        "WWWW");
    ask(l, "REFRESH TABLE %s");
    assert_answer(
        l, "SELECT data['n'], data['d'], aux FROM %s WHERE version = 1 ORDER BY pk['device']",
        "5|null|null\nnull|null|{\"n\":2.5}\nnull|null|{\"d\":0.1}");
    assert_answer(l, "SELECT data FROM %s WHERE pk['device'] = 'e'", "{}");
}

/* Another writer was faster: what this one does not know yet. */
static void test_stale_types(void **state)
{
    struct live *l = *state;
    struct live other = *l;
    APPLY(l, PUT(l, "first", 1, {NULL}));
    other.sink = NULL;
    reopen(&other);
    APPLY(&other, PUT(l, "a", 1, {"v", "\"text\""}, {"w", "{\"p\":1.0}"}));
    sink_close(other.sink);
    assert_string_equal(APPLY(l, PUT(l, "b", 1, {"v", "{\"q\":true}"}, {"ok", "1.0"}),
                              PUT(l, "c", 1, {"w", "{\"p\":\"x\"}"}),
                              PUT(l, "d", 1, {"w", "{\"p\":2.0}"})),
                        "WWW");
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT data['w'], data['ok'] FROM %s WHERE version = 1 ORDER BY pk['device']",
                  "{\"p\":1.0}|null\nnull|1.0\nnull|null\n{\"p\":2.0}|null\nnull|null");
    assert_answer(l, "SELECT aux FROM %s WHERE pk['device'] = 'c'", "{\"w\":{\"p\":\"x\"}}");
}

static void test_dead_letters(void **state)
{
    struct live *l = *state;
    cleanup_free char *text = long_json(5000000);
    const struct dead_letter letters[] = {
        {VIEW("s"), VIEW("0"), VIEW("1"), VIEW("too long"), view_str(text)},
        {VIEW("s"), VIEW("0"), VIEW("2"), VIEW("bytes"), VIEW("\xff\xfe")},
    };
    struct error err = {0};
    for (int i = 0; i < 2; i++)
        if (l->sink->ops->begin(l->sink, NULL, 0, &err) < 0 ||
            l->sink->ops->keep_dead(l->sink, letters, 2, 0, &err) < 0)
            fail_msg("%s", err.message);
    assert_answer(l, "SELECT reason, encoding FROM %s_dead_letters ORDER BY sequence",
                  "\"too long\"|\"text\"\n\"bytes\"|\"base64\"");
    assert_answer(l, "SELECT record FROM %s_dead_letters WHERE sequence = '2'", "\"//4=\"");
}

static void test_lorrystream(void **state)
{
    struct live *l = *state;
    ask(l, "CREATE TABLE %s (pk OBJECT(STRICT) AS (device TEXT PRIMARY KEY), data OBJECT(DYNAMIC), "
           "aux OBJECT(IGNORED))");
    assert_string_equal(
        APPLY(l, PUT(l, "a", 5, {"x", "5.0"}), PUT(l, "b", 5, {"x", "[1.0,\"m\"]"})), "WW");
    assert_string_equal(APPLY(l, PUT(l, "a", 4, {"x", "4.0"}), GONE(l, "b", 6), GONE(l, "c", 6)),
                        "WWW");
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT pk, data FROM %s", "{\"device\":\"a\"}|{\"x\":4.0}");

    struct error err = {0};
    struct table_info info;
    if (l->sink->ops->upgrade(l->sink, NULL, false, &err) < 0 ||
        l->sink->ops->show(l->sink, &info, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(info.layout, "lorry");
    assert_int_equal(info.rows, 1);
    table_info_release(&info);
    APPLY(l, PUT(l, "a", 7, {"x", "7.0"}), GONE(l, "b", 6));
    APPLY(l, PUT(l, "a", 6, {"x", "6.0"}), PUT(l, "b", 5, {"x", "5.0"}));
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT data, version FROM %s_live", "{\"x\":7.0}|7");
}

/* More rows that are not there than the server explains. */
static void test_removals_of_nothing(void **state)
{
    enum { COUNT = 100 };
    struct live *l = *state;
    struct sink_row rows[COUNT] = {0};
    struct error err = {0};
    char id[COUNT][8];
    ask(l, "CREATE TABLE %s (pk OBJECT(STRICT) AS (device TEXT PRIMARY KEY), data OBJECT(DYNAMIC), "
           "aux OBJECT(IGNORED))");
    APPLY(l, PUT(l, "7", 1, {"x", "1.0"}));
    for (int i = 0; i < COUNT; i++) {
        snprintf(id[i], sizeof(id[i]), "%d", i);
        rows[i].change = GONE(l, id[i], 2);
    }
    if (l->sink->ops->begin(l->sink, rows[0].change, 0, &err) < 0 ||
        l->sink->ops->write(l->sink, rows, COUNT, 0, &err) < 0)
        fail_msg("%s", err.message);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(rows[i].state, ROW_WRITTEN);
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT count(*) FROM %s", "0");
}

static void test_document(void **state)
{
    struct live *l = *state;
    ask(l, "CREATE TABLE %s (data OBJECT(DYNAMIC))");
    APPLY(l, PUT(l, "a", 1, {"x", "1.0"}), PUT(l, "b", 1, {"x", "1.0"}));
    assert_string_equal(
        APPLY(l, PUT(l, "a", 2, {"x", "2.0"}), GONE(l, "b", 2), PUT(l, "c", 2, {"x", "\"text\""})),
        "WWR");
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT data['device'], data['x'] FROM %s", "\"a\"|2.0");
    struct error err = {0};
    const struct key *key = &GONE(l, "a", 3)->key;
    assert_int_equal(l->sink->ops->upgrade(l->sink, key, true, &err), -1);
    APPLY(l, GONE(l, "a", 3));
    if (l->sink->ops->upgrade(l->sink, key, true, &err) < 0)
        fail_msg("%s", err.message);
    APPLY(l, PUT(l, "a", 4, {"x", "4.0"}));
    assert_answer(l, "SELECT data FROM %s WHERE pk['device'] = 'a'", "{\"x\":4.0}");
}

static void test_purge(void **state)
{
    struct live *l = *state;
    struct error err = {0};
    size_t purged = 0;
    APPLY(l, GONE(l, "a", 1), GONE(l, "b", 2), GONE(l, "c", 9), PUT(l, "d", 1, {"x", "1.0"}));
    ask(l, "REFRESH TABLE %s");
    APPLY(l, PUT(l, "b", 3, {"x", "3.0"})); /* not visible to the purge's search */
    if (l->sink->ops->purge(l->sink, 5, 0, &purged, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(purged, 1);
    ask(l, "REFRESH TABLE %s");
    assert_answer(l, "SELECT pk['device'], deleted FROM %s ORDER BY 1",
                  "\"b\"|false\n\"c\"|true\n\"d\"|false");
}

static void test_listed_letters(void **state)
{
    struct live *l = *state;
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&sql, "DELETE FROM %s_dead_letters WHERE sequence = '2'", l->name);
    case_dead_letters(l->sink, buf_str(&sql));
    /* So that there is something to be dropped. */
    APPLY(l, PUT(l, "a", 1));
}

static void test_guard(void **state)
{
    struct live *l = *state;
    case_guard(l->sink, &l->arena);
}

static void test_unguarded(void **state)
{
    struct live *l = *state;
    struct guard_info info;
    struct error err = {0};
    ask(l, "CREATE TABLE %s (pk OBJECT(STRICT) AS (device TEXT PRIMARY KEY), "
           "data OBJECT(DYNAMIC), aux OBJECT(IGNORED))");
    if (l->sink->ops->guard(l->sink, 0, &info, &err) < 0)
        fail_msg("%s", err.message);
    assert_false(info.guarded);
}

static void test_number_keys(void **state)
{
    struct live *l = *state;
    const struct change *big =
        CHANGE(&l->arena, .operation = CHANGE_MODIFY, .version = 1,
               .key = {{"id", 'N', "9007199254740993"}}, .attributes = {{"x", "1.0"}});
    const struct change *fraction =
        CHANGE(&l->arena, .operation = CHANGE_MODIFY, .version = 1, .key = {{"id", 'N', "1.5"}},
               .attributes = {{"x", "1.0"}});
    assert_string_equal(APPLY(l, big, fraction), "WR");
    assert_answer(l, "SELECT data FROM %s WHERE pk['id'] = 9007199254740993", "{\"x\":1.0}");
    assert_answer(l, "SELECT data FROM %s WHERE pk['id'] = 9007199254740992", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values),
        TEST(test_order),
        TEST(test_new_keys_beside_existing_rows),
        TEST(test_declared_types),
        TEST(test_stale_types),
        TEST(test_dead_letters),
        TEST(test_lorrystream),
        TEST(test_removals_of_nothing),
        TEST(test_document),
        TEST(test_purge),
        TEST(test_number_keys),
        TEST(test_listed_letters),
        TEST(test_guard),
        TEST(test_unguarded),
    };
#ifdef ON_MODEL
    static const char *const versions[] = {"5.10.16", "6.0.8", "6.1.0", "6.4.3"};
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        printf("the model of CrateDB %s\n", versions[i]);
        model = cratedb_model_new();
        cratedb_model_set_version(model, versions[i]);
        failed += cmocka_run_group_tests(tests, NULL, NULL);
        cratedb_model_free(model);
    }
    return failed;
#else
    if (!server_url()) {
        printf("skipped: " URL_VARIABLE " names no server\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
