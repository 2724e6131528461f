/* The Runtime API that we serve, over raw sockets: requests as they should be, and as they should
 * not. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "lambda/emulate_api.h"

#define API "/2018-06-01/runtime/"
#define ID "11111111-2222-4333-8444-555555555555"
#define ANSWER_MAX ((size_t)1 << 20)
#define ROUNDS 2000

static struct event_base *base;
static struct emulate_api *api;
static struct emulate_invocation invocation;
static enum emulate_state states[8];
static size_t changes;

static void changed(void *user, enum emulate_state state)
{
    (void)user;
    states[changes++ % ARRAY_LEN(states)] = state;
}

static int begin(void **state)
{
    (void)state;
    base = event_base_new();
    invocation = (struct emulate_invocation){.event = VIEW("{\"a\":1}"),
                                             .request_id = ID,
                                             .invocation_id = "i-1",
                                             .function_arn = "arn:aws:lambda:x:1:function:f",
                                             .trace_id = "Root=1",
                                             .timeout_ms = 3000,
                                             .changed = changed};
    changes = 0;
    api = emulate_api_new(base, &invocation, NULL);
    return api ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    emulate_api_free(api);
    event_base_free(base);
    return 0;
}

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(strrchr(emulate_api_address(api), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Serves, and takes what comes. */
static void serve(int fd, struct buf *answer, size_t rounds)
{
    char chunk[4096];
    for (size_t i = 0; i < rounds; i++) {
        event_base_loop(base, EVLOOP_NONBLOCK);
        ssize_t len = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
        if (len == 0 || (len < 0 && errno == ECONNRESET))
            return;
        if (len > 0)
            buf_append(answer, chunk, (size_t)len);
        else
            usleep(100);
    }
}

