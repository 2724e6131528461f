#include "crate_fixture.h"

#include <stdio.h>

#include "base/memory.h"

#define REFUSED_4000 "refused by the sink (4000): a value does not fit the type of its column"

/* ---- two steps ---- */

static void test_new_rows_take_one_step(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"x\":1.0,\"s\":\"t\"}", "null",
                          "1") "," ROW_GONE("b", "2") "," ROW("c", "{}", "null", "3"),
                      "1 1 1");
    crate_expect_lorry(f, DATA("x", "double precision") "," DATA("s", "text"));
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"x", "1.0"}, {"s", "\"t\""}), GONE(f, "b", 2),
                              PUT(f, "c", 3, {NULL})),
                        "WWW");
}

static void test_existing_rows_alone_take_the_second_step(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"x\":1.0}", "null", "1") "," ROW("b", "{\"y\":1.0}", "null",
                                                                   "2") "," ROW_GONE("c", "3"),
                      "0 1 0");
    crate_expect_rows(f, UPSERT_STEP, ROW("a", "{\"x\":1.0}", "null", "1") "," ROW_GONE("c", "3"),
                      "1 1");
    crate_expect_lorry(f, DATA("x", "double precision") "," DATA("y", "double precision"));
    assert_string_equal(
        APPLY(f, PUT(f, "a", 1, {"x", "1.0"}), PUT(f, "b", 2, {"y", "1.0"}), GONE(f, "c", 3)),
        "WWW");
}

static void test_nothing_to_write(void **state)
{
    struct crate_fixture *f = *state;
    struct error err = {0};
    crate_fixture_ready(f, NULL);
    const struct change *change = GONE(f, "a", 1);
    struct sink_row row = {.change = change, .state = ROW_WRITTEN};
    assert_int_equal(f->sink->ops->begin(f->sink, change, 0, &err), 0);
    assert_int_equal(f->sink->ops->write(f->sink, &row, 1, 0, &err), 0);
    assert_int_equal(f->sink->ops->write(f->sink, NULL, 0, 0, &err), 0);
}

/* ---- what goes to `aux` ---- */

static void test_known_conflicts_go_to_aux(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, DATA("n", "bigint") "," DATA("t", "text"));
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"n\":2.0,\"ok\":true}", "{\"t\":1.0}",
                          "1") "," ROW("b", "{}", "{\"n\":2.5}", "2"),
                      "1 1");
    crate_expect_lorry(f, DATA("n", "bigint") "," DATA("t", "text") "," DATA("ok", "boolean"));
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"n", "2.0"}, {"t", "1.0"}, {"ok", "true"}),
                              PUT(f, "b", 2, {"n", "2.5"})),
                        "WW");
}

static void test_conflicts_within_a_batch(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"v\":1.0}", "null", "1") "," ROW("b", "{}", "{\"v\":\"x\"}", "2"),
                      "1 1");
    crate_expect_lorry(f, DATA("v", "double precision"));
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"}), PUT(f, "b", 2, {"v", "\"x\""})),
                        "WW");
}

static void test_exact_digits(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, DATA("t", "text"));
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"n\":9007199254740992.0}",
                          "{\"n\":\"9007199254740993\",\"t\":[1.0,\"9007199254740993\"]}", "1"),
                      "1");
    crate_expect_lorry(f, DATA("n", "double precision") "," DATA("t", "text"));
    assert_string_equal(
        APPLY(f, PUT(f, "a", 1, {"n", "9007199254740992.0", "\"9007199254740993\""},
                     {"t", "[1.0,9007199254740992.0]", "[null,\"9007199254740993\"]"})),
        "W");
}

/* ---- refused rows ---- */

static void expect_ladder(struct crate_fixture *f, const char *last)
{
    const char *whole = ROW("a", "{\"new\":1.0,\"old\":2.0}", "null", "1");
    crate_fixture_ready(f, DATA("old", "double precision"));
    crate_expect_rows(f, INSERT_STEP, whole, "-2:4000");
    crate_expect_lorry(f, DATA("old", "double precision"));
    crate_expect_rows(f, INSERT_STEP, whole, "-2:4008");
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{\"old\":2.0}", "{\"new\":1.0}", "1"), "-2:5000");
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "{\"new\":1.0,\"old\":2.0}", "1"), last);
}

