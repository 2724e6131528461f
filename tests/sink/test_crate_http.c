#include "crate_fixture.h"

#include "base/memory.h"
#include "sink/crate_error.h"
#include "json/reader.h"

/* ---- the URL ---- */

/* What a request shows of the settings. */
struct seen {
    char url[128], schema[64], authorization[128];
    size_t requests;
    int64_t deadline_ms;
    const char *wanted; /* Authorization that is let in; NULL: any */
};

static void copy(char *to, size_t size, struct view from)
{
    assert_true(from.len < size);
    memcpy(to, from.ptr, from.len);
    to[from.len] = '\0';
}

static int see(void *user, const struct http_request *request, struct http_response *response,
               struct error *err)
{
    struct seen *seen = user;
    (void)err;
    seen->requests++;
    seen->deadline_ms = request->deadline_ms;
    copy(seen->url, sizeof(seen->url), request->url);
    copy(seen->schema, sizeof(seen->schema), http_script_request_header(request, "Default-Schema"));
    copy(seen->authorization, sizeof(seen->authorization),
         http_script_request_header(request, "Authorization"));
    assert_true(
        view_equal(http_script_request_header(request, "Content-Type"), VIEW("application/json")));
    if (seen->wanted && strcmp(seen->authorization, seen->wanted) != 0)
        return http_script_answer(response, 401,
                                  "password authentication failed for user \"lorry\"\n");
    return http_script_answer(response, 200, "{\"cols\":[\"1\"],\"rows\":[[1]],\"rowcount\":1}");
}

static void use_url(struct crate_fixture *f, const char *text, struct seen *seen)
{
    sink_close(f->sink);
    f->sink = NULL;
    url_release(&f->url);
    assert_int_equal(url_parse(view_str(text), &f->url, NULL), 0);
    if (seen) {
        http_client_free(f->http);
        f->http = f->config.http = http_script_new(see, seen);
        crate_fixture_open(f);
    }
}

static int query(struct crate_fixture *f, struct error *err)
{
    struct query_result result;
    if (f->sink->ops->query(f->sink, VIEW("SELECT 1"), &result, err) < 0)
        return -1;
    assert_int_equal(result.row_count, 1);
    query_result_release(&result);
    return 0;
}

static void test_urls(void **state)
{
    static const struct {
        const char *url, *request, *schema, *authorization;
    } cases[] = {
        {"crate://localhost", "http://localhost:4200/_sql", "", ""},
        {"crate://localhost:4201/", "http://localhost:4201/_sql", "", ""},
        {"crate://h/?ssl=true", "https://h:4200/_sql", "", ""},
        {"crate://h/?ssl=false", "http://h:4200/_sql", "", ""},
        {"crate://h/sales?ssl=1", "https://h:4200/_sql", "sales", ""},
        {"crate://h/sales/?schema=sales", "http://h:4200/_sql", "sales", ""},
        {"crate://h?schema=my%20schema", "http://h:4200/_sql", "my schema", ""},
        {"crate://h?ssl=True&verify_ssl=true", "https://h:4200/_sql", "", ""},
        {"crate://[::1]:4200/", "http://[::1]:4200/_sql", "", ""},
        {"crate://lorry:secret@h/", "http://h:4200/_sql", "", "Basic bG9ycnk6c2VjcmV0"},
        {"crate://lorry@h/", "http://h:4200/_sql", "", "Basic bG9ycnk6"},
        {"crate://:pw@h/", "http://h:4200/_sql", "", "Basic Y3JhdGU6cHc="},
    };
    struct crate_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen seen = {0};
        use_url(f, cases[i].url, &seen);
        assert_int_equal(query(f, NULL), 0);
        assert_string_equal(seen.url, cases[i].request);
        assert_string_equal(seen.schema, cases[i].schema);
        assert_string_equal(seen.authorization, cases[i].authorization);
    }
}

