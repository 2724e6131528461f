#include "net/http_event.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/connection_pool.h"
#include "net/http1.h"
#include "net/resolve.h"

#define SCRATCH_SIZE ((size_t)64 << 10)
#define HEAD_CAP ((size_t)64 << 10)
/* A body up to this size is copied behind the head: one packet, one TLS record. */
#define SMALL_BODY ((size_t)8 << 10)
/* While further addresses are left, one that does not answer gets no more time than this. */
#define CONNECT_MS 3000
/* Reads in a row before the other exchanges and the timers get their turn. */
#define READS_IN_A_ROW 64

struct http_event {
    struct http_client client;
    const char *resolv_conf;
    const char *hosts;
    struct event_base *base; /* NULL until the first request, as all below */
    struct resolver *resolver;
    struct tls *tls;
    struct connection_pool pool;
    char *scratch;
    size_t running;
};

enum phase { LOOKING_UP, CONNECTING, SECURING, ANSWERING };

static const char *const PHASE_NAMES[] = {
    [LOOKING_UP] = "looking up",
    [CONNECTING] = "connecting to",
    [SECURING] = "setting up TLS with",
    [ANSWERING] = "waiting for",
};

/* An exchange while it runs. */
struct run {
    struct http_event *client;
    struct http_exchange *x;
    struct http_origin origin;
    enum phase phase;
    struct event deadline;
    struct event io; /* of the connection's socket */
    struct resolve_query *query;
    struct addresses addresses;
    size_t next_address;
    struct connection *connection;
    bool kept;        /* the connection has carried another exchange before */
    bool restarted;   /* a kept one turned out to be dead: no second time */
    bool unsendable;  /* the peer takes no more bytes; it may have answered all the same */
    struct error why; /* `unsendable`, or the last address that failed */
    struct buf head;
    size_t sent; /* of head and body */
    struct http1_reader reader;
};

/* The end of an exchange, either way. */

static void leave_connection(struct run *run, bool keep)
{
    if (!run->connection)
        return;
    event_del(&run->io);
    if (keep)
        pool_give(&run->client->pool, run->connection);
    else
        connection_free(run->connection);
    run->connection = NULL;
}

static void end(struct run *run)
{
    if (run->query)
        resolve_cancel(run->query);
    event_del(&run->deadline);
    http1_reader_release(&run->reader);
    buf_release(&run->head);
    run->client->running--;
    free(run);
}

static void fail_exchange(struct http_exchange *x, const struct error *err)
{
    struct error copy = *err; /* it may be the exchange's own */
    http_release(x);
    x->failed = true;
    x->error = copy;
}

static void fail(struct run *run, const struct error *err)
{
    leave_connection(run, false);
    fail_exchange(run->x, err);
    end(run);
}

static size_t request_len(const struct run *run)
{
    return run->head.len + (run->x->request.body.len > SMALL_BODY ? run->x->request.body.len : 0);
}

static void succeed(struct run *run)
{
    leave_connection(run, run->reader.keep && run->sent == request_len(run));
    end(run);
}

static void on_deadline(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    struct run *run = user;
    struct error err;
    error_set_retry(&err, ERROR_NET, ETIMEDOUT, "time ran out while %s \"%s\"",
                    PHASE_NAMES[run->phase], run->origin.label);
    fail(run, &err);
}

/* The exchange proper. */

static void on_io(evutil_socket_t fd, short what, void *user);

static void await(struct run *run, short what, const struct timeval *patience)
{
    event_del(&run->io);
    event_assign(&run->io, run->client->base, run->connection->socket.fd, what, on_io, run);
    event_add(&run->io, patience);
}

static short awaited(enum io outcome)
{
    return outcome == IO_AWAIT_READ ? EV_READ : outcome == IO_AWAIT_WRITE ? EV_WRITE : 0;
}

static void report_sent(const struct run *run)
{
    const struct http_request *request = &run->x->request;
    size_t before_body = request_len(run) - request->body.len;
    if (request->on_sent && run->sent > before_body)
        request->on_sent(request->user, run->sent - before_body);
}

/* Writes what goes through; returns what to wait for, 0 when all is sent or nothing more can be. */
static short send_request(struct run *run)
{
    while (!run->unsendable && run->sent < request_len(run)) {
        struct view part = view_skip(buf_view(&run->head), run->sent);
        if (!part.len)
            part = view_skip(run->x->request.body, run->sent - run->head.len);
        size_t len = part.len;
        enum io outcome = connection_write(run->connection, part.ptr, &len, &run->why);
        if (outcome == IO_AWAIT_READ || outcome == IO_AWAIT_WRITE)
            return awaited(outcome);
        if (outcome == IO_DONE) {
            run->sent += len;
            report_sent(run);
        } else {
            run->unsendable = true;
        }
    }
    return 0;
}

