/* What both real clients promise, against a server that misbehaves; and what only one of them does.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/http_curl.h"
#include "net/http_event.h"
#include "toy_certificates.h"
#include "toy_server.h"

enum { HOUR = 3600 };

/* One kind of client. */
struct kind {
    const char *name;
    struct http_client *(*make)(void);
};

static struct http_client *make_curl(void)
{
    struct error err;
    struct http_client *client = http_curl_new(&err);
    assert_non_null(client);
    return client;
}

static struct kind EVENT = {"event", http_event_new}, CURL = {"curl", make_curl};

static struct {
    struct toy_certificate ca, between, good, elsewhere, expired, other_ca, foreign;
    char bundle[32];
} made;

/* A client and a server for one test. */
struct pair {
    struct http_client *client;
    struct toy_server *server;
    const char *base; /* "http://127.0.0.1" */
};

static struct pair pair_up(void **state, SSL_CTX *tls)
{
    const struct kind *kind = *state;
    return (struct pair){kind->make(), toy_server_start(tls),
                         tls ? "https://127.0.0.1" : "http://127.0.0.1"};
}

static void part(struct pair *pair)
{
    http_client_free(pair->client);
    toy_server_stop(pair->server);
}

struct call {
    struct http_exchange x;
    char url[128];
};

static struct call *call_new(const struct pair *pair, const char *method, const char *path)
{
    struct call *call = xcalloc(1, sizeof(*call));
    snprintf(call->url, sizeof(call->url), "%s:%d%s", pair->base, toy_server_port(pair->server),
             path);
    call->x.request = (struct http_request){
        .method = method,
        .url = view_str(call->url),
        .response_cap = TOY_BIG,
        .deadline_ms = clock_system.steady_ms(&clock_system) + 5000,
    };
    return call;
}

static void call_free(struct call *call)
{
    http_release(&call->x);
    free(call);
}

static void expect(struct pair *pair, const char *method, const char *path, struct view body,
                   int status, const char *answer)
{
    struct call *call = call_new(pair, method, path);
    call->x.request.body = body;
    struct error err = {0};
    if (http_send(pair->client, &call->x, &err))
        fail_msg("%s %s: %s", method, path, err.message);
    assert_int_equal(call->x.response.status, status);
    assert_string_equal(buf_str(&call->x.response.body), answer);
    call_free(call);
}

static void expect_get(struct pair *pair, const char *path, const char *answer)
{
    expect(pair, "GET", path, VIEW(""), 200, answer);
}

struct refusal {
    int code; /* -1: any */
    bool retry;
    const char *message; /* a part of it; NULL: any */
};

static void refuse_call(struct pair *pair, struct call *call, const struct refusal *refusal)
{
    struct error err = {0};
    if (http_send(pair->client, &call->x, &err) == 0)
        fail_msg("%s: status %d", call->url, call->x.response.status);
    assert_int_equal(err.domain, ERROR_NET);
    if ((refusal->code >= 0 && err.code != refusal->code) || err.retry != refusal->retry ||
        (refusal->message && !strstr(err.message, refusal->message)))
        fail_msg("code %d, retry %d: %s", err.code, err.retry, err.message);
    /* It names host and port, never the query. */
    char port[8];
    snprintf(port, sizeof(port), "%d", toy_server_port(pair->server));
    assert_non_null(strstr(err.message, port));
    assert_null(strstr(err.message, "secret"));
    assert_int_equal(call->x.response.status, 0);
    assert_int_equal(call->x.response.body.len, 0);
    call_free(call);
}

static void refuse(struct pair *pair, const char *path, struct refusal refusal)
{
    refuse_call(pair, call_new(pair, "GET", path), &refusal);
}

