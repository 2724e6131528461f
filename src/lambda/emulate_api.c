#include "lambda/emulate_api.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "json/writer.h"

#define API "/2018-06-01/runtime/"
#define HEAD_MAX ((size_t)64 << 10)
/* What is larger than a response may be is read all the same, to be refused as Lambda does. */
#define BODY_MAX ((size_t)64 << 20)
/* No connection gets as old: an invocation ends after 15 minutes. */
#define IDLE_S (24 * 3600)

struct emulate_api {
    const struct emulate_invocation *invocation;
    struct evhttp *server;
    char address[32];
    enum emulate_state state;
    int64_t deadline_ms; /* since 1970 */
    struct buf answer;
    bool failed;
};

static void reply(struct evhttp_request *request, int status, const char *type, struct view body)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evbuffer_add(evhttp_request_get_output_buffer(request), body.ptr, body.len);
    evhttp_send_reply(request, status, NULL, NULL);
}

static void put_error(struct buf *out, const char *type, const char *message)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_string(&json, "errorMessage", view_str(message));
    json_member_string(&json, "errorType", view_str(type));
    json_end_object(&json);
}

static void refuse(struct evhttp_request *request, int status, const char *type,
                   const char *message)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    put_error(&body, type, message);
    reply(request, status, "application/json", buf_view(&body));
}

static void refuse_now(struct evhttp_request *request)
{
    refuse(request, 403, "InvalidStateTransition",
           "State transition is not allowed: the invocation is not open");
}

static void accept_it(struct evhttp_request *request)
{
    reply(request, 202, "application/json", VIEW("{\"status\":\"OK\"}\n"));
}

static void change(struct emulate_api *api, enum emulate_state state)
{
    api->state = state;
    api->invocation->changed(api->invocation->user, state);
}

static void add_header(struct evhttp_request *request, const char *name, const char *value)
{
    if (value)
        evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

/* The first time it counts from now on; a runtime that asks again gets the same again. */
static void give_invocation(struct emulate_api *api, struct evhttp_request *request)
{
    const struct emulate_invocation *invocation = api->invocation;
    bool first = api->state == EMULATE_STARTING;
    char deadline[24];
    if (first)
        api->deadline_ms = clock_system.now_us(&clock_system) / 1000 + invocation->timeout_ms;
    snprintf(deadline, sizeof(deadline), "%lld", (long long)api->deadline_ms);
    add_header(request, "Lambda-Runtime-Aws-Request-Id", invocation->request_id);
    add_header(request, "Lambda-Runtime-Deadline-Ms", deadline);
    add_header(request, "Lambda-Runtime-Invoked-Function-Arn", invocation->function_arn);
    add_header(request, "Lambda-Runtime-Trace-Id", invocation->trace_id);
    add_header(request, "Lambda-Runtime-Invocation-Id", invocation->invocation_id);
    reply(request, 200, "application/json", invocation->event);
    if (first)
        change(api, EMULATE_RUNNING);
}

static void next(struct emulate_api *api, struct evhttp_request *request)
{
    if (api->state == EMULATE_STARTING || api->state == EMULATE_RUNNING) {
        give_invocation(api, request);
        return;
    }
    if (api->state == EMULATE_ANSWERED)
        change(api, EMULATE_IDLE);
    else if (api->state == EMULATE_INIT_FAILED)
        refuse_now(request);
    /* Else it waits for ever: evhttp frees the request with its connection. */
}

static void keep_answer(struct emulate_api *api, struct evhttp_request *request, bool failed)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(body);
    char *room = buf_reserve(&api->answer, len);
    if (room && len) {
        evbuffer_copyout(body, room, len);
        buf_commit(&api->answer, len);
    }
    api->failed = failed;
}

/* Too large for Lambda: that is how the invocation ends. */
static void refuse_size(struct emulate_api *api, struct evhttp_request *request)
{
    cleanup_buf struct buf message = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&message, "Exceeded maximum allowed payload size (%zu bytes).",
               EMULATE_RESPONSE_MAX);
    refuse(request, 413, "RequestEntityTooLarge", buf_str(&message));
    buf_clear(&message);
    buf_printf(&message, "Response payload size exceeded maximum allowed payload size (%zu bytes).",
               EMULATE_RESPONSE_MAX);
    put_error(&api->answer, "Function.ResponseSizeTooLarge", buf_str(&message));
    api->failed = true;
    change(api, EMULATE_ANSWERED);
}

/* A runtime that does not know the header need not send it. */
static bool is_for_this(const struct emulate_api *api, struct evhttp_request *request)
{
    const char *id = evhttp_find_header(evhttp_request_get_input_headers(request),
                                        "Lambda-Runtime-Invocation-Id");
    return !id || strcmp(id, api->invocation->invocation_id) == 0;
}