static void test_bad_urls(void **state)
{
    static const struct {
        const char *url, *message;
    } cases[] = {
        {"crate:///t", "names a host"},
        {"crate://h/a?schema=b", "two schemas, \"a\" and \"b\""},
        {"crate://h/a/b", "\"/a/b\" is no schema"},
        {"crate://h?schema=", "empty \"schema=\""},
        {"crate://h?ssl=maybe", "\"ssl=maybe\" is neither"},
        {"crate://h?verify_ssl=false", "get the password"},
        {"crate://h?timeout=5", "no parameter \"timeout\""},
        {"crate://h?ssl=true&sslmode=x", "no parameter \"sslmode\""},
    };
    struct crate_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        use_url(f, cases[i].url, NULL);
        assert_int_equal(sink_open(&f->config, &f->sink, &err), -1);
        assert_int_equal(err.domain, ERROR_SETTING);
        assert_message(err, cases[i].message);
    }
    f->sink = NULL;
}

/* ---- the password ---- */

struct passwords {
    struct password_source source;
    const char *first, *newer;
    size_t asked, refused;
};

static const char *get_password(struct password_source *source, bool refused, struct error *err)
{
    struct passwords *passwords = (struct passwords *)source;
    passwords->asked++;
    passwords->refused += refused;
    const char *password = refused ? passwords->newer : passwords->first;
    if (!password)
        error_set(err, ERROR_AWS, 400, "no secret");
    return password;
}

static void use_passwords(struct crate_fixture *f, struct passwords *passwords, struct seen *seen)
{
    passwords->source = (struct password_source){.get = get_password, .origin = "the test"};
    f->config.password = &passwords->source;
    seen->wanted = "Basic bG9ycnk6c2VjcmV0";
    use_url(f, "crate://lorry:ignored@h", seen);
}

static void test_password_is_asked_for_once(void **state)
{
    struct crate_fixture *f = *state;
    struct passwords passwords = {.first = "secret"};
    struct seen seen = {0};
    use_passwords(f, &passwords, &seen);
    assert_int_equal(passwords.asked, 0);
    assert_int_equal(query(f, NULL), 0);
    assert_int_equal(query(f, NULL), 0);
    assert_int_equal(passwords.asked, 1);
    assert_int_equal(seen.requests, 2);
}

static void test_password_is_renewed(void **state)
{
    struct crate_fixture *f = *state;
    struct passwords passwords = {.first = "old", .newer = "secret"};
    struct seen seen = {0};
    use_passwords(f, &passwords, &seen);
    assert_int_equal(query(f, NULL), 0);
    assert_int_equal(passwords.refused, 1);
    assert_int_equal(seen.requests, 2);
    assert_int_equal(query(f, NULL), 0);
    assert_int_equal(seen.requests, 3);
}

static void test_wrong_password(void **state)
{
    struct crate_fixture *f = *state;
    struct passwords passwords = {.first = "old", .newer = "older"};
    struct seen seen = {0};
    struct error err = {0};
    use_passwords(f, &passwords, &seen);
    assert_int_equal(query(f, &err), -1);
    assert_int_equal(seen.requests, 2);
    assert_int_equal(err.domain, ERROR_HTTP);
    assert_int_equal(err.code, 401);
    assert_false(err.retry);
    assert_message(err,
                   "h:4200 does not accept user \"lorry\" with the password from the test (401)");
    assert_null(strstr(err.message, "old"));
    passwords.newer = NULL;
    assert_int_equal(query(f, &err), -1);
    assert_message(err, "no secret");
    passwords.newer = "secret";
    assert_int_equal(query(f, &err), 0);
}

static void test_no_password_to_be_had(void **state)
{
    struct crate_fixture *f = *state;
    struct passwords passwords = {0};
    struct seen seen = {0};
    struct error err = {0};
    use_passwords(f, &passwords, &seen);
    assert_int_equal(query(f, &err), -1);
    assert_message(err, "no secret");
    assert_int_equal(seen.requests, 0);
    passwords.first = "secret";
    assert_int_equal(query(f, &err), 0);
}

static void test_wrong_password_of_the_url(void **state)
{
    struct crate_fixture *f = *state;
    struct seen seen = {.wanted = "Basic xyz"};
    struct error err = {0};
    use_url(f, "crate://lorry:wrong@h", &seen);
    assert_int_equal(query(f, &err), -1);
    assert_int_equal(seen.requests, 1);
    assert_int_equal(err.code, 401);
    assert_null(strstr(err.message, "wrong"));
}