static void test_requests(void **state)
{
    struct pair pair = pair_up(state, NULL);
    expect_get(&pair, "/hello", "hello");
    expect(&pair, "POST", "/sum", VIEW("abc"), 200, "POST 3 126145");
    expect(&pair, "PUT", "/sum?x=y", VIEW("abc"), 200, "PUT 3 126145");
    expect(&pair, "PATCH", "/sum", VIEW(""), 200, "PATCH 0 1");
    expect(&pair, "POST", "/sum", VIEW(""), 200, "POST 0 1");
    expect(&pair, "DELETE", "/sum", VIEW(""), 200, "DELETE 0 1");
    expect(&pair, "HEAD", "/hello", VIEW(""), 200, "");
    expect(&pair, "GET", "/nowhere", VIEW(""), 404, "");
    expect(&pair, "GET", "/empty", VIEW(""), 204, "");
    expect(&pair, "GET", "/redirect", VIEW(""), 302, "");
    expect(&pair, "GET", "/interim", VIEW(""), 201, "made");
    assert_int_equal(toy_server_connections(pair.server), 1);
    part(&pair);
}

/* Both write the same head, but for the order of the first lines. */
static void test_head(void **state)
{
    struct pair pair = pair_up(state, NULL);
    struct call *call = call_new(&pair, "POST", "/head?a=%20b/../c");
    http_add_header(&call->x.request, VIEW("X-One"), VIEW("1"));
    http_add_header(&call->x.request, VIEW("X-Empty"), VIEW(""));
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    const char *head = buf_str(&call->x.response.body);
    char host[40];
    snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", toy_server_port(pair.server));
    const char *const lines[] = {
        "POST /head?a=%20b/../c HTTP/1.1\r\n",         "\r\nX-One: 1\r\n",          host,
        "\r\nUser-Agent: lorry/" LORRY_VERSION "\r\n", "\r\nContent-Length: 0\r\n", "\r\nX-Empty:"};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (!strstr(head, lines[i]))
            fail_msg("no %s in %s", lines[i], head);
    for (const char *p = head; (p = strstr(p, "\r\n")); p += 2)
        count++;
    assert_int_equal(count, ARRAY_LEN(lines) + 1);
    call_free(call);
    part(&pair);
}