static void test_ladder(void **state)
{
    struct crate_fixture *f = *state;
    expect_ladder(f, "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"new", "1.0"}, {"old", "2.0"})), "W");
}

static void test_top_of_the_ladder(void **state)
{
    struct crate_fixture *f = *state;
    expect_ladder(f, "-2:4000");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"new", "1.0"}, {"old", "2.0"})), "R");
    assert_string_equal(f->rows[0].reason, REFUSED_4000);
}

static void test_refreshed_types_mend_a_conflict(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"v\":1.0}", "null", "1") "," ROW("b", "{\"w\":1.0}", "null", "2"),
                      "-2:4000 1");
    crate_expect_lorry(f, DATA("v", "text"));
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "{\"v\":1.0}", "1"), "0");
    crate_expect_rows(f, UPSERT_STEP, ROW("a", "{}", "{\"v\":1.0}", "1"), "1");
    crate_expect_lorry(f, DATA("v", "text") "," DATA("w", "double precision"));
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"}), PUT(f, "b", 2, {"w", "1.0"})), "WW");
}

/* The server leaves out the causes beyond the tenth of a shard. */
static void test_refusal_without_a_cause(void **state)
{
    struct crate_fixture *f = *state;
    const char *row = ROW("a", "{}", "null", "1");
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, row, "-2");
    crate_expect_lorry(f, NULL);
    for (int i = 0; i < 3; i++)
        crate_expect_rows(f, INSERT_STEP, row, "-2");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL})), "P!");
    assert_message(f->err, "without a cause");
    assert_false(f->err.retry);
}

/* Before 5.10.0 it names the cause of a single row only, and refuses the call. */
static void test_cause_of_a_row_alone(void **state)
{
    struct crate_fixture *f = *state;
    const char *rows = ROW("a", "{}", "null", "1") "," ROW("b", "{}", "null", "2");
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, rows, "-2 -2");
    crate_expect_lorry(f, NULL);
    for (int i = 0; i < 3; i++)
        crate_expect_rows(f, INSERT_STEP, rows, "-2 -2");
    crate_expect_refusal(f, INSERT_STEP, ROW("a", "{}", "null", "1"), 400, 4000);
    crate_expect_rows(f, INSERT_STEP, ROW("b", "{}", "null", "2"), "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL}), PUT(f, "b", 2, {NULL})), "RW");
    assert_string_equal(f->rows[0].reason,
                        "refused by the sink (4000): a value does not fit the type of its column");
}

static void test_refused_in_the_second_step(void **state)
{
    struct crate_fixture *f = *state;
    const char *row = ROW("a", "{\"v\":1.0}", "null", "1");
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, row, "0");
    crate_expect_refusal(f, UPSERT_STEP, row, 400, 4000);
    crate_expect_lorry(f, DATA("v", "boolean"));
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "{\"v\":1.0}", "1"), "0");
    crate_expect_rows(f, UPSERT_STEP, ROW("a", "{}", "{\"v\":1.0}", "1"), "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "W");
}

static void test_other_row_codes_fail_the_batch(void **state)
{
    static const struct {
        const char *results;
        bool retry;
    } cases[] = {
        {"1 -2:4091", false}, {"1 -2:4092", true}, {"1 -2:4007", false}, {"1 -2:4040", true},
        {"1 -2:4041", true},  {"1 -2:5002", true}, {"1 7", false},       {"1 -1", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct crate_fixture *f;
        assert_int_equal(crate_fixture_setup((void **)&f), 0);
        crate_fixture_ready(f, NULL);
        crate_expect_rows(f, INSERT_STEP,
                          ROW("a", "{}", "null", "1") "," ROW("b", "{}", "null", "2"),
                          cases[i].results);
        assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL}), PUT(f, "b", 2, {NULL})), "WP!");
        assert_int_equal(f->err.domain, ERROR_SINK);
        assert_int_equal(f->err.retry, cases[i].retry);
        assert_int_equal(crate_fixture_teardown((void **)&f), 0);
    }
    (void)state;
}

