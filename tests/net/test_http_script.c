#include "unit.h"

#include "base/memory.h"
#include "support/http_script.h"

static int echo(void *user, const struct http_request *request, struct http_response *response,
                struct error *err)
{
    int *calls = user;
    ++*calls;
    if (view_equal(http_script_target(request), VIEW("/down")))
        return error_set_retry(err, ERROR_NET, 111, "down");
    http_script_header(response, "x-seen", "yes");
    buf_append_view(&response->body, http_script_request_header(request, "X-Word"));
    response->status = 200;
    return 0;
}

static void test_handler(void **state)
{
    (void)state;
    int calls = 0;
    struct http_client *client = http_script_new(echo, &calls);
    struct http_exchange x[3] = {
        {.request = {.method = "GET", .url = VIEW("http://h:1/"), .response_cap = 4}},
        {.request = {.method = "GET", .url = VIEW("https://h/down"), .response_cap = 4}},
        {.request = {.method = "GET", .url = VIEW("http://h"), .response_cap = 4}},
    };
    http_add_header(&x[0].request, VIEW("x-word"), VIEW("four"));
    http_add_header(&x[2].request, VIEW("x-word"), VIEW("fifth"));
    http_perform(client, x, 3);
    assert_int_equal(calls, 3);
    assert_false(x[0].failed);
    assert_view(buf_view(&x[0].response.body), "four");
    assert_view(http_response_header(&x[0].response, "x-seen"), "yes");
    assert_true(x[1].failed);
    assert_int_equal(x[1].error.code, 111);
    assert_int_equal(x[1].response.status, 0);
    assert_true(x[2].failed);
    assert_int_equal(x[2].response.body.len, 0);
    for (int i = 0; i < 3; i++)
        http_release(&x[i]);
    http_client_free(client);
}

static void test_course(void **state)
{
    (void)state;
    static const struct http_script_step STEPS[] = {
        {"POST", "/_sql?types", "{}", 200, "x-a: 1\n", "[]"},
        {.status = 0, .answer = "reset"},
        {.status = 204},
    };
    struct http_script_course course = {STEPS, ARRAY_LEN(STEPS), 0};
    struct http_client *client = http_script_new(http_script_play, &course);
    struct http_exchange x = {.request = {.method = "POST",
                                          .url = VIEW("http://h/_sql?types"),
                                          .body = VIEW("{}"),
                                          .response_cap = 100}};
    struct error err = {0};
    assert_int_equal(http_send(client, &x, &err), 0);
    assert_view(buf_view(&x.response.body), "[]");
    assert_view(buf_view(&x.response.header), "x-a: 1\ncontent-length: 2\n");
    assert_int_equal(http_send(client, &x, &err), -1);
    assert_string_equal(err.message, "reset");
    assert_true(err.retry);
    assert_int_equal(http_send(client, &x, &err), 0);
    assert_int_equal(x.response.status, 204);
    assert_int_equal(course.next, 3);
    http_release(&x);
    http_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handler),
        cmocka_unit_test(test_course),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