static void test_bad_request(void **state)
{
    struct pair pair = pair_up(state, NULL);
    struct call *call = call_new(&pair, "GET", "/hello");
    http_add_header(&call->x.request, VIEW("a"), VIEW("b\r\nc: d"));
    struct error err;
    assert_int_equal(http_send(pair.client, &call->x, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_int_equal(toy_server_connections(pair.server), 0);
    call_free(call);
    part(&pair);
}

static void test_answers(void **state)
{
    struct pair pair = pair_up(state, NULL);
    expect_get(&pair, "/chunked", "hello, world");
    expect_get(&pair, "/to-end", "to the end");
    struct call *call = call_new(&pair, "GET", "/chunked");
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    assert_view(http_response_header(&call->x.response, "x-mixed"), "Case");
    assert_view(http_response_header(&call->x.response, "x-trailer"), "");
    call_free(call);
    call = call_new(&pair, "GET", "/interim");
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    assert_view(buf_view(&call->x.response.header), "x-a: b\ncontent-length: 4\n");
    call_free(call);
    part(&pair);
}

static void test_broken_answers(void **state)
{
    struct pair pair = pair_up(state, NULL);
    refuse(&pair, "/bad?secret", (struct refusal){EPROTO, true, "not HTTP/1.1"});
    refuse(&pair, "/cut?secret", (struct refusal){ECONNRESET, true, NULL});
    refuse(&pair, "/die?secret", (struct refusal){ECONNRESET, true, NULL});
    expect_get(&pair, "/hello", "hello");
    assert_int_equal(toy_server_requests(pair.server), 4);
    part(&pair);
}

static void test_cap(void **state)
{
    static const char *const PATHS[] = {"/hello", "/chunked", "/to-end", "/endless"};
    struct pair pair = pair_up(state, NULL);
    for (size_t i = 0; i < ARRAY_LEN(PATHS); i++) {
        struct call *call = call_new(&pair, "GET", PATHS[i]);
        call->x.request.response_cap = 4;
        refuse_call(&pair, call, &(struct refusal){EMSGSIZE, false, "larger than 4 bytes"});
    }
    struct call *call = call_new(&pair, "GET", "/hello");
    call->x.request.response_cap = 5;
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    call_free(call);
    part(&pair);
}

/* What comes behind an answer is not the next answer. */
static void test_stray_bytes(void **state)
{
    struct pair pair = pair_up(state, NULL);
    expect_get(&pair, "/stray", "ok");
    expect_get(&pair, "/hello", "hello");
    assert_int_equal(toy_server_connections(pair.server), 2);
    part(&pair);
}

static void check_kept(struct pair *pair)
{
    expect_get(pair, "/which", "1");
    expect_get(pair, "/which", "2");
    assert_int_equal(toy_server_connections(pair->server), 1);
    /* Closed while nobody looked, as happens while a Lambda is frozen. */
    expect_get(pair, "/last", "hello");
    usleep(30000);
    expect(pair, "POST", "/sum", VIEW("abc"), 200, "POST 3 126145");
    assert_int_equal(toy_server_connections(pair->server), 2);
    /* Closed in answer to the request. */
    expect_get(pair, "/die-if-kept", "alive");
    assert_int_equal(toy_server_connections(pair->server), 3);
    /* Replaced once, not for ever. */
    int before = toy_server_requests(pair->server);
    refuse(pair, "/die", (struct refusal){ECONNRESET, true, NULL});
    assert_int_equal(toy_server_connections(pair->server), 4);
    assert_int_equal(toy_server_requests(pair->server), before + 2);
}

static void test_kept_connection(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_kept(&pair);
    part(&pair);
}

static void check_deadline(struct pair *pair, const char *path)
{
    struct call *call = call_new(pair, "GET", path);
    int64_t begin = clock_system.steady_ms(&clock_system);
    call->x.request.deadline_ms = begin + 150;
    refuse_call(pair, call, &(struct refusal){ETIMEDOUT, true, "time ran out"});
    int64_t took = clock_system.steady_ms(&clock_system) - begin;
    if (took < 140 || took > 3000)
        fail_msg("%s took %d ms", path, (int)took);
}

static void test_deadline(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_deadline(&pair, "/silent");
    check_deadline(&pair, "/trickle");
    struct call *call = call_new(&pair, "GET", "/hello");
    call->x.request.deadline_ms = 1;
    refuse_call(&pair, call, &(struct refusal){ETIMEDOUT, true, "no time is left"});
    call = call_new(&pair, "GET", "/hello");
    call->x.request.deadline_ms = 0;
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    call_free(call);
    part(&pair);
}

static void test_refused_connection(void **state)
{
    struct pair pair = pair_up(state, NULL);
    struct call *call = call_new(&pair, "GET", "/hello");
    struct toy_server *gone = pair.server;
    pair.server = toy_server_start(NULL); /* before the other ends, so that the port is another */
    toy_server_stop(gone);
    struct error err = {0};
    assert_int_equal(http_send(pair.client, &call->x, &err), -1);
    assert_int_equal(err.code, ECONNREFUSED);
    assert_true(err.retry);
    assert_non_null(strstr(err.message, "cannot connect to \"127.0.0.1:"));
    call_free(call);
    part(&pair);
}

static char *big_body(void)
{
    char *body = xmalloc(TOY_BIG);
    for (size_t i = 0; i < TOY_BIG; i++)
        body[i] = toy_byte(i);
    return body;
}

/* A body that is taken in pieces. */
struct pieces {
    size_t len;
    int count;
    int stop_at; /* the piece that is one too many; 0: none is */
    bool wrong;
};

static int take_piece(void *user, struct view piece)
{
    struct pieces *pieces = user;
    for (size_t i = 0; i < piece.len && !pieces->wrong; i++)
        pieces->wrong = piece.ptr[i] != toy_byte(pieces->len + i);
    pieces->len += piece.len;
    return ++pieces->count == pieces->stop_at;
}

static struct call *call_in_pieces(struct pair *pair, const char *path, struct pieces *pieces)
{
    struct call *call = call_new(pair, "GET", path);
    call->x.request.response_cap = (size_t)256 << 10;
    call->x.request.on_body = take_piece;
    call->x.request.user = pieces;
    return call;
}

static void test_body_in_pieces(void **state)
{
    struct pair pair = pair_up(state, NULL);
    struct pieces pieces = {0};
    struct call *call = call_in_pieces(&pair, "/big", &pieces);
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    assert_int_equal(pieces.len, TOY_BIG);
    assert_true(pieces.count > 1);
    assert_false(pieces.wrong);
    assert_int_equal(call->x.response.body.len, 0);
    call_free(call);
    static const char *const paths[] = {"/chunked", "/to-end"};
    static const size_t lens[] = {12, 10};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        pieces = (struct pieces){0};
        call = call_in_pieces(&pair, paths[i], &pieces);
        assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
        assert_int_equal(pieces.len, lens[i]);
        call_free(call);
    }
    part(&pair);
}

/* "/endless" has no end but the one that is made here. */
static void test_body_that_is_stopped(void **state)
{
    struct pair pair = pair_up(state, NULL);
    struct pieces pieces = {.stop_at = 3};
    struct error err = {0};
    struct call *call = call_in_pieces(&pair, "/endless", &pieces);
    assert_int_equal(http_send(pair.client, &call->x, &err), -1);
    assert_int_equal(err.code, ECANCELED);
    assert_false(err.retry);
    assert_non_null(strstr(err.message, "was not read to its end"));
    assert_int_equal(pieces.count, 3);
    call_free(call);
    expect_get(&pair, "/hello", "hello");
    part(&pair);
}

static bool third_time(void *user)
{
    return ++*(int *)user == 3;
}

/* Of a server that says nothing. A wish that libevent's client does not fulfil. */
static void test_stop(void **state)
{
    struct pair pair = pair_up(state, NULL);
    int asked = 0;
    struct error err = {0};
    struct call *call = call_new(&pair, "GET", "/silent");
    call->x.request.stop = third_time;
    call->x.request.user = &asked;
    assert_int_equal(http_send(pair.client, &call->x, &err), -1);
    assert_int_equal(err.code, ECANCELED);
    assert_int_equal(asked, 3);
    call_free(call);
    part(&pair);
}

/* What is no success is kept, as ever. */
static void test_refusal_is_not_in_pieces(void **state)
{
    struct pair pair = pair_up(state, NULL);
    struct pieces pieces = {0};
    struct call *call = call_in_pieces(&pair, "/nowhere", &pieces);
    assert_int_equal(http_send(pair.client, &call->x, NULL), 0);
    assert_int_equal(call->x.response.status, 404);
    assert_int_equal(pieces.count, 0);
    call_free(call);
    part(&pair);
}

struct sent {
    size_t last;
    int reports;
    bool backwards;
};

static void note_sent(void *user, size_t sent)
{
    struct sent *to = user;
    to->backwards = to->backwards || sent < to->last;
    to->last = sent;
    to->reports++;
}

static void check_sent(struct pair *pair, size_t len)
{
    cleanup_free char *body = big_body();
    struct sent sent = {0};
    struct call *call = call_new(pair, "PUT", "/sum");
    call->x.request.body = view_of(body, len);
    call->x.request.on_sent = note_sent;
    call->x.request.user = &sent;
    assert_int_equal(http_send(pair->client, &call->x, NULL), 0);
    assert_int_equal(sent.last, len);
    assert_false(sent.backwards);
    assert_true(sent.reports > 0);
    call_free(call);
}

static void test_progress(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_sent(&pair, 100);
    check_sent(&pair, TOY_BIG);
    part(&pair);
}

static void check_big(struct pair *pair)
{
    cleanup_free char *body = big_body();
    char expected[60];
    snprintf(expected, sizeof(expected), "POST %zu %u", TOY_BIG, toy_sum(body, TOY_BIG));
    expect(pair, "POST", "/sum", view_of(body, TOY_BIG), 200, expected);

    struct call *call = call_new(pair, "GET", "/big");
    struct error err = {0};
    if (http_send(pair->client, &call->x, &err))
        fail_msg("%s", err.message);
    assert_int_equal(call->x.response.body.len, TOY_BIG);
    assert_memory_equal(call->x.response.body.ptr, body, TOY_BIG);
    assert_int_equal(call->x.response.body.size, TOY_BIG); /* allocated once */
    call_free(call);
    assert_int_equal(toy_server_connections(pair->server), 1);
}

static void test_big_bodies(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_big(&pair);
    part(&pair);
}

static void check_early(struct pair *pair, const char *path)
{
    cleanup_free char *body = big_body();
    expect(pair, "POST", path, view_of(body, TOY_BIG), 413, "large");
    expect_get(pair, "/hello", "hello");
    assert_int_equal(toy_server_connections(pair->server), 2);
}

static void test_early_answer(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_early(&pair, "/early");
    part(&pair);
}

static void test_early_answer_and_reset(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_early(&pair, "/early-reset");
    part(&pair);
}

static void check_together(struct pair *pair)
{
    struct http_exchange all[16];
    struct call *calls[16];
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        calls[i] = call_new(pair, "GET", i == 15 ? "/together?last" : "/together");
        all[i] = calls[i]->x;
    }
    http_perform(pair->client, all, ARRAY_LEN(all));
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].failed)
            fail_msg("%zu: %s", i, all[i].error.message);
        assert_int_equal(all[i].response.status, 200);
        http_release(&all[i]);
        free(calls[i]);
    }
    assert_int_equal(toy_server_connections(pair->server), 16);
}