/* An upsert that changes nothing says 1, too: 0 is a row refused without a word. */
static void test_row_count_zero_in_the_second_step(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "null", "1"), "0");
    crate_expect_rows(f, UPSERT_STEP, ROW("a", "{}", "null", "1"), "0");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL})), "P!");
}

static void test_wrong_number_of_results(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "null", "1"), "1 1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL})), "P!");
    assert_message(f->err, "told about 2 rows, but 1 had been sent");
}

/* ---- calls refused whole ---- */

#define A ROW("a", "{\"v\":1.0}", "null", "1")
#define B ROW("b", "{\"w\":1.0}", "null", "2")
#define C ROW("c", "{\"v\":2.0}", "null", "3")
#define THREE                                                                                      \
    PUT(f, "a", 1, {"v", "1.0"}), PUT(f, "b", 2, {"w", "1.0"}), PUT(f, "c", 3, {"v", "2.0"})

static void test_whole_call_planned_again(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_refusal(f, INSERT_STEP, A "," B "," C, 400, 4000);
    crate_expect_lorry(f, DATA("v", "text"));
    crate_expect_rows(
        f, INSERT_STEP,
        ROW("a", "{}", "{\"v\":1.0}", "1") "," B "," ROW("c", "{}", "{\"v\":2.0}", "3"), "1 1 1");
    crate_expect_lorry(f, DATA("v", "text") "," DATA("w", "double precision"));
    assert_string_equal(APPLY(f, THREE), "WWW");
}

static void test_whole_call_halved(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_refusal(f, INSERT_STEP, A "," B "," C, 400, 4000);
    crate_expect_lorry(f, NULL);
    crate_expect_refusal(f, INSERT_STEP, A "," B "," C, 400, 4000);
    crate_expect_rows(f, INSERT_STEP, A, "1");
    crate_expect_refusal(f, INSERT_STEP, B "," C, 400, 4008);
    crate_expect_refusal(f, INSERT_STEP, B, 400, 4000);
    crate_expect_rows(f, INSERT_STEP, C, "1");
    crate_expect_refusal(f, INSERT_STEP, ROW("b", "{}", "{\"w\":1.0}", "2"), 400, 4000);
    crate_expect_refusal(f, INSERT_STEP, ROW("b", "{}", "{\"w\":1.0}", "2"), 400, 4000);
    crate_expect_lorry(f, DATA("v", "double precision"));
    assert_string_equal(APPLY(f, THREE), "WRW");
    assert_string_equal(f->rows[1].reason, REFUSED_4000);
}

/* The echo of the request stays out of the reason. */
static void test_unparseable_row(void **state)
{
    struct crate_fixture *f = *state;
    const char *echo = "{\"error\":{\"message\":\"SQLParseException[Can't parse [{\\\"stmt\\\":"
                       "\\\"secret\\\"}]. Expecting payload\",\"code\":4000}}";
    crate_fixture_ready(f, NULL);
    const char *body =
        "{\"stmt\":\"" /* as INSERT_STEP, escaped */
        "INSERT INTO \\\"doc\\\".\\\"t\\\" (\\\"pk\\\", \\\"data\\\", \\\"aux\\\", "
        "\\\"version\\\", \\\"sequence\\\", \\\"deleted\\\") VALUES (?, ?, ?, ?, ?, "
        "?) ON CONFLICT DO NOTHING\",\"bulk_args\":[" ROW("a", "{}", "null", "1") "]}";
    crate_expect(f, body, 400, echo);
    crate_expect_lorry(f, NULL);
    for (int i = 0; i < 3; i++)
        crate_expect(f, body, 400, echo);
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {NULL})), "R");
    assert_null(strstr(f->rows[0].reason, "secret"));
    assert_non_null(strstr(f->rows[0].reason, "cannot be parsed"));
}

static void test_too_large(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_refusal(f, INSERT_STEP, A "," B "," C, 413, 0);
    crate_expect_rows(f, INSERT_STEP, A, "1");
    crate_expect_rows(f, INSERT_STEP, B "," C, "1 1");
    crate_expect_lorry(f, DATA("v", "double precision") "," DATA("w", "double precision"));
    assert_string_equal(APPLY(f, THREE), "WWW");
}

