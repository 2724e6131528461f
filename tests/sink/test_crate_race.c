/* Two writers meet a new attribute, on the model of a server: whatever the first has given it, the
 * value of the second stays what it is, or is refused where there is no other place. */
#include "unit.h"

#include <stdio.h>

#include "base/memory.h"
#include "model/http_model.h"
#include "sink/sink.h"
#include "support/make_change.h"

/* ---- a client that lets another writer through ---- */

struct racing_client {
    struct http_client client;
    struct http_client *inner;
    void (*other)(void *user); /* before the next INSERT; NULL: nobody */
    void *user;
};

static void racing_perform(struct http_client *client, struct http_exchange *exchanges,
                           size_t count)
{
    struct racing_client *racing = (struct racing_client *)client;
    for (size_t i = 0; i < count && racing->other; i++)
        if (memmem(exchanges[i].request.body.ptr, exchanges[i].request.body.len, "INSERT", 6)) {
            void (*other)(void *) = racing->other;
            racing->other = NULL;
            other(racing->user);
        }
    http_perform(racing->inner, exchanges, count);
}

static void racing_free(struct http_client *client)
{
    http_client_free(((struct racing_client *)client)->inner);
}

static const struct http_client_ops racing_ops = {racing_perform, racing_free};

/* ---- two writers, one table ---- */

struct race {
    struct cratedb_model *model;
    struct racing_client http[2];
    struct sink *sinks[2];
    struct arena arena;
    const char *first; /* the value of the other writer */
};

static struct url url;

static void race_init(struct race *race, const char *create)
{
    *race = (struct race){.model = cratedb_model_new()};
    for (size_t i = 0; i < 2; i++) {
        race->http[i] = (struct racing_client){
            .client = {&racing_ops},
            .inner = http_model_new(race->model, &(struct http_model_options){.seed = 1})};
        struct sink_config config = {.url = &url,
                                     .table = {.table = (char *)"t"},
                                     .create_table = true,
                                     .http = &race->http[i].client,
                                     .clock = &clock_system};
        assert_int_equal(sink_open(&config, &race->sinks[i], NULL), 0);
    }
    struct query_result result;
    struct error err = {0};
    if (create && race->sinks[0]->ops->query(race->sinks[0], view_str(create), &result, &err) < 0)
        fail_msg("%s", err.message);
    if (create)
        query_result_release(&result);
}

static void race_release(struct race *race)
{
    for (size_t i = 0; i < 2; i++) {
        sink_close(race->sinks[i]);
        http_client_free(&race->http[i].client);
    }
    cratedb_model_free(race->model);
    arena_release(&race->arena);
}

/* `value`: of attribute "v"; NULL: there is none. */
static enum row_state put(struct race *race, size_t writer, const char *id, int64_t version,
                          const char *value)
{
    struct sink *sink = race->sinks[writer];
    struct error err = {0};
    struct sink_row row = {
        .change = value ? CHANGE(&race->arena, .operation = CHANGE_MODIFY, .version = version,
                                 .key = {{"device", 'S', id}}, .attributes = {{"v", value}})
                        : CHANGE(&race->arena, .operation = CHANGE_MODIFY, .version = version,
                                 .key = {{"device", 'S', id}})};
    if (sink->ops->begin(sink, row.change, 0, &err) < 0 ||
        sink->ops->write(sink, &row, 1, 0, &err) < 0)
        fail_msg("%s", err.message);
    return row.state;
}

static void other_writer(void *user)
{
    struct race *race = user;
    assert_int_equal(put(race, 1, "other", 1, race->first), ROW_WRITTEN);
}

/* The rows of a query: cells separated by '|', rows by a line feed. */
static void ask(struct race *race, const char *sql, char *out, size_t size)
{
    struct query_result result;
    struct error err = {0};
    size_t len = 0;
    if (race->sinks[0]->ops->query(race->sinks[0], view_str(sql), &result, &err) < 0)
        fail_msg("%s: %s", sql, err.message);
    out[0] = '\0';
    for (size_t i = 0; i < result.row_count * result.column_count; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%.*s",
                                i == 0                    ? ""
                                : i % result.column_count ? "|"
                                                          : "\n",
                                VIEW_ARG(result.cells[i]));
    query_result_release(&result);
}

/* ---- the values ---- */

