#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/resolve.h"

/* A name server: "known.test" has two IPv4 addresses, "silent.test" gets no answer, nothing else is
 * there.
 */
struct name_server {
    int fd;
    int port;
    pthread_t thread;
};

/* The name behind the header as text; its length on the wire. */
static size_t read_name(const unsigned char *p, char *out)
{
    size_t at = 0;
    while (p[at]) {
        memcpy(out, p + at + 1, p[at]);
        out += p[at];
        at += p[at] + 1;
        *out++ = p[at] ? '.' : '\0';
    }
    return at + 1;
}

static ssize_t answer(unsigned char *m)
{
    char name[300] = "";
    size_t at = 12 + read_name(m + 12, name);
    bool ipv4 = m[at + 1] == 1;
    at += 4;
    if (strcasecmp(name, "silent.test") == 0)
        return -1;
    bool known = strcasecmp(name, "known.test") == 0;
    m[2] = 0x81; /* an answer, recursion desired */
    m[3] = known ? 0x80 : 0x83;
    m[7] = known && ipv4 ? 2 : 0;
    for (int i = 0; i < m[7]; i++) {
        const unsigned char record[] = {0xC0, 12, 0, 1, 0,   1, 0, 0,
                                        0,    60, 0, 4, 127, 0, 0, (unsigned char)(5 + i)};
        memcpy(m + at, record, sizeof(record));
        at += sizeof(record);
    }
    return (ssize_t)at;
}

static void *serve(void *user)
{
    struct name_server *server = user;
    for (;;) {
        unsigned char message[1024] = {0};
        struct sockaddr_in from;
        socklen_t from_len = sizeof(from);
        ssize_t len = recvfrom(server->fd, message, 512, 0, (struct sockaddr *)&from, &from_len);
        if (len <= 1) /* one byte: the end */
            return NULL;
        len = answer(message);
        if (len > 0)
            sendto(server->fd, message, (size_t)len, 0, (struct sockaddr *)&from, from_len);
    }
}

static void name_server_start(struct name_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    server->fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
    getsockname(server->fd, (struct sockaddr *)&address, &len);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, serve, server);
}

static void name_server_stop(struct name_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)},
                                  .sin_port = htons((uint16_t)server->port)};
    sendto(server->fd, "", 1, 0, (struct sockaddr *)&address, sizeof(address));
    pthread_join(server->thread, NULL);
    close(server->fd);
}

/* Everything that a test needs. */
struct world {
    struct name_server server;
    struct event_base *base;
    struct resolver *resolver;
    char resolv_conf[40];
};

static void world_make(struct world *w)
{
    name_server_start(&w->server);
    snprintf(w->resolv_conf, sizeof(w->resolv_conf), "/tmp/lorry-resolv-XXXXXX");
    int fd = mkstemp(w->resolv_conf);
    dprintf(fd, "# made by a test\nsearch test\nnameserver 127.0.0.1:%d\noptions timeout:30\n",
            w->server.port);
    close(fd);
    w->base = event_base_new();
    w->resolver = resolver_new(w->base, w->resolv_conf, "/nonexistent/hosts");
}

static void world_end(struct world *w)
{
    resolver_free(w->resolver);
    event_base_free(w->base);
    unlink(w->resolv_conf);
    name_server_stop(&w->server);
}

struct outcome {
    bool done;
    struct addresses found;
    struct error err;
};

static void on_done(void *user, const struct addresses *found, const struct error *err)
{
    struct outcome *outcome = user;
    assert_false(outcome->done);
    outcome->done = true;
    if (found)
        outcome->found = *found;
    else
        outcome->err = *err;
}

static void look_up(struct world *w, const char *host, struct outcome *outcome)
{
    struct error err;
    *outcome = (struct outcome){0};
    assert_non_null(resolve_start(w->resolver, host, 4200, on_done, outcome, &err));
    assert_false(outcome->done);
    while (!outcome->done)
        assert_int_equal(event_base_loop(w->base, EVLOOP_ONCE), 0);
}

static void assert_address(const struct address *address, const char *expected)
{
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;
    bool four = address->any.sa_family == AF_INET;
    inet_ntop(address->any.sa_family, four ? (const void *)&v4->sin_addr : &v6->sin6_addr, text,
              sizeof(text));
    assert_string_equal(text, expected);
    assert_int_equal(ntohs(four ? v4->sin_port : v6->sin6_port), 4200);
    assert_int_equal(address->len, four ? sizeof(*v4) : sizeof(*v6));
}

