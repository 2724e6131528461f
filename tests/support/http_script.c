#include "unit.h"

#include "support/http_script.h"

#include <errno.h>

#include <strings.h>

#include "base/memory.h"
#include "net/http_request.h"

struct http_script {
    struct http_client client;
    http_script_handler *handler;
    void *user;
};

static void check_sendable(const struct http_request *request)
{
    struct http_origin origin;
    struct error err;
    if (http_request_check(request, &origin, &err))
        fail_msg("%s", err.message);
}

static void drop_answer(struct http_exchange *x)
{
    struct error error = x->error;
    http_release(x);
    x->error = error;
    x->failed = true;
}

static void script_perform(struct http_client *client, struct http_exchange *exchanges,
                           size_t count)
{
    struct http_script *script = (struct http_script *)client;
    for (size_t i = 0; i < count; i++) {
        struct http_exchange *x = &exchanges[i];
        check_sendable(&x->request);
        if (script->handler(script->user, &x->request, &x->response, &x->error)) {
            drop_answer(x);
        } else if (x->response.body.overflow) {
            error_set(&x->error, ERROR_NET, EMSGSIZE,
                      "scripted: the answer is larger than %zu bytes", x->request.response_cap);
            drop_answer(x);
        } else {
            assert_true(x->response.status >= 200);
        }
    }
}

static void script_free(struct http_client *client)
{
    free(client);
}

static const struct http_client_ops SCRIPT_OPS = {.perform = script_perform, .free = script_free};

struct http_client *http_script_new(http_script_handler *handler, void *user)
{
    struct http_script *script = xcalloc(1, sizeof(*script));
    *script = (struct http_script){{&SCRIPT_OPS}, handler, user};
    return &script->client;
}

void http_script_header(struct http_response *response, const char *name, const char *value)
{
    buf_printf(&response->header, "%s: %s\n", name, value);
}

int http_script_answer(struct http_response *response, int status, const char *body)
{
    response->status = status;
    buf_printf(&response->header, "content-length: %zu\n", strlen(body));
    buf_append_str(&response->body, body);
    return 0;
}

struct view http_script_request_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct view have = request->headers[i].name;
        if (have.len == strlen(name) && strncasecmp(have.ptr, name, have.len) == 0)
            return request->headers[i].value;
    }
    return VIEW("");
}

struct view http_script_target(const struct http_request *request)
{
    struct view url = request->url;
    const char *authority = memmem(url.ptr, url.len, "://", 3);
    if (!authority)
        return VIEW("");
    struct view rest = view_between(authority + 3, url.ptr + url.len);
    const char *path = memchr(rest.ptr, '/', rest.len);
    return path ? view_between(path, url.ptr + url.len) : VIEW("/");
}

static void assert_text(const char *what, size_t step, struct view got, const char *expected)
{
    if (expected && !view_equal(got, view_str(expected)))
        fail_msg("step %zu: %s is\n%.*s\nnot\n%s", step, what, VIEW_ARG(got), expected);
}

int http_script_play(void *user, const struct http_request *request, struct http_response *response,
                     struct error *err)
{
    struct http_script_course *course = user;
    if (course->next == course->count)
        fail_msg("a request more than the %zu of the script: %s %.*s", course->count,
                 request->method, VIEW_ARG(request->url));
    const struct http_script_step *step = &course->steps[course->next];
    assert_text("the method", course->next, view_str(request->method), step->method);
    assert_text("the target", course->next, http_script_target(request), step->target);
    assert_text("the body", course->next, request->body, step->body);
    course->next++;
    if (!step->status)
        return error_set_retry(err, ERROR_NET, 0, "%s", step->answer);
    if (step->header)
        buf_append_str(&response->header, step->header);
    return http_script_answer(response, step->status, step->answer ? step->answer : "");
}