/* ---- patience ---- */

static void test_patience(void **state)
{
    static const struct {
        int64_t patience_ms, deadline_ms;
    } cases[] = {{0, 7000 + 5 * 60 * 1000}, {1000, 8000}, {-1, 0}};
    struct crate_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen seen = {.deadline_ms = 1};
        f->steady_ms = 7000;
        f->config.patience_ms = cases[i].patience_ms;
        use_url(f, "crate://h", &seen);
        assert_int_equal(query(f, NULL), 0);
        assert_int_equal(seen.deadline_ms, cases[i].deadline_ms);
    }
}

/* ---- statuses ---- */

static void test_statuses(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum error_domain domain;
        int code;
        bool retry;
        const char *message;
    } cases[] = {
        {500, "Input is not in the GZIP format", ERROR_HTTP, 500, true, "HTTP status 500"},
        {502, "<html>", ERROR_HTTP, 502, true, "502"},
        {429, "", ERROR_HTTP, 429, true, "429"},
        {408, "", ERROR_HTTP, 408, true, "408"},
        {403, "", ERROR_HTTP, 403, false, "403"},
        {301, "", ERROR_HTTP, 301, false, "301"},
        {413, "", ERROR_HTTP, 413, false, "too large"},
        {400, "{\"error\":{}}", ERROR_HTTP, 400, false, "400"},
        {400, "{\"error\":{\"message\":\"SQLParseException[oops]\",\"code\":4000}}", ERROR_SINK,
         4000, false, "h:4200: SQLParseException[oops] (4000)"},
        {404,
         "{\"error\":{\"code\":4041,\"message\":\"RelationUnknown[Relation 'nope' "
         "unknown]\"},\"error_trace\":\"x\"}",
         ERROR_SINK, 4041, true, "Relation 'nope' unknown"},
        {401,
         "{\"error\":{\"message\":\"MissingPrivilegeException[Missing 'DML' privilege for user "
         "'reader']\",\"code\":4011}}",
         ERROR_SINK, 4011, false, "Missing 'DML' privilege"},
        {503, "{\"error\":{\"message\":\"x\",\"code\":5030}}", ERROR_SINK, 5030, true, "5030"},
    };
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        crate_expect(f, "{\"stmt\":\"SELECT 1\"}", cases[i].status, cases[i].body);
        assert_int_equal(query(f, &err), -1);
        assert_int_equal(err.domain, cases[i].domain);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(err.retry, cases[i].retry);
        assert_message(err, cases[i].message);
    }
}

/* ---- messages ---- */

static void assert_redacted(const char *message, const char *expected)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    crate_redact(view_str(message), &out);
    assert_string_equal(buf_str(&out), expected);
}

static void test_redaction(void **state)
{
    (void)state;
    assert_redacted("SQLParseException[Cannot cast object element `v` with value `a`b` to type "
                    "`bigint`]",
                    "SQLParseException[Cannot cast object element `...` with value");
    assert_redacted("SQLParseException[Can't parse [{\"stmt\":\"x\"}]. Expecting",
                    "SQLParseException[Can't parse [");
    assert_redacted("Failed CONSTRAINT positive CHECK (\"n\" >= 0) for values: [c, -1]]",
                    "Failed CONSTRAINT positive CHECK (\"n\" >= 0) for values:");
    assert_redacted("Cannot detect the type of the value: 92",
                    "Cannot detect the type of the value:");
    assert_redacted("a\tb `open", "a b `...`");
    assert_redacted("", "");
}