static void answer(struct emulate_api *api, struct evhttp_request *request, bool failed)
{
    if (api->state != EMULATE_RUNNING) {
        refuse_now(request);
        return;
    }
    if (!is_for_this(api, request)) {
        refuse(request, 400, "InvalidRequestID", "Invalid invocation ID");
        return;
    }
    if (evbuffer_get_length(evhttp_request_get_input_buffer(request)) > EMULATE_RESPONSE_MAX) {
        refuse_size(api, request);
        return;
    }
    keep_answer(api, request, failed);
    accept_it(request);
    change(api, EMULATE_ANSWERED);
}

static void respond(struct emulate_api *api, struct evhttp_request *request)
{
    answer(api, request, false);
}

static void fail(struct emulate_api *api, struct evhttp_request *request)
{
    answer(api, request, true);
}

static void init_error(struct emulate_api *api, struct evhttp_request *request)
{
    if (api->state != EMULATE_STARTING) {
        refuse_now(request);
        return;
    }
    keep_answer(api, request, true);
    accept_it(request);
    change(api, EMULATE_INIT_FAILED);
}

struct route {
    const char *path; /* behind API; of an invocation: behind its id */
    enum evhttp_cmd_type method;
    void (*handle)(struct emulate_api *api, struct evhttp_request *request);
};

static const struct route routes[] = {{"invocation/next", EVHTTP_REQ_GET, next},
                                      {"init/error", EVHTTP_REQ_POST, init_error}};
static const struct route invocation_routes[] = {{"response", EVHTTP_REQ_POST, respond},
                                                 {"error", EVHTTP_REQ_POST, fail}};

static const struct route *find_route(const struct route *table, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].path, path) == 0)
            return &table[i];
    return NULL;
}

/* `id`: of the invocation that the path names; empty if it is about none. */
static const struct route *route_of(const char *path, struct view *id)
{
    if (strncmp(path, API, strlen(API)) != 0)
        return NULL;
    path += strlen(API);
    const struct route *route = find_route(routes, ARRAY_LEN(routes), path);
    const char *rest = path + strlen("invocation/");
    if (route || strncmp(path, "invocation/", strlen("invocation/")) != 0 || !strchr(rest, '/'))
        return route;
    *id = view_between(rest, strchr(rest, '/'));
    if (!id->len)
        return NULL;
    return find_route(invocation_routes, ARRAY_LEN(invocation_routes), rest + id->len + 1);
}

static void handle(struct evhttp_request *request, void *user)
{
    struct emulate_api *api = user;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    struct view id = VIEW("");
    const struct route *route = path ? route_of(path, &id) : NULL;
    if (!route) {
        reply(request, 404, "text/plain; charset=utf-8", VIEW("404 page not found\n"));
    } else if (evhttp_request_get_command(request) != route->method) {
        add_header(request, "Allow", route->method == EVHTTP_REQ_GET ? "GET" : "POST");
        reply(request, 405, "text/plain; charset=utf-8", VIEW(""));
    } else if (id.len && !view_equal(id, view_str(api->invocation->request_id))) {
        refuse(request, 400, "InvalidRequestID", "Invalid request ID");
    } else {
        route->handle(api, request);
    }
}

static int listen_on_loopback(struct emulate_api *api, struct error *err)
{
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(api->server, "127.0.0.1", 0);
    struct sockaddr_in address = {0};
    socklen_t len = sizeof(address);
    if (!bound ||
        getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &len) != 0)
        return error_errno(err, "cannot listen on the loopback device");
    snprintf(api->address, sizeof(api->address), "127.0.0.1:%d", ntohs(address.sin_port));
    return 0;
}

struct emulate_api *emulate_api_new(struct event_base *base,
                                    const struct emulate_invocation *invocation, struct error *err)
{
    struct emulate_api *api = xcalloc(1, sizeof(*api));
    api->invocation = invocation;
    api->answer.cap = EMULATE_RESPONSE_MAX;
    api->server = evhttp_new(base);
    if (!api->server)
        memory_exhausted();
    evhttp_set_max_headers_size(api->server, (ev_ssize_t)HEAD_MAX);
    evhttp_set_max_body_size(api->server, (ev_ssize_t)BODY_MAX);
    evhttp_set_timeout(api->server, IDLE_S);
    evhttp_set_allowed_methods(api->server, 0xFFFF);
    evhttp_set_gencb(api->server, handle, api);
    if (listen_on_loopback(api, err) == 0)
        return api;
    emulate_api_free(api);
    return NULL;
}

void emulate_api_free(struct emulate_api *api)
{
    if (!api)
        return;
    evhttp_free(api->server);
    buf_release(&api->answer);
    free(api);
}

const char *emulate_api_address(const struct emulate_api *api)
{
    return api->address;
}

const struct buf *emulate_api_answer(const struct emulate_api *api, bool *failed)
{
    *failed = api->failed;
    return &api->answer;
}
