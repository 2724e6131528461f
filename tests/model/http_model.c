#include "model/http_model.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"

struct http_model {
    struct http_client client;
    struct cratedb_model *model;
    struct http_model_faults faults;
    struct clock *clock;
    uint64_t random;
    bool dead;
    size_t requests;
};

/* SplitMix64. */
static uint64_t next_random(struct http_model *http)
{
    uint64_t z = http->random += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static bool strikes(struct http_model *http, unsigned per_mille)
{
    return per_mille && next_random(http) % 1000 < per_mille;
}

static struct view header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct view have = request->headers[i].name;
        if (have.len == strlen(name) && strncasecmp(have.ptr, name, have.len) == 0)
            return request->headers[i].value;
    }
    return VIEW("");
}

/* Path and query of an absolute URL. */
static struct view target(struct view url)
{
    const char *authority = memmem(url.ptr, url.len, "://", 3);
    size_t begin = authority ? (size_t)(authority + 3 - url.ptr) : 0;
    const char *path = memchr(url.ptr + begin, '/', url.len - begin);
    return path ? view_between(path, url.ptr + url.len) : VIEW("/");
}

static void fail(struct http_exchange *x, int code, const char *why)
{
    http_release(x);
    x->failed = true;
    error_set_retry(&x->error, ERROR_NET, code, "127.0.0.1:4200: %s", why);
}

static void answer(struct http_exchange *x, int status, const char *type, struct view body)
{
    x->response.status = status;
    buf_printf(&x->response.header, "content-type: %s\ncontent-length: %zu\n", type, body.len);
    buf_append_view(&x->response.body, body);
    if (!x->response.body.overflow)
        return;
    http_release(x);
    x->failed = true;
    error_set(&x->error, ERROR_NET, 0, "127.0.0.1:4200: the answer is larger than %zu bytes",
              x->request.response_cap);
}

static void ask(struct http_model *http, struct http_exchange *x)
{
    struct buf body = BUF_INIT(SIZE_MAX / 2);
    const struct cratedb_request request = {
        .method = x->request.method,
        .path = target(x->request.url),
        .default_schema = header(&x->request, "default-schema"),
        .authorization = header(&x->request, "authorization"),
        .body = x->request.body,
    };
    int status = cratedb_model_handle(http->model, &request, &body);
    bool json = body.len && body.ptr[0] == '{';
    answer(x, status, json ? "application/json; charset=UTF-8" : "text/plain; charset=UTF-8",
           buf_view(&body));
    buf_release(&body);
}

/* What keeps the server from seeing the request; true if something does. */
static bool stopped(struct http_model *http, struct http_exchange *x)
{
    static const struct view busy =
        VIEW("{\"error\":{\"message\":\"CircuitBreakingException[model: too much at once]\","
             "\"code\":5000}}");
    http->dead = http->dead || strikes(http, http->faults.dies);
    if (http->dead)
        fail(x, ECONNRESET, "the writer is dead");
    else if (strikes(http, http->faults.lost_before))
        fail(x, ECONNREFUSED, "connection refused");
    else if (strikes(http, http->faults.unavailable))
        answer(x, 503, "text/plain", VIEW("Service Unavailable"));
    else if (strikes(http, http->faults.too_many))
        answer(x, 429, "application/json", busy);
    else if (strikes(http, http->faults.unauthorised))
        answer(x, 401, "text/plain", VIEW("password authentication failed for user \"crate\"\n"));
    else
        return false;
    return true;
}

static void perform_one(struct http_model *http, struct http_exchange *x)
{
    http->requests++;
    if (strikes(http, http->faults.refreshed))
        cratedb_model_refresh(http->model);
    if (stopped(http, x))
        return;
    ask(http, x);
    if (strikes(http, http->faults.lost_after))
        fail(x, ECONNRESET, "connection reset by peer");
    if (!strikes(http, http->faults.slow))
        return;
    http->clock->sleep_ms(http->clock, http->faults.slow_ms);
    if (x->request.deadline_ms && http->clock->steady_ms(http->clock) >= x->request.deadline_ms)
        fail(x, ETIMEDOUT, "no answer in time");
}

static void model_perform(struct http_client *client, struct http_exchange *exchanges, size_t count)
{
    struct http_model *http = (struct http_model *)client;
    size_t *order = xcalloc(count, sizeof(*order));
    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)(next_random(http) % (i + 1));
        order[i] = order[other];
        order[other] = i;
    }
    for (size_t i = 0; i < count; i++)
        perform_one(http, &exchanges[order[i]]);
    free(order);
}

static void model_free(struct http_client *client)
{
    free(client);
}

struct http_client *http_model_new(struct cratedb_model *model,
                                   const struct http_model_options *options)
{
    static const struct http_client_ops ops = {.perform = model_perform, .free = model_free};
    struct http_model *http = xcalloc(1, sizeof(*http));
    *http = (struct http_model){
        .client.ops = &ops,
        .model = model,
        .faults = options->faults,
        .clock = options->clock ? options->clock : &clock_system,
        .random = options->seed,
    };
    return &http->client;
}

void http_model_set_faults(struct http_client *client, const struct http_model_faults *faults)
{
    ((struct http_model *)client)->faults = *faults;
}

bool http_model_is_dead(const struct http_client *client)
{
    return ((const struct http_model *)client)->dead;
}

size_t http_model_requests(const struct http_client *client)
{
    return ((const struct http_model *)client)->requests;
}
