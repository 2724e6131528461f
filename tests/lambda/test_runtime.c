#include "unit.h"

#include <stdlib.h>

#include "base/memory.h"
#include "lambda/runtime.h"
#include "support/http_script.h"

#define NEXT "/2018-06-01/runtime/invocation/next"
#define HEADERS                                                                                    \
    "lambda-runtime-aws-request-id: id-1\nlambda-runtime-deadline-ms: 1795373600901\n"             \
    "lambda-runtime-invoked-function-arn: arn:f\nlambda-runtime-trace-id: Root=1-2\n"              \
    "lambda-runtime-invocation-id: inv-7\n"

/* Answers with one step, and keeps the headers of the request. */
struct server {
    const struct http_script_step *step;
    char type[64], invocation_id[64];
    int64_t deadline_ms;
};

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct server *server = user;
    struct view type = http_script_request_header(request, "lambda-runtime-function-error-type");
    struct view id = http_script_request_header(request, "lambda-runtime-invocation-id");
    memcpy(server->type, type.ptr, type.len);
    memcpy(server->invocation_id, id.ptr, id.len);
    server->deadline_ms = request->deadline_ms;
    assert_true(view_starts_with(request->url, VIEW("http://127.0.0.1:9001/")));
    struct http_script_course course = {server->step, 1, 0};
    return http_script_play(&course, request, response, err);
}

static enum runtime_state next(struct server *server, struct invocation *invocation,
                               struct error *err)
{
    struct runtime runtime = {http_script_new(serve, server), "127.0.0.1:9001"};
    enum runtime_state state = runtime_next(&runtime, invocation, err);
    http_client_free(runtime.http);
    return state;
}

static void test_next(void **state)
{
    (void)state;
    struct server server = {
        .step = &(struct http_script_step){"GET", NEXT, "", 200, HEADERS, "{\"a\":1}"}};
    cleanup_invocation struct invocation invocation = {0};
    assert_int_equal(next(&server, &invocation, NULL), RUNTIME_OK);
    assert_int_equal(server.deadline_ms, 0);
    assert_view(invocation.event, "{\"a\":1}");
    assert_view(invocation.request_id, "id-1");
    assert_view(invocation.invocation_id, "inv-7");
    assert_int_equal(invocation.deadline_ms, 1795373600901);
    assert_string_equal(getenv("_X_AMZN_TRACE_ID"), "Root=1-2");
}

static void test_next_with_few_headers(void **state)
{
    (void)state;
    struct server server = {
        .step = &(struct http_script_step){
            "GET", NEXT, "", 200,
            "lambda-runtime-aws-request-id: x\nlambda-runtime-deadline-ms: soon\n", "null"}};
    cleanup_invocation struct invocation invocation = {0};
    setenv("_X_AMZN_TRACE_ID", "old", 1);
    assert_int_equal(next(&server, &invocation, NULL), RUNTIME_OK);
    assert_int_equal(invocation.deadline_ms, 0);
    assert_int_equal(invocation.invocation_id.len, 0);
    assert_null(getenv("_X_AMZN_TRACE_ID"));
}