static void test_together(void **state)
{
    struct pair pair = pair_up(state, NULL);
    check_together(&pair);
    /* Some were kept, so that no further connection is needed. */
    expect_get(&pair, "/hello", "hello");
    assert_int_equal(toy_server_connections(pair.server), 16);
    part(&pair);
}

/* One that fails does not disturb the others. */
static void test_mixed_outcomes(void **state)
{
    struct pair pair = pair_up(state, NULL);
    static const char *const PATHS[] = {"/hello", "/die", "/silent", "/chunked"};
    struct http_exchange all[4];
    struct call *calls[4];
    for (size_t i = 0; i < 4; i++) {
        calls[i] = call_new(&pair, "GET", PATHS[i]);
        all[i] = calls[i]->x;
    }
    all[2].request.deadline_ms = clock_system.steady_ms(&clock_system) + 100;
    http_perform(pair.client, all, 4);
    assert_false(all[0].failed);
    assert_view(buf_view(&all[0].response.body), "hello");
    assert_true(all[1].failed);
    assert_int_equal(all[1].error.code, ECONNRESET);
    assert_true(all[2].failed);
    assert_int_equal(all[2].error.code, ETIMEDOUT);
    assert_false(all[3].failed);
    for (size_t i = 0; i < 4; i++) {
        http_release(&all[i]);
        free(calls[i]);
    }
    part(&pair);
}

