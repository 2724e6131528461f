#include "lambda/runtime.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "json/writer.h"

#define API_VERSION "2018-06-01"
#define TRACE_VARIABLE "_X_AMZN_TRACE_ID"
/* The API is on this machine: an answer that takes longer will not come. */
#define POST_TIMEOUT_MS 10000
#define POST_ANSWER_CAP 65536
#define STATUS_TIMED_OUT 410

struct post {
    const char *path; /* behind /runtime/ */
    struct view body; /* JSON */
    const char *type; /* of an error; NULL: none */
    struct view invocation_id;
};

static void append_url(const struct runtime *runtime, struct buf *url)
{
    buf_printf(url, "http://%s/" API_VERSION "/runtime/", runtime->host);
}

/* It becomes part of a URL. */
static bool is_request_id(struct view id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] <= ' ' || strchr("/?#%\x7f", id.ptr[i]))
            return false;
    return id.len > 0;
}

static int64_t parse_ms(struct view text)
{
    cleanup_free char *copy = xstrndup(text.ptr, text.len);
    char *end;
    errno = 0;
    long long value = strtoll(copy, &end, 10);
    return errno || *end || value < 0 ? 0 : value;
}

static void export_trace(struct view trace)
{
    cleanup_free char *copy = xstrndup(trace.ptr, trace.len);
    if (trace.len)
        setenv(TRACE_VARIABLE, copy, 1);
    else
        unsetenv(TRACE_VARIABLE);
}

static void read_headers(struct invocation *invocation)
{
    const struct http_response *response = &invocation->exchange.response;
    invocation->event = buf_view(&response->body);
    invocation->request_id = http_response_header(response, "lambda-runtime-aws-request-id");
    invocation->invocation_id = http_response_header(response, "lambda-runtime-invocation-id");
    invocation->deadline_ms =
        parse_ms(http_response_header(response, "lambda-runtime-deadline-ms"));
    export_trace(http_response_header(response, "lambda-runtime-trace-id"));
}

enum runtime_state runtime_next(struct runtime *runtime, struct invocation *invocation,
                                struct error *err)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    append_url(runtime, &url);
    buf_append_str(&url, "invocation/next");
    *invocation = (struct invocation){.exchange.request = {.method = "GET",
                                                           .url = buf_view(&url),
                                                           .response_cap = EVENT_SIZE_MAX}};
    if (http_send(runtime->http, &invocation->exchange, err) < 0) {
        error_prefix(err, "no invocation from the Runtime API");
        return RUNTIME_GONE;
    }
    int status = invocation->exchange.response.status;
    if (status == STATUS_TIMED_OUT) {
        log_warning("the Runtime API says that the invocation timed out");
        return RUNTIME_AGAIN;
    }
    read_headers(invocation);
    if (status == 200 && is_request_id(invocation->request_id))
        return RUNTIME_OK;
    error_set(err, ERROR_HTTP, status, "no invocation from the Runtime API: HTTP %d%s", status,
              status == 200 ? " without a request ID" : "");
    return RUNTIME_GONE;
}

static enum runtime_state judge(const struct post *post, int status, struct error *err)
{
    if (status >= 200 && status < 300)
        return RUNTIME_OK;
    if (status == STATUS_TIMED_OUT) {
        log_warning("the answer came too late: the invocation has timed out");
        return RUNTIME_AGAIN;
    }
    error_set(err, ERROR_HTTP, status, "the Runtime API refused %s: HTTP %d", post->path, status);
    if (status >= 500)
        return RUNTIME_GONE;
    log_error("%s", err->message);
    return RUNTIME_AGAIN;
}

static enum runtime_state send_post(struct runtime *runtime, const struct post *post,
                                    struct error *err)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct error own;
    err = err ? err : &own;
    append_url(runtime, &url);
    buf_append_str(&url, post->path);
    struct http_exchange x = {
        .request = {.method = "POST",
                    .url = buf_view(&url),
                    .body = post->body,
                    .deadline_ms = clock_system.steady_ms(&clock_system) + POST_TIMEOUT_MS,
                    .response_cap = POST_ANSWER_CAP}};
    http_add_header(&x.request, VIEW("Content-Type"), VIEW("application/json"));
    if (post->type)
        http_add_header(&x.request, VIEW("Lambda-Runtime-Function-Error-Type"),
                        view_str(post->type));
    if (post->invocation_id.len)
        http_add_header(&x.request, VIEW("Lambda-Runtime-Invocation-Id"), post->invocation_id);
    enum runtime_state state = RUNTIME_GONE;
    if (http_send(runtime->http, &x, err) < 0)
        error_prefix(err, "the Runtime API took no answer");
    else
        state = judge(post, x.response.status, err);
    http_release(&x);
    return state;
}

enum runtime_state runtime_respond(struct runtime *runtime, const struct invocation *invocation,
                                   struct view json, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, "invocation/%.*s/response", VIEW_ARG(invocation->request_id));
    return send_post(runtime, &(struct post){buf_str(&path), json, NULL, invocation->invocation_id},
                     err);
}

static void append_error(struct buf *body, const char *type, const char *message)
{
    struct json_writer writer;
    json_writer_init(&writer, body);
    json_begin_object(&writer);
    json_member_string(&writer, "errorMessage", view_str(message));
    json_member_string(&writer, "errorType", view_str(type));
    json_put_name(&writer, VIEW("stackTrace"));
    json_begin_array(&writer);
    json_end_array(&writer);
    json_end_object(&writer);
}

enum runtime_state runtime_fail(struct runtime *runtime, const struct invocation *invocation,
                                const char *type, const char *message, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP), body = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, "invocation/%.*s/error", VIEW_ARG(invocation->request_id));
    append_error(&body, type, message);
    return send_post(
        runtime, &(struct post){buf_str(&path), buf_view(&body), type, invocation->invocation_id},
        err);
}

enum runtime_state runtime_init_error(struct runtime *runtime, const char *type,
                                      const char *message, struct error *err)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    append_error(&body, type, message);
    return send_post(runtime, &(struct post){"init/error", buf_view(&body), type, {0}}, err);
}

void invocation_release(struct invocation *invocation)
{
    http_release(&invocation->exchange);
}