static const char *const values[] = {"\"text\"",
                                     "\"true\"",
                                     "1.0",
                                     "1.5",
                                     "true",
                                     "null",
                                     "{}",
                                     "{\"q\":true}",
                                     "{\"q\":\"x\"}",
                                     "{\"q\":null}",
                                     "{\"q\":[]}",
                                     "{\"q\":[1.0]}",
                                     "{\"q\":{\"r\":1.0}}",
                                     "[]",
                                     "[null]",
                                     "[1.0]",
                                     "[\"a\"]",
                                     "[true,null]",
                                     "[{}]",
                                     "[{\"p\":1.0},{\"p\":2.0}]",
                                     "[{\"p\":\"x\"}]",
                                     "[{\"p\":[]}]",
                                     "[[1.0]]",
                                     "[1.0,\"a\"]"};

/* `v` stands in `data` as it was sent, or in `aux`. */
static void check_keyed(struct race *race, const char *sql, const char *second)
{
    char row[512], data[256], aux[256];
    ask(race, sql, row, sizeof(row));
    snprintf(data, sizeof(data), "{\"v\":%s}|null", second);
    snprintf(aux, sizeof(aux), "{}|{\"v\":%s}", second);
    if (strcmp(row, data) != 0 && strcmp(row, aux) != 0)
        fail_msg("%s came first, then %s: the row is %s", race->first, second, row);
}

static void race_keyed(const char *create, const char *first, const char *second, bool exists)
{
    struct race race;
    race_init(&race, create);
    race.first = first;
    put(&race, 0, exists ? "a" : "b", 1, NULL); /* the layout is known */
    race.http[0].other = other_writer;
    race.http[0].user = &race;
    assert_int_equal(put(&race, 0, "a", 2, second), ROW_WRITTEN);
    assert_null(race.http[0].other);
    check_keyed(&race, "SELECT data, aux FROM t WHERE pk['device'] = 'a'", second);
    check_keyed(&race, "SELECT data, aux FROM t WHERE pk['device'] = 'other'", first);
    race_release(&race);
}

static void test_lorry(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        for (size_t k = 0; k < ARRAY_LEN(values); k++) {
            race_keyed(NULL, values[i], values[k], false);
            race_keyed(NULL, values[i], values[k], true);
        }
}

static void test_lorrystream(void **state)
{
    const char *create = "CREATE TABLE t (pk OBJECT(STRICT) AS (device TEXT PRIMARY KEY), data "
                         "OBJECT(DYNAMIC), aux OBJECT(IGNORED))";
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        for (size_t k = 0; k < ARRAY_LEN(values); k++) {
            race_keyed(create, values[i], values[k], false);
            race_keyed(create, values[i], values[k], true);
        }
}

/* No other place than `data`: one row with the very value, or none and a refusal. */
static void race_document(const char *first, const char *second)
{
    struct race race;
    char rows[512], expected[512], first_row[256], second_row[256];
    race_init(&race, "CREATE TABLE t (data OBJECT(DYNAMIC))");
    race.first = first;
    put(&race, 0, "a", 1, NULL);
    race.http[0].other = other_writer;
    race.http[0].user = &race;
    enum row_state state = put(&race, 0, "a", 2, second);
    assert_true(state == ROW_WRITTEN || state == ROW_REFUSED);
    cratedb_model_refresh(race.model);
    ask(&race, "SELECT data FROM t ORDER BY data['device']", rows, sizeof(rows));
    snprintf(first_row, sizeof(first_row), "{\"device\":\"other\",\"v\":%s}", first);
    snprintf(second_row, sizeof(second_row), "{\"device\":\"a\",\"v\":%s}\n", second);
    snprintf(expected, sizeof(expected), "%s%s", state == ROW_WRITTEN ? second_row : "", first_row);
    if (strcmp(rows, expected) != 0)
        fail_msg("%s came first, then %s: the rows are %s", first, second, rows);
    race_release(&race);
}

static void test_document(void **state)
{
    size_t fitting = ARRAY_LEN(values) - 2; /* lists of lists, mixed ones: always refused */
    (void)state;
    for (size_t i = 0; i < fitting; i++)
        for (size_t k = 0; k < fitting; k++)
            race_document(values[i], values[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lorry),
        cmocka_unit_test(test_lorrystream),
        cmocka_unit_test(test_document),
    };
    if (url_parse(VIEW("crate://model/"), &url, NULL) < 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    url_release(&url);
    return failed;
}