/* TLS */

static void with_tls(void **state, const struct toy_certificate *certificate,
                     void (*check)(struct pair *pair))
{
    SSL_CTX *context = toy_server_context(certificate, &made.between);
    struct pair pair = pair_up(state, context);
    check(&pair);
    part(&pair);
    SSL_CTX_free(context);
}

static void check_tls(struct pair *pair)
{
    expect_get(pair, "/chunked", "hello, world");
    expect(pair, "POST", "/sum", VIEW("abc"), 200, "POST 3 126145");
    assert_int_equal(toy_server_connections(pair->server), 1);
    pair->base = "https://localhost";
    expect_get(pair, "/to-end", "to the end");
    check_deadline(pair, "/trickle");
}

static void test_tls(void **state)
{
    with_tls(state, &made.good, check_tls);
    with_tls(state, &made.good, check_kept);
    with_tls(state, &made.good, check_big);
    with_tls(state, &made.good, check_together);
}

static void check_early_tls(struct pair *pair)
{
    check_early(pair, "/early");
}

static void test_early_answer_over_tls(void **state)
{
    with_tls(state, &made.good, check_early_tls);
}

static void check_elsewhere(struct pair *pair)
{
    refuse(pair, "/hello?secret", (struct refusal){0, false, "certificate of \"127.0.0.1:"});
    assert_int_equal(toy_server_requests(pair->server), 0);
    pair->base = "https://localhost";
    refuse(pair, "/hello?secret", (struct refusal){0, false, "certificate of \"localhost:"});
    assert_int_equal(toy_server_requests(pair->server), 0);
}

