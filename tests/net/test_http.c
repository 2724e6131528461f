#include "unit.h"

#include "net/http.h"

static int freed;

/* Answers "/ok" with 201 and "x"; refuses all else. */
static void toy_perform(struct http_client *client, struct http_exchange *exchanges, size_t count)
{
    (void)client;
    for (size_t i = 0; i < count; i++) {
        struct http_exchange *x = &exchanges[i];
        if (!view_equal(x->request.url, VIEW("http://h/ok"))) {
            x->failed = true;
            error_set_retry(&x->error, ERROR_NET, 111, "refused");
            continue;
        }
        x->response.status = 201;
        buf_append_str(&x->response.header, "date: now\nempty:\nx-a: \t 1 \nx-a: 2\n");
        buf_append_str(&x->response.body, "xyz");
    }
}

static void toy_free(struct http_client *client)
{
    (void)client;
    freed++;
}

static const struct http_client_ops TOY_OPS = {.perform = toy_perform, .free = toy_free};

static void test_send(void **state)
{
    (void)state;
    struct http_client toy = {&TOY_OPS};
    struct http_exchange x = {.request = {.url = VIEW("http://h/ok"), .response_cap = 3}};
    struct error err = {0};
    assert_int_equal(http_send(&toy, &x, &err), 0);
    assert_int_equal(x.response.status, 201);
    assert_view(buf_view(&x.response.body), "xyz");
    assert_view(http_response_header(&x.response, "date"), "now");
    assert_view(http_response_header(&x.response, "x-a"), "1");
    assert_view(http_response_header(&x.response, "empty"), "");
    assert_view(http_response_header(&x.response, "x"), "");
    assert_view(http_response_header(&x.response, "x-a:"), "");

    x.request.url = VIEW("http://h/bad");
    assert_int_equal(http_send(&toy, &x, &err), -1);
    assert_int_equal(err.domain, ERROR_NET);
    assert_true(err.retry);
    assert_string_equal(err.message, "refused");
    assert_int_equal(http_send(&toy, &x, NULL), -1);
    assert_int_equal(x.response.status, 0);

    /* Performed again, nothing of the failure is left. */
    x.request.url = VIEW("http://h/ok");
    assert_int_equal(http_send(&toy, &x, &err), 0);
    assert_int_equal(x.error.domain, ERROR_NONE);
    http_release(&x);
    http_release(&x);
    assert_int_equal(x.response.body.len, 0);
}

static void test_response_cap(void **state)
{
    (void)state;
    struct http_client toy = {&TOY_OPS};
    struct http_exchange x = {.request = {.url = VIEW("http://h/ok"), .response_cap = 2}};
    assert_int_equal(http_send(&toy, &x, NULL), 0);
    assert_true(x.response.body.overflow);
    http_release(&x);
}

static void test_headers(void **state)
{
    (void)state;
    struct http_request request = {0};
    for (int i = 0; i < HTTP_HEADERS_MAX; i++)
        http_add_header(&request, VIEW("a"), VIEW("b"));
    assert_int_equal(request.header_count, HTTP_HEADERS_MAX);
    assert_view(request.headers[HTTP_HEADERS_MAX - 1].value, "b");
}

static void test_repeated_headers(void **state)
{
    (void)state;
    struct view rest = VIEW("a: 1\nab: 2\na:  3 \na:"), value;
    assert_true(http_next_header(&rest, "a", &value));
    assert_view(value, "1");
    assert_true(http_next_header(&rest, "a", &value));
    assert_view(value, "3");
    assert_true(http_next_header(&rest, "a", &value));
    assert_view(value, "");
    assert_false(http_next_header(&rest, "a", &value));
}

static void test_retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int64_t ms;
    } cases[] = {{"retry-after: 7\n", 7000},
                 {"retry-after: 0\n", 0},
                 {"", -1},
                 {"retry-after: -1\n", -1},
                 {"retry-after: Wed, 21 Oct 2026 07:28:00 GMT\n", -1},
                 {"retry-after: 99999999999\n", -1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cleanup_http_response struct http_response response = {.header = BUF_INIT(100)};
        buf_append_str(&response.header, cases[i].header);
        assert_int_equal(http_retry_after_ms(&response), cases[i].ms);
    }
}

static void test_client_free(void **state)
{
    (void)state;
    struct http_client toy = {&TOY_OPS};
    http_client_free(NULL);
    assert_int_equal(freed, 0);
    http_client_free(&toy);
    assert_int_equal(freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_send),        cmocka_unit_test(test_response_cap),
        cmocka_unit_test(test_headers),     cmocka_unit_test(test_repeated_headers),
        cmocka_unit_test(test_retry_after), cmocka_unit_test(test_client_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
