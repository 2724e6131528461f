#include "unit.h"

#include <errno.h>

#include "net/http_patience.h"
#include "support/http_script.h"

/* A clock that stands still where it is put. */
struct stopped {
    struct clock clock;
    int64_t ms;
};

static int64_t steady_ms(struct clock *clock)
{
    return ((struct stopped *)clock)->ms;
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)err;
    *(int64_t *)user = request->deadline_ms;
    return http_script_answer(response, 200, "");
}

/* The deadline that a request has when it is sent; -1: it is not sent. */
static int64_t sent_with(struct http_client *client, int64_t *seen, int64_t deadline_ms)
{
    struct http_exchange x = {.request = {.method = "GET",
                                          .url = VIEW("http://h/"),
                                          .deadline_ms = deadline_ms,
                                          .response_cap = 100}};
    struct error err = {0};
    *seen = -1;
    if (http_send(client, &x, &err) < 0) {
        assert_int_equal(err.domain, ERROR_NET);
        assert_int_equal(err.code, ETIMEDOUT);
    }
    http_release(&x);
    return *seen;
}

static void test_patience(void **state)
{
    (void)state;
    struct stopped clock = {{.steady_ms = steady_ms}, 1000};
    const struct http_patience patience = {&clock.clock, 50, 2000};
    int64_t seen;
    struct http_client *client = http_patience_new(http_script_new(serve, &seen), &patience);
    assert_int_equal(sent_with(client, &seen, 0), 1050);
    assert_int_equal(sent_with(client, &seen, 9999), 1050);
    assert_int_equal(sent_with(client, &seen, 1020), 1020);
    clock.ms = 1990;
    assert_int_equal(sent_with(client, &seen, 0), 2000);
    clock.ms = 2000;
    assert_int_equal(sent_with(client, &seen, 0), -1);
    http_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_patience)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