static void check_expired(struct pair *pair)
{
    refuse(pair, "/hello", (struct refusal){0, false, "not trusted: certificate has expired"});
    assert_int_equal(toy_server_requests(pair->server), 0);
}

static void check_foreign(struct pair *pair)
{
    refuse(pair, "/hello", (struct refusal){0, false, "not trusted: unable to get local issuer"});
    assert_int_equal(toy_server_requests(pair->server), 0);
}

static void test_untrusted(void **state)
{
    with_tls(state, &made.elsewhere, check_elsewhere);
    with_tls(state, &made.expired, check_expired);
    with_tls(state, &made.foreign, check_foreign);
}

/* One side waits for the other: the deadline ends that. */
static void check_misunderstanding(struct pair *pair)
{
    struct call *call = call_new(pair, "GET", "/hello");
    call->x.request.deadline_ms = clock_system.steady_ms(&clock_system) + 100;
    refuse_call(pair, call, &(struct refusal){-1, true, NULL});
}

static void check_plain(struct pair *pair)
{
    pair->base = "http://127.0.0.1";
    check_misunderstanding(pair);
}

static void test_not_tls(void **state)
{
    struct pair pair = pair_up(state, NULL);
    pair.base = "https://127.0.0.1";
    check_misunderstanding(&pair);
    part(&pair);
    with_tls(state, &made.good, check_plain);
}

static void test_no_bundle(void **state)
{
    SSL_CTX *context = toy_server_context(&made.good, &made.between);
    struct pair pair = pair_up(state, context);
    setenv("SSL_CERT_FILE", "/nonexistent/ca.pem", 1);
    struct call *call = call_new(&pair, "GET", "/hello");
    struct error err = {0};
    assert_int_equal(http_send(pair.client, &call->x, &err), -1);
    assert_false(err.retry);
    assert_non_null(strstr(err.message, "/nonexistent/ca.pem"));
    call_free(call);
    setenv("SSL_CERT_FILE", made.bundle, 1);
    expect(&pair, "GET", "/hello", VIEW(""), 200, "hello"); /* mended */
    part(&pair);
    SSL_CTX_free(context);
}

/* Only the libevent client */

static void test_names_without_dns(void **state)
{
    (void)state;
    char hosts[] = "/tmp/lorry-hosts-XXXXXX";
    int fd = mkstemp(hosts);
    /* The first address refuses: the second one is tried. */
    dprintf(fd, "# no\n127.0.0.2\tother two.test # x\n 127.0.0.1 x TWO.test\r\n::zz three.test\n");
    close(fd);
    struct pair pair = {http_event_new_with("/nonexistent/resolv.conf", hosts),
                        toy_server_start(NULL), "http://two.test"};
    expect_get(&pair, "/hello", "hello");
    pair.base = "http://localhost"; /* though the file lacks it */
    expect_get(&pair, "/hello", "hello");
    pair.base = "http://three.test";
    struct call *call = call_new(&pair, "GET", "/hello?secret");
    struct error err = {0};
    assert_int_equal(http_send(pair.client, &call->x, &err), -1);
    assert_string_equal(err.message,
                        "cannot look up \"three.test\": no name server is known, since "
                        "/nonexistent/resolv.conf cannot be read: No such file or directory");
    assert_false(err.retry);
    call_free(call);
    part(&pair);
    unlink(hosts);
}