static void test_dns(void **state)
{
    (void)state;
    struct world w;
    world_make(&w);
    struct outcome outcome;
    static const char *const NAMES[] = {"known.test", "KNOWN.TEST", "known", "known.test."};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        look_up(&w, NAMES[i], &outcome);
        if (outcome.found.count != 2)
            fail_msg("%s: %s", NAMES[i], outcome.err.message);
        assert_address(&outcome.found.at[0], "127.0.0.5");
        assert_address(&outcome.found.at[1], "127.0.0.6");
    }
    look_up(&w, "unknown.test", &outcome);
    assert_int_equal(outcome.found.count, 0);
    assert_int_equal(outcome.err.domain, ERROR_NET);
    assert_false(outcome.err.retry);
    assert_string_equal(outcome.err.message,
                        "cannot look up \"unknown.test\": there is no such host");
    world_end(&w);
}

/* Twice two seconds, whatever the file says. */
static void test_silence(void **state)
{
    (void)state;
    struct world w;
    world_make(&w);
    struct outcome outcome;
    int64_t begin = clock_system.steady_ms(&clock_system);
    look_up(&w, "silent.test", &outcome);
    int64_t took = clock_system.steady_ms(&clock_system) - begin;
    assert_true(outcome.err.retry);
    assert_string_equal(outcome.err.message,
                        "cannot look up \"silent.test\": no usable answer from the name servers");
    if (took < 3500 || took > 9000)
        fail_msg("%d ms", (int)took);
    /* It did not put the server aside. */
    look_up(&w, "known.test", &outcome);
    assert_int_equal(outcome.found.count, 2);
    world_end(&w);
}

static void test_cancel(void **state)
{
    (void)state;
    struct world w;
    world_make(&w);
    struct error err;
    struct outcome early = {0}, late = {0};
    struct resolve_query *query =
        resolve_start(w.resolver, "silent.test", 1, on_done, &early, &err);
    resolve_cancel(query); /* before it has begun */
    query = resolve_start(w.resolver, "silent.test", 1, on_done, &late, &err);
    event_base_loop(w.base, EVLOOP_ONCE);
    resolve_cancel(query);
    world_end(&w);
    assert_false(early.done);
    assert_false(late.done);
}

static void test_without_resolv_conf(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    struct resolver *resolver =
        resolver_new(base, "/nonexistent/resolv.conf", "/nonexistent/hosts");
    struct error err;
    struct outcome outcome;
    assert_null(resolve_start(resolver, "known.test", 1, on_done, &outcome, &err));
    assert_int_equal(err.code, ENOENT);
    assert_false(err.retry);
    assert_non_null(strstr(err.message, "/nonexistent/resolv.conf"));
    resolver_free(resolver);
    resolver_free(NULL);
    event_base_free(base);
}

static void check_here(struct resolver *resolver, const char *host, const char *first, size_t count)
{
    struct addresses found = {.count = 0};
    assert_int_equal(resolve_here(resolver, host, 4200, &found), count ? 0 : -1);
    assert_int_equal(found.count, count);
    if (count)
        assert_address(&found.at[0], first);
}

static void test_here(void **state)
{
    (void)state;
    char hosts[] = "/tmp/lorry-hosts-XXXXXX";
    int fd = mkstemp(hosts);
    dprintf(fd, "127.0.0.9 a.test b.test\n10.0.0.1 hidden.test#c.test\n#127.0.0.1 d.test\n\n");
    dprintf(fd, "fe80::1\tB.TEST\r\nbad e.test\n127.0.0.8");
    for (int i = 0; i < 20; i++)
        dprintf(fd, "\n10.0.0.%d many.test", i + 1);
    close(fd);
    struct resolver *resolver = resolver_new(NULL, "/nonexistent", hosts);
    check_here(resolver, "127.0.0.1", "127.0.0.1", 1);
    check_here(resolver, "::1", "::1", 1);
    check_here(resolver, "a.test", "127.0.0.9", 1);
    check_here(resolver, "b.test", "127.0.0.9", 2);
    check_here(resolver, "hidden.test", "10.0.0.1", 1);
    check_here(resolver, "many.test", "10.0.0.1", ADDRESSES_MAX);
    check_here(resolver, "LocalHost", "127.0.0.1", 2);
    static const char *const ABSENT[] = {"c.test",     "d.test", "e.test",
                                         "127.0.0.8x", "1.2.3",  "test"};
    for (size_t i = 0; i < ARRAY_LEN(ABSENT); i++)
        check_here(resolver, ABSENT[i], NULL, 0);
    resolver_free(resolver);
    unlink(hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dns),    cmocka_unit_test(test_silence),
        cmocka_unit_test(test_cancel), cmocka_unit_test(test_without_resolv_conf),
        cmocka_unit_test(test_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