static void begin(struct run *run);

/* A connection that was kept may have died since, without an answer: then a new one is tried. */
static void lose(struct run *run, const struct error *err)
{
    if (!run->kept || run->restarted || run->reader.started) {
        fail(run, err);
        return;
    }
    run->restarted = true;
    leave_connection(run, false);
    begin(run);
}

/* The peer sends no more: the end of an answer without length, else a failure, for which a failure
 * to send is the better reason. */
static void take_end(struct run *run, struct error *err)
{
    if (http1_read_end(&run->reader, err) == 0) {
        succeed(run);
        return;
    }
    error_prefix(err, "\"%s\"", run->origin.label);
    lose(run, run->unsendable && !run->reader.started && run->why.code ? &run->why : err);
}

/* Gives away what has been read of the body, if the caller wants it so. */
static int hand_over(struct run *run, struct error *err)
{
    const struct http_request *request = &run->x->request;
    struct http_response *response = &run->x->response;
    if (!response->body.len || !http_request_takes_body(request, response->status))
        return 0;
    int stop = request->on_body(request->user, buf_view(&response->body));
    buf_clear(&response->body);
    return stop ? http_request_stopped(&run->origin, err) : 0;
}

/* Takes what has come; true while the exchange goes on, with what to wait for added to `wait`. */
static bool receive(struct run *run, short *wait)
{
    struct error err;
    for (int i = 0; i < READS_IN_A_ROW; i++) {
        size_t len = SCRATCH_SIZE;
        char *body = http1_body_room(&run->reader, &len), *to = body ? body : run->client->scratch;
        enum io outcome = connection_read(run->connection, to, &len, &err);
        if (outcome == IO_AWAIT_READ || outcome == IO_AWAIT_WRITE) {
            *wait |= awaited(outcome);
            return true;
        }
        if (outcome == IO_END) {
            take_end(run, &err);
            return false;
        }
        if (outcome == IO_FAILED) {
            lose(run, run->unsendable && run->why.code ? &run->why : &err);
            return false;
        }
        if (http1_read(&run->reader, view_of(to, len), &err)) {
            error_prefix(&err, "\"%s\"", run->origin.label);
            fail(run, &err);
            return false;
        }
        if (hand_over(run, &err)) {
            fail(run, &err);
            return false;
        }
        if (run->reader.done) {
            succeed(run);
            return false;
        }
    }
    *wait |= EV_READ;
    event_active(&run->io, EV_READ, 0); /* OpenSSL may hold what the socket will not announce */
    return true;
}

/* Both directions at once: an early answer (413) must not be lost behind an upload that stalls. */
static void exchange(struct run *run)
{
    short wait = send_request(run);
    if (receive(run, &wait))
        await(run, wait, NULL);
}

static void begin_exchange(struct run *run)
{
    run->phase = ANSWERING;
    run->sent = 0;
    run->unsendable = false;
    http1_reader_release(&run->reader);
    http1_reader_init(&run->reader, &run->x->response, strcmp(run->x->request.method, "HEAD") == 0);
    run->reader.in_pieces = run->x->request.on_body != NULL;
    exchange(run);
}

/* Getting there. */

static void handshake(struct run *run)
{
    struct error err;
    enum io outcome = connection_handshake(run->connection, &err);
    if (outcome == IO_DONE) {
        begin_exchange(run);
    } else if (outcome == IO_FAILED) {
        fail(run, &err);
    } else if (outcome == IO_END) {
        error_set_retry(&err, ERROR_NET, ECONNRESET, "\"%s\" closed the TLS connection",
                        run->origin.label);
        fail(run, &err);
    } else {
        await(run, awaited(outcome), NULL);
    }
}

static void begin_tls(struct run *run)
{
    struct http_event *client = run->client;
    struct error err;
    run->phase = SECURING;
    if (!client->tls)
        client->tls = tls_new(&err);
    if (!client->tls || connection_secure(run->connection, client->tls, run->origin.host, &err)) {
        fail(run, &err);
        return;
    }
    handshake(run);
}

static void connect_next(struct run *run)
{
    leave_connection(run, false);
    run->phase = CONNECTING;
    while (run->next_address < run->addresses.count) {
        const struct address *to = &run->addresses.at[run->next_address++];
        run->connection = connection_open(&to->any, to->len, run->origin.label, &run->why);
        if (!run->connection)
            continue;
        bool last = run->next_address == run->addresses.count;
        static const struct timeval PATIENCE = {CONNECT_MS / 1000, CONNECT_MS % 1000 * 1000};
        await(run, EV_WRITE, last ? NULL : &PATIENCE);
        return;
    }
    fail(run, &run->why);
}