static void test_idle_connections_are_bounded(void **state)
{
    (void)state;
    struct pair pair = {http_event_new(), toy_server_start(NULL), "http://127.0.0.1"};
    check_together(&pair);
    struct http_exchange all[9];
    struct call *calls[9];
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        calls[i] = call_new(&pair, "GET", "/chunked");
        all[i] = calls[i]->x;
    }
    http_perform(pair.client, all, ARRAY_LEN(all));
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        assert_false(all[i].failed);
        http_release(&all[i]);
        free(calls[i]);
    }
    assert_int_equal(toy_server_connections(pair.server), 17); /* 8 were kept, 1 is new */
    part(&pair);
}

static int make_certificates(void **state)
{
    (void)state;
    static const char HERE[] = "DNS:localhost,IP:127.0.0.1";
    toy_certificate_make(&(struct toy_wish){"Toy Root", NULL, NULL, -HOUR, HOUR}, &made.ca);
    toy_certificate_make(&(struct toy_wish){"Toy Between", NULL, &made.ca, -HOUR, HOUR},
                         &made.between);
    toy_certificate_make(&(struct toy_wish){"good", HERE, &made.between, -HOUR, HOUR}, &made.good);
    toy_certificate_make(&(struct toy_wish){"localhost", "DNS:elsewhere.test,IP:127.0.0.9",
                                            &made.between, -HOUR, HOUR},
                         &made.elsewhere);
    toy_certificate_make(&(struct toy_wish){"expired", HERE, &made.between, -2 * HOUR, -HOUR},
                         &made.expired);
    toy_certificate_make(&(struct toy_wish){"Foreign Root", NULL, NULL, -HOUR, HOUR},
                         &made.other_ca);
    toy_certificate_make(&(struct toy_wish){"foreign", HERE, &made.other_ca, -HOUR, HOUR},
                         &made.foreign);
    snprintf(made.bundle, sizeof(made.bundle), "/tmp/lorry-ca-XXXXXX");
    int fd = mkstemp(made.bundle);
    toy_certificate_write(&made.ca, fd);
    close(fd);
    static const char *const CLEARED[] = {"AWS_CA_BUNDLE", "http_proxy", "https_proxy",
                                          "HTTPS_PROXY",   "all_proxy",  "ALL_PROXY"};
    for (size_t i = 0; i < ARRAY_LEN(CLEARED); i++)
        unsetenv(CLEARED[i]);
    return setenv("SSL_CERT_FILE", made.bundle, 1);
}

static int drop_certificates(void **state)
{
    (void)state;
    struct toy_certificate *const all[] = {&made.ca,        &made.between, &made.good,
                                           &made.elsewhere, &made.expired, &made.other_ca,
                                           &made.foreign};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        toy_certificate_release(all[i]);
    return unlink(made.bundle);
}

#define BOTH(test)                                                                                 \
    {#test " (event)", test, NULL, NULL, &EVENT},                                                  \
    {                                                                                              \
#test " (curl)", test, NULL, NULL, &CURL                                                   \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_requests),
        BOTH(test_head),
        BOTH(test_bad_request),
        BOTH(test_answers),
        BOTH(test_broken_answers),
        BOTH(test_cap),
        BOTH(test_stray_bytes),
        BOTH(test_kept_connection),
        BOTH(test_deadline),
        BOTH(test_refused_connection),
        BOTH(test_big_bodies),
        BOTH(test_progress),
        BOTH(test_body_in_pieces),
        BOTH(test_body_that_is_stopped),
        cmocka_unit_test_prestate(test_stop, &CURL),
        BOTH(test_refusal_is_not_in_pieces),
        BOTH(test_early_answer),
        cmocka_unit_test_prestate(test_early_answer_and_reset, &EVENT),
        BOTH(test_together),
        BOTH(test_mixed_outcomes),
        BOTH(test_tls),
        BOTH(test_early_answer_over_tls),
        BOTH(test_untrusted),
        BOTH(test_not_tls),
        BOTH(test_no_bundle),
        cmocka_unit_test(test_names_without_dns),
        cmocka_unit_test(test_idle_connections_are_bounded),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