static void put(int fd, struct view bytes, struct buf *answer)
{
    while (bytes.len) {
        ssize_t len = send(fd, bytes.ptr, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (len > 0)
            bytes = view_skip(bytes, (size_t)len);
        else if (errno != EAGAIN)
            return;
        serve(fd, answer, 1);
    }
}

/* One connection: what is sent, and all that comes back until nothing more does. */
static const char *talk(struct buf *answer, struct view bytes)
{
    int fd = dial();
    buf_release(answer);
    answer->cap = ANSWER_MAX;
    put(fd, bytes, answer);
    for (size_t before = 0, i = 0; i < 20 && (before != answer->len || !answer->len); i++) {
        before = answer->len;
        serve(fd, answer, 50);
    }
    close(fd);
    serve(-1, answer, 3);
    return buf_str(answer);
}

static const char *request(struct buf *answer, const char *method, const char *path,
                           const char *headers, struct view body)
{
    cleanup_buf struct buf text = BUF_INIT((size_t)100 << 20);
    buf_printf(&text, "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", method, path,
               headers, body.len);
    buf_append_view(&text, body);
    return talk(answer, buf_view(&text));
}

static void has_status(const char *answer, int status)
{
    char begin_of_it[32];
    snprintf(begin_of_it, sizeof(begin_of_it), "HTTP/1.1 %d ", status);
    if (strncmp(answer, begin_of_it, strlen(begin_of_it)) != 0)
        fail_msg("not %d: %.200s", status, answer);
}

static void has(const char *answer, const char *text)
{
    const char *shown = answer ? answer : "";
    if (!strstr(shown, text))
        fail_msg("no \"%s\": %.400s", text, shown);
}

static void an_invocation(void **state)
{
    (void)state;
    bool failed = true;
    cleanup_buf struct buf answer = {0};
    const char *next = request(&answer, "GET", API "invocation/next", "", VIEW(""));
    has_status(next, 200);
    has(next, "Lambda-Runtime-Aws-Request-Id: " ID "\r\n");
    has(next, "Lambda-Runtime-Invocation-Id: i-1\r\n");
    has(next, "Lambda-Runtime-Trace-Id: Root=1\r\n");
    has(next, "Lambda-Runtime-Deadline-Ms: 1");
    has(next, "\r\n\r\n{\"a\":1}");
    assert_int_equal(emulate_api_answer(api, &failed)->len, 0);
    has_status(request(&answer, "POST", API "invocation/" ID "/response", "", VIEW("{\"b\":2}")),
               202);
    assert_view(buf_view(emulate_api_answer(api, &failed)), "{\"b\":2}");
    assert_false(failed);
    assert_string_equal(request(&answer, "GET", API "invocation/next", "", VIEW("")), "");
    assert_int_equal(changes, 3);
    assert_int_equal(states[0], EMULATE_RUNNING);
    assert_int_equal(states[1], EMULATE_ANSWERED);
    assert_int_equal(states[2], EMULATE_IDLE);
}

static void out_of_turn(void **state)
{
    (void)state;
    bool failed;
    cleanup_buf struct buf answer = {0};
    const char *response = API "invocation/" ID "/response";
    has_status(request(&answer, "POST", response, "", VIEW("1")), 403);
    has(buf_str(&answer), "InvalidStateTransition");
    request(&answer, "GET", API "invocation/next", "", VIEW(""));
    has_status(request(&answer, "POST", API "init/error", "", VIEW("{}")), 403);
    has_status(request(&answer, "POST", API "invocation/other/error", "", VIEW("{}")), 400);
    has(buf_str(&answer), "InvalidRequestID");
    has_status(
        request(&answer, "POST", response, "Lambda-Runtime-Invocation-Id: i-2\r\n", VIEW("1")),
        400);
    has_status(request(&answer, "POST", API "invocation/" ID "/error",
                       "Lambda-Runtime-Invocation-Id: i-1\r\n", VIEW("{\"errorType\":\"T\"}")),
               202);
    has_status(request(&answer, "POST", response, "", VIEW("2")), 403);
    assert_view(buf_view(emulate_api_answer(api, &failed)), "{\"errorType\":\"T\"}");
    assert_true(failed);
    assert_int_equal(changes, 2);
}

static void an_init_error(void **state)
{
    (void)state;
    bool failed;
    cleanup_buf struct buf answer = {0};
    has_status(request(&answer, "POST", API "init/error", "", VIEW("{\"errorType\":\"T\"}")), 202);
    assert_view(buf_view(emulate_api_answer(api, &failed)), "{\"errorType\":\"T\"}");
    assert_true(failed);
    has_status(request(&answer, "GET", API "invocation/next", "", VIEW("")), 403);
    assert_int_equal(states[0], EMULATE_INIT_FAILED);
    assert_int_equal(changes, 1);
}

static void what_there_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        int status;
    } cases[] = {
        {"GET", "/", 404},
        {"GET", "/2018-06-01/", 404},
        {"GET", API, 404},
        {"GET", API "invocation/next/", 404},
        {"GET", API "invocation//next", 404},
        {"GET", API "invocation/", 404},
        {"GET", API "invocation/" ID, 404},
        {"GET", "/2020-01-01/extension/event/next", 404},
        {"POST", API "invocation/next", 405},
        {"PUT", API "invocation/" ID "/response", 405},
        {"DELETE", API "init/error", 405},
        {"POST", API "invocation/" ID "/nothing", 404},
        {"POST", API "invocation//response", 404},
    };
    cleanup_buf struct buf answer = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        has_status(request(&answer, cases[i].method, cases[i].path, "", VIEW("")), cases[i].status);
    assert_int_equal(changes, 0);
}