/* Exceptions without a code of their own are told apart by their names. */
static void test_row_codes(void **state)
{
    static const struct {
        int code;
        const char *message;
        int expected;
    } cases[] = {
        {5000, "VersionConflictEngineException[[AgE=]: version conflict, required seqNo [1]]",
         CRATE_VERSION_CONFLICT},
        {5000, "CircuitBreakingException[[query] Data too large]", CRATE_UNAVAILABLE},
        {5000, "EsRejectedExecutionException[rejected execution of x]", CRATE_UNAVAILABLE},
        {5000, "NodeClosedException[node closed {n}]", CRATE_UNAVAILABLE},
        {5000, "IOException[No space left on device]", CRATE_UNAVAILABLE},
        {5000, "UncheckedIOException[java.io.IOException: can not write type]", CRATE_UNHANDLED},
        {5000, "ClassCastException[a value: CircuitBreakingException[]", CRATE_UNHANDLED},
        {4000, "IOException[]", CRATE_PARSE},
        {5000, "", CRATE_UNHANDLED},
        {0, "", 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(crate_row_code(cases[i].code, view_str(cases[i].message)),
                         cases[i].expected);
}

static void test_reasons(void **state)
{
    static const struct {
        int code;
        const char *message, *reason;
    } cases[] = {
        {4000, "Cannot cast object element `v`", "a value does not fit the type of its column"},
        {4000, "something new", "values that the table does not take"},
        {4008, "InvalidColumnNameException[\"a.b\" contains a dot]", "a name with a dot"},
        {4008, "?", "a name that columns cannot have"},
        {5000, "ClassCastException[null]", "values that the server cannot handle"},
        {0, "", "refused"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(crate_reason(cases[i].code, view_str(cases[i].message)),
                            cases[i].reason);
    /* What a message that is no text is read as. */
    assert_string_equal(crate_reason(4000, (struct view){0}),
                        "values that the table does not take");
}

/* ---- queries ---- */

static void test_query(void **state)
{
    struct crate_fixture *f = *state;
    struct query_result result;
    crate_fixture_open(f);
    crate_expect(f, "{\"stmt\":\"SELECT \\\"a\\\"\"}", 200,
                 "{\"rows\":[[1,{\"x\":[2]}],[null,\"\\u00e9\"]],\"cols\":[\"a\",\"data['\\\"']\"],"
                 "\"rowcount\":2,\"duration\":0.3}");
    assert_int_equal(f->sink->ops->query(f->sink, VIEW("SELECT \"a\""), &result, NULL), 0);
    assert_int_equal(result.column_count, 2);
    assert_int_equal(result.row_count, 2);
    assert_int_equal(result.affected, -1);
    assert_view(result.columns[0], "a");
    assert_view(result.columns[1], "data['\"']");
    assert_view(result.cells[0], "1");
    assert_view(result.cells[1], "{\"x\":[2]}");
    assert_view(result.cells[2], "null");
    assert_view(result.cells[3], "\"\\u00e9\"");
    query_result_release(&result);

    crate_expect(f, NULL, 200, "{\"cols\":[],\"rows\":[[]],\"rowcount\":7}");
    assert_int_equal(f->sink->ops->query(f->sink, VIEW("DELETE FROM t"), &result, NULL), 0);
    assert_int_equal(result.column_count, 0);
    assert_int_equal(result.row_count, 0);
    assert_int_equal(result.affected, 7);
    query_result_release(&result);
}

static void test_strange_answers_to_a_query(void **state)
{
    static const char *const answers[] = {"",
                                          "{}",
                                          "{\"cols\":1}",
                                          "{\"cols\":[\"a\"]}",
                                          "{\"cols\":[\"a\"],\"rows\":[[1,2]]}",
                                          "{\"cols\":[\"a\"],\"rows\":[[]]}",
                                          "{\"cols\":[\"a\"],\"rows\":[1]}",
                                          "{\"cols\":[\"a\"],\"rows\":[[1]"};
    struct crate_fixture *f = *state;
    crate_fixture_open(f);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct error err = {0};
        crate_expect(f, NULL, 200, answers[i]);
        assert_int_equal(query(f, &err), -1);
        assert_message(err, "not one of CrateDB");
    }
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, crate_fixture_setup, crate_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_urls),
        TEST(test_bad_urls),
        TEST(test_password_is_asked_for_once),
        TEST(test_password_is_renewed),
        TEST(test_wrong_password),
        TEST(test_no_password_to_be_had),
        TEST(test_wrong_password_of_the_url),
        TEST(test_patience),
        TEST(test_statuses),
        TEST(test_redaction),
        TEST(test_row_codes),
        TEST(test_reasons),
        TEST(test_query),
        TEST(test_strange_answers_to_a_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