static void test_next_fails(void **state)
{
    (void)state;
    static const struct {
        struct http_script_step step;
        enum runtime_state state;
        const char *message;
    } cases[] = {
        {{"GET", NEXT, "", 410, NULL, ""}, RUNTIME_AGAIN, ""},
        {{"GET", NEXT, "", 500, NULL, ""},
         RUNTIME_GONE,
         "no invocation from the Runtime API: HTTP 500"},
        {{"GET", NEXT, "", 403, NULL, ""},
         RUNTIME_GONE,
         "no invocation from the Runtime API: HTTP 403"},
        {{"GET", NEXT, "", 0, NULL, "refused"},
         RUNTIME_GONE,
         "no invocation from the Runtime API: refused"},
        {{"GET", NEXT, "", 200, NULL, "{}"},
         RUNTIME_GONE,
         "no invocation from the Runtime API: HTTP 200 without a request ID"},
        {{"GET", NEXT, "", 200, "lambda-runtime-aws-request-id: a/../b\n", "{}"},
         RUNTIME_GONE,
         "no invocation from the Runtime API: HTTP 200 without a request ID"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct server server = {.step = &cases[i].step};
        struct error err = {0};
        cleanup_invocation struct invocation invocation = {0};
        assert_int_equal(next(&server, &invocation, &err), cases[i].state);
        assert_string_equal(err.message, cases[i].message);
    }
}

static int serve_too_much(void *user, const struct http_request *request,
                          struct http_response *response, struct error *err)
{
    (void)err;
    char *body = xcalloc(1, EVENT_SIZE_MAX + 2);
    memset(body, ' ', EVENT_SIZE_MAX + 1);
    assert_string_equal(request->method, "GET");
    *(bool *)user = true;
    int result = http_script_answer(response, 200, body);
    free(body);
    return result;
}

static void test_event_above_the_cap(void **state)
{
    (void)state;
    bool asked = false;
    struct error err = {0};
    cleanup_invocation struct invocation invocation = {0};
    struct runtime runtime = {http_script_new(serve_too_much, &asked), "127.0.0.1:9001"};
    assert_int_equal(runtime_next(&runtime, &invocation, &err), RUNTIME_GONE);
    assert_non_null(strstr(err.message, "larger than"));
    assert_true(asked);
    http_client_free(runtime.http);
}

static const struct invocation example = {.request_id = VIEW("id-1"),
                                          .invocation_id = VIEW("inv-7")};

static void test_respond(void **state)
{
    (void)state;
    struct server server = {
        .step = &(struct http_script_step){"POST", "/2018-06-01/runtime/invocation/id-1/response",
                                           "{\"batchItemFailures\":[]}", 202, NULL, ""}};
    struct runtime runtime = {http_script_new(serve, &server), "127.0.0.1:9001"};
    assert_int_equal(runtime_respond(&runtime, &example, VIEW("{\"batchItemFailures\":[]}"), NULL),
                     RUNTIME_OK);
    assert_string_equal(server.invocation_id, "inv-7");
    assert_string_equal(server.type, "");
    assert_true(server.deadline_ms > 0);
    http_client_free(runtime.http);
}

static void test_fail(void **state)
{
    (void)state;
    struct server server = {
        .step = &(struct http_script_step){
            "POST", "/2018-06-01/runtime/invocation/id-1/error",
            "{\"errorMessage\":\"say \\\"why\\\"\",\"errorType\":\"Lorry.Test\",\"stackTrace\":[]}",
            202, NULL, ""}};
    struct runtime runtime = {http_script_new(serve, &server), "127.0.0.1:9001"};
    assert_int_equal(runtime_fail(&runtime, &example, "Lorry.Test", "say \"why\"", NULL),
                     RUNTIME_OK);
    assert_string_equal(server.invocation_id, "inv-7");
    assert_string_equal(server.type, "Lorry.Test");
    http_client_free(runtime.http);
}

static void test_init_error(void **state)
{
    (void)state;
    struct server server = {
        .step = &(struct http_script_step){
            "POST", "/2018-06-01/runtime/init/error",
            "{\"errorMessage\":\"a\\nb\",\"errorType\":\"Lorry.WrongSetting\",\"stackTrace\":[]}",
            202, NULL, ""}};
    struct runtime runtime = {http_script_new(serve, &server), "127.0.0.1:9001"};
    assert_int_equal(runtime_init_error(&runtime, "Lorry.WrongSetting", "a\nb", NULL), RUNTIME_OK);
    assert_string_equal(server.type, "Lorry.WrongSetting");
    http_client_free(runtime.http);
}

static void test_answers_refused(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum runtime_state state;
    } cases[] = {{202, RUNTIME_OK},    {200, RUNTIME_OK},    {410, RUNTIME_AGAIN},
                 {400, RUNTIME_AGAIN}, {413, RUNTIME_AGAIN}, {500, RUNTIME_GONE},
                 {0, RUNTIME_GONE}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct server server = {
            .step = &(struct http_script_step){.status = cases[i].status, .answer = "gone"}};
        struct runtime runtime = {http_script_new(serve, &server), "127.0.0.1:9001"};
        struct error err = {0};
        assert_int_equal(runtime_respond(&runtime, &example, VIEW("{}"), &err), cases[i].state);
        if (cases[i].state == RUNTIME_GONE)
            assert_non_null(strstr(err.message, "the Runtime API "));
        http_client_free(runtime.http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),       cmocka_unit_test(test_next_with_few_headers),
        cmocka_unit_test(test_next_fails), cmocka_unit_test(test_event_above_the_cap),
        cmocka_unit_test(test_respond),    cmocka_unit_test(test_fail),
        cmocka_unit_test(test_init_error), cmocka_unit_test(test_answers_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