static void test_single_row_too_large(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_refusal(f, INSERT_STEP, A, 413, 0);
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "P!");
    assert_message(f->err, "413");
}

/* ---- failures ---- */

static void test_failures_never_refuse_rows(void **state)
{
    static const struct {
        int status, code;
        bool retry;
    } cases[] = {
        {401, 4011, false}, {404, 4041, true},  {404, 4043, true}, {404, 4045, true},
        {400, 4007, false}, {500, 5000, true},  {503, 5030, true}, {400, 4004, false},
        {409, 4091, false}, {400, 6666, false}, {500, 4000, true}, {429, 4290, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct crate_fixture *f;
        assert_int_equal(crate_fixture_setup((void **)&f), 0);
        crate_fixture_ready(f, NULL);
        crate_expect_refusal(f, INSERT_STEP, A, cases[i].status, cases[i].code);
        assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "P!");
        assert_int_equal(f->err.code, cases[i].code);
        assert_int_equal(f->err.retry, cases[i].retry);
        assert_null(strstr(f->err.message, "secret"));
        assert_int_equal(crate_fixture_teardown((void **)&f), 0);
    }
    (void)state;
}

static void test_a_dropped_table_is_made_again(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_refusal(f, INSERT_STEP, A, 404, 4041);
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "P!");
    crate_expect_look(f, VIEW_THERE "," DEAD_THERE, "", "");
    crate_expect_statement(
        f, "CREATE TABLE IF NOT EXISTS \"doc\".\"t\" (\"pk\" OBJECT(STRICT) AS (\"device\" TEXT "
           "PRIMARY KEY), \"data\" OBJECT(DYNAMIC), \"aux\" OBJECT(IGNORED), \"version\" BIGINT, "
           "\"sequence\" TEXT, \"deleted\" BOOLEAN)");
    crate_expect_lorry(f, NULL);
    crate_expect_rows(f, INSERT_STEP, A, "1");
    crate_expect_lorry(f, DATA("v", "double precision"));
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "W");
}

static void test_no_answer(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect(f, NULL, 0, "connection refused");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "P!");
    assert_int_equal(f->err.domain, ERROR_NET);
    assert_true(f->err.retry);

    static const char *const strange[] = {"",
                                          "<html>",
                                          "[]",
                                          "{\"results\":{}}",
                                          "{\"results\":[{\"rowcount\":1}",
                                          "{\"results\":[{}]}"};
    for (size_t i = 0; i < ARRAY_LEN(strange); i++) {
        crate_expect(f, NULL, 200, strange[i]);
        assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"})), "P!");
        assert_message(f->err, "not one of CrateDB");
        assert_false(f->err.retry);
    }
}

/* What was written before the failure stays so. */
static void test_partial_success(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, DATA("v", "double precision") "," DATA("w", "double precision"));
    crate_expect_rows(f, INSERT_STEP, A "," B, "0 1");
    crate_expect(f, NULL, 0, "reset by peer");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"v", "1.0"}), PUT(f, "b", 2, {"w", "1.0"})),
                        "PW!");
}

/* ---- chunks ---- */

struct counted {
    size_t calls, rows, largest;
    int too_large; /* that many calls are answered with 413 */
};

static size_t rows_in(struct view body)
{
    size_t rows = 0;
    for (const char *p = body.ptr, *end = p + body.len;
         (p = memmem(p, (size_t)(end - p), "[{\"device", 9)); p++)
        rows++;
    return rows;
}