static void finish_connect(struct run *run, bool timed_out)
{
    if (timed_out)
        error_set_retry(&run->why, ERROR_NET, ETIMEDOUT, "cannot connect to \"%s\": %s",
                        run->origin.label, strerror(ETIMEDOUT));
    if (timed_out || connection_established(run->connection, &run->why))
        connect_next(run);
    else if (run->origin.tls)
        begin_tls(run);
    else
        begin_exchange(run);
}

static void on_io(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    struct run *run = user;
    if (run->phase == CONNECTING)
        finish_connect(run, what & EV_TIMEOUT);
    else if (run->phase == SECURING)
        handshake(run);
    else
        exchange(run);
}

static void on_resolved(void *user, const struct addresses *found, const struct error *err)
{
    struct run *run = user;
    run->query = NULL;
    if (err) {
        fail(run, err);
        return;
    }
    run->addresses = *found;
    connect_next(run);
}

static void begin(struct run *run)
{
    struct http_event *client = run->client;
    run->kept = false;
    if (!run->restarted)
        run->connection = pool_take(&client->pool, &run->origin);
    if (run->connection) {
        run->kept = true;
        begin_exchange(run);
        return;
    }
    struct error err;
    run->phase = LOOKING_UP;
    run->next_address = 0;
    if (resolve_here(client->resolver, run->origin.host, run->origin.port, &run->addresses) == 0) {
        connect_next(run);
        return;
    }
    run->query =
        resolve_start(client->resolver, run->origin.host, run->origin.port, on_resolved, run, &err);
    if (!run->query)
        fail(run, &err);
}

/* All exchanges together. */

static int write_request(struct run *run, struct error *err)
{
    const struct http_request *request = &run->x->request;
    run->head = BUF_INIT(HEAD_CAP);
    if (http_request_check(request, &run->origin, err) ||
        http1_write_head(request, &run->origin, &run->head, err))
        return -1;
    if (request->body.len <= SMALL_BODY) {
        run->head.cap += SMALL_BODY;
        buf_append_view(&run->head, request->body);
    }
    return 0;
}

static void start(struct http_event *client, struct http_exchange *x)
{
    struct run *run = xcalloc(1, sizeof(*run));
    run->client = client;
    run->x = x;
    client->running++;
    event_assign(&run->deadline, client->base, -1, 0, on_deadline, run);
    event_assign(&run->io, client->base, -1, 0, on_io, run);
    struct error err;
    if (write_request(run, &err)) {
        fail(run, &err);
        return;
    }
    if (x->request.deadline_ms) {
        int64_t left = x->request.deadline_ms - clock_system.steady_ms(&clock_system);
        if (left <= 0) {
            error_set_retry(&err, ERROR_NET, ETIMEDOUT, "no time is left for a request to \"%s\"",
                            run->origin.label);
            fail(run, &err);
            return;
        }
        event_add(&run->deadline, &(struct timeval){left / 1000, left % 1000 * 1000});
    }
    begin(run);
}

static void open_base(struct http_event *client)
{
    if (client->base)
        return;
    struct event_config *config = event_config_new();
    if (config) {
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
        event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
        client->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (!client->base)
        memory_exhausted();
    client->resolver = resolver_new(client->base, client->resolv_conf, client->hosts);
    client->scratch = xmalloc(SCRATCH_SIZE);
}

static void event_perform(struct http_client *base, struct http_exchange *exchanges, size_t count)
{
    struct http_event *client = (struct http_event *)base;
    open_base(client);
    for (size_t i = 0; i < count; i++)
        start(client, &exchanges[i]);
    while (client->running) {
        int rc = event_base_loop(client->base, EVLOOP_ONCE);
        assert(rc == 0);
        (void)rc;
    }
}

static void event_client_free(struct http_client *base)
{
    struct http_event *client = (struct http_event *)base;
    pool_release(&client->pool);
    resolver_free(client->resolver);
    tls_free(client->tls);
    if (client->base)
        event_base_free(client->base);
    free(client->scratch);
    free(client);
}

static const struct http_client_ops EVENT_OPS = {.perform = event_perform,
                                                 .free = event_client_free};

struct http_client *http_event_new_with(const char *resolv_conf, const char *hosts)
{
    struct http_event *client = xcalloc(1, sizeof(*client));
    client->client.ops = &EVENT_OPS;
    client->resolv_conf = resolv_conf;
    client->hosts = hosts;
    return &client->client;
}

struct http_client *http_event_new(void)
{
    return http_event_new_with("/etc/resolv.conf", "/etc/hosts");
}