static void sizes(void **state)
{
    (void)state;
    bool failed = false;
    size_t size = EMULATE_RESPONSE_MAX + 1;
    cleanup_buf struct buf answer = {0};
    cleanup_free char *body = xcalloc(1, size);
    memset(body, '1', size);
    request(&answer, "GET", API "invocation/next", "", VIEW(""));
    has_status(request(&answer, "POST", API "invocation/" ID "/response", "", view_of(body, size)),
               413);
    has(buf_str(&answer), "RequestEntityTooLarge");
    assert_non_null(
        strstr(buf_str(emulate_api_answer(api, &failed)), "Function.ResponseSizeTooLarge"));
    assert_true(failed);
}

static void the_largest_response(void **state)
{
    (void)state;
    bool failed = false;
    size_t size = EMULATE_RESPONSE_MAX;
    cleanup_buf struct buf answer = {0};
    cleanup_free char *body = xcalloc(1, size);
    memset(body, '1', size);
    request(&answer, "GET", API "invocation/next", "", VIEW(""));
    has_status(request(&answer, "POST", API "invocation/" ID "/response", "", view_of(body, size)),
               202);
    assert_int_equal(emulate_api_answer(api, &failed)->len, size);
    assert_false(failed);
}

/* Whatever is refused costs nobody but who sent it. */
static void no_requests(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\r\n\r\n",
        "GET\r\n\r\n",
        "nonsense " API "invocation/next HTTP/1.1\r\n\r\n",
        "GET http://[::1/ HTTP/1.1\r\n\r\n",
        "GET " API "invocation/next HTTP/9.9\r\n\r\n",
        "POST " API "init/error HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST " API "init/error HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST " API "init/error HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "GET /\x80\xff HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00",
    };
    cleanup_buf struct buf answer = {0}, head = BUF_INIT((size_t)1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        talk(&answer, view_str(cases[i]));
    buf_append_str(&head, "GET " API "invocation/next HTTP/1.1\r\nX: ");
    for (size_t i = 0; i < 200000; i++)
        buf_append_char(&head, 'x');
    buf_append_str(&head, "\r\n\r\n");
    assert_null(strstr(talk(&answer, buf_view(&head)), " 200 "));
    assert_int_equal(changes, 0);
    has_status(request(&answer, "GET", API "invocation/next", "", VIEW("")), 200);
}

static void several_at_once(void **state)
{
    (void)state;
    bool failed;
    cleanup_buf struct buf answer = {0};
    talk(&answer, VIEW("GET " API "invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
                       "POST " API "invocation/" ID "/response HTTP/1.1\r\nHost: x\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"c\r\n4\r\n\":3}\r\n0\r\n\r\n"));
    has(buf_str(&answer), " 200 ");
    has(buf_str(&answer), " 202 ");
    assert_view(buf_view(emulate_api_answer(api, &failed)), "{\"c\":3}");
}

static void byte_by_byte(void **state)
{
    (void)state;
    cleanup_buf struct buf answer = BUF_INIT(ANSWER_MAX);
    struct view text = VIEW("GET " API "invocation/next HTTP/1.1\r\nHost: x\r\n\r\n");
    int idle = dial(), fd = dial();
    for (size_t i = 0; i < text.len; i++) {
        assert_int_equal(answer.len, 0);
        put(fd, view_of(text.ptr + i, 1), &answer);
    }
    for (size_t i = 0; i < ROUNDS && !answer.len; i++)
        serve(fd, &answer, 1);
    has_status(buf_str(&answer), 200);
    close(fd);
    close(idle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_invocation, begin, end),
        cmocka_unit_test_setup_teardown(out_of_turn, begin, end),
        cmocka_unit_test_setup_teardown(an_init_error, begin, end),
        cmocka_unit_test_setup_teardown(what_there_is_not, begin, end),
        cmocka_unit_test_setup_teardown(sizes, begin, end),
        cmocka_unit_test_setup_teardown(the_largest_response, begin, end),
        cmocka_unit_test_setup_teardown(no_requests, begin, end),
        cmocka_unit_test_setup_teardown(several_at_once, begin, end),
        cmocka_unit_test_setup_teardown(byte_by_byte, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