/* Answers 1 to every row; looks are answered as a table of lorry's that knows both attributes. */
static int count_handler(void *user, const struct http_request *request,
                         struct http_response *response, struct error *err)
{
    struct counted *counted = user;
    (void)err;
    if (memmem(request->body.ptr, request->body.len, "schema.tables", 13))
        return http_script_answer(response, 200,
                                  "{\"cols\":[\"a\",\"b\",\"c\"],\"rows\":[" LORRY_TABLES "]}");
    if (memmem(request->body.ptr, request->body.len, "schema.columns", 14))
        return http_script_answer(response, 200,
                                  "{\"cols\":[1,2,3,4,5,6],\"rows\":[" LORRY_COLUMNS
                                  "," DATA("x", "double precision") "," DATA("s", "text") "]}");
    if (memmem(request->body.ptr, request->body.len, "schema.key", 10))
        return http_script_answer(response, 200, "{\"cols\":[\"a\"],\"rows\":[[\"pk\"]]}");
    if (counted->too_large && counted->too_large--)
        return http_script_answer(response, 413, "");
    size_t rows = rows_in(request->body);
    counted->calls++;
    counted->rows += rows;
    if (request->body.len > counted->largest)
        counted->largest = request->body.len;
    cleanup_buf struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < rows; i++)
        buf_printf(&answer, "%s{\"rowcount\":1}", i ? "," : "{\"results\":[");
    buf_append_str(&answer, "]}");
    return http_script_answer(response, 200, buf_str(&answer));
}

static void write_many(struct crate_fixture *f, struct counted *counted, size_t count,
                       const char *text)
{
    struct http_client *http = http_script_new(count_handler, counted);
    struct sink_row *rows = xcalloc(count, sizeof(*rows));
    struct error err = {0};
    f->config.http = http;
    for (size_t i = 0; i < count; i++) {
        char id[24];
        snprintf(id, sizeof(id), "%zu", i);
        rows[i].change = PUT(f, id, 1, {text[0] == '"' ? "s" : "x", text});
    }
    crate_fixture_open(f);
    assert_int_equal(f->sink->ops->begin(f->sink, rows[0].change, 0, &err), 0);
    if (f->sink->ops->write(f->sink, rows, count, 0, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows[i].state, ROW_WRITTEN);
    assert_int_equal(counted->rows, count);
    free(rows);
    sink_close(f->sink);
    f->sink = NULL;
    http_client_free(http);
}

static void test_chunks_by_rows(void **state)
{
    struct counted few = {0}, many = {0};
    write_many(*state, &few, 2500, "1.0");
    assert_int_equal(few.calls, 3);
    write_many(*state, &many, 11000, "1.0");
    assert_int_equal(many.calls, 5);
}

static void test_chunks_by_bytes(void **state)
{
    struct counted counted = {0};
    char *text = xcalloc(1, 30003);
    memset(text, 'x', 30002);
    text[0] = text[30001] = '"';
    write_many(*state, &counted, 400, text);
    free(text);
    assert_true(counted.calls >= 3);
    assert_true(counted.largest < ((size_t)4 << 20) + 40000);
}

static void test_chunks_shrink_after_413(void **state)
{
    struct counted counted = {.too_large = 3};
    char *text = xcalloc(1, 30003);
    memset(text, 'x', 30002);
    text[0] = text[30001] = '"';
    write_many(*state, &counted, 400, text);
    free(text);
    assert_true(counted.largest <= ((size_t)2 << 20) + 60000);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, crate_fixture_setup, crate_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_rows_take_one_step),
        TEST(test_existing_rows_alone_take_the_second_step),
        TEST(test_nothing_to_write),
        TEST(test_known_conflicts_go_to_aux),
        TEST(test_conflicts_within_a_batch),
        TEST(test_exact_digits),
        TEST(test_ladder),
        TEST(test_top_of_the_ladder),
        TEST(test_refreshed_types_mend_a_conflict),
        TEST(test_refusal_without_a_cause),
        TEST(test_cause_of_a_row_alone),
        TEST(test_refused_in_the_second_step),
        TEST(test_other_row_codes_fail_the_batch),
        TEST(test_row_count_zero_in_the_second_step),
        TEST(test_wrong_number_of_results),
        TEST(test_whole_call_planned_again),
        TEST(test_whole_call_halved),
        TEST(test_unparseable_row),
        TEST(test_too_large),
        TEST(test_single_row_too_large),
        TEST(test_failures_never_refuse_rows),
        TEST(test_a_dropped_table_is_made_again),
        TEST(test_no_answer),
        TEST(test_partial_success),
        TEST(test_chunks_by_rows),
        TEST(test_chunks_by_bytes),
        TEST(test_chunks_shrink_after_413),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
