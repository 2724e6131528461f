#include "support/aws_script.h"

#include "unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"

static struct aws_script *script_of(struct clock *clock)
{
    return (struct aws_script *)(void *)((char *)clock - offsetof(struct aws_script, clock));
}

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return 1440938160000000;
}

static int64_t steady_ms(struct clock *clock)
{
    return script_of(clock)->slept_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    script_of(clock)->slept_ms += ms;
}

static void name_call(const struct http_request *request, struct buf *name)
{
    struct view target = http_script_request_header(request, "X-Amz-Target");
    const char *dot = target.len ? memchr(target.ptr, '.', target.len) : NULL;
    struct view body = request->body, query = VIEW("Action=");
    if (dot)
        buf_append_view(name, view_between(dot + 1, target.ptr + target.len));
    else if (view_starts_with(body, query))
        buf_append(name, body.ptr + query.len, strcspn(body.ptr + query.len, "&"));
    else
        buf_printf(name, "%s %.*s", request->method, VIEW_ARG(http_script_target(request)));
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct aws_script *script = user;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    (void)err;
    name_call(request, &name);
    if (script->next == script->count)
        fail_msg("%s, and nothing more is expected", buf_str(&name));
    const struct aws_step *step = &script->steps[script->next++];
    assert_string_equal(buf_str(&name), step->operation);
    if (step->sends)
        assert_non_null(
            memmem(request->body.ptr, request->body.len, step->sends, strlen(step->sends)));
    return http_script_answer(response, step->status, step->answer);
}

int aws_script_environment(void **state)
{
    static const char *const others[] = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR",
                                         "AWS_SESSION_TOKEN", "LORRY_POLL_MS"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        unsetenv(others[i]);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key", 1);
    return 0;
}

struct aws_client aws_script_client(http_script_handler *handler, void *user)
{
    return (struct aws_client){.http = http_script_new(handler, user),
                               .credentials = &aws_credentials_environment,
                               .clock = &clock_system,
                               .region = "eu-central-1",
                               .timeout_ms = 5000};
}

void aws_course_start(struct aws_course *course, const struct http_script_step *steps, size_t count)
{
    course->course = (struct http_script_course){steps, count, 0};
    course->client = aws_script_client(http_script_play, &course->course);
}

void aws_course_finish(struct aws_course *course)
{
    assert_int_equal(course->course.next, course->course.count);
    http_client_free(course->client.http);
}

void aws_script_start(struct aws_script *script, const struct aws_step *steps, size_t count)
{
    aws_script_environment(NULL);
    *script =
        (struct aws_script){.steps = steps, .count = count, .clock = {now_us, steady_ms, sleep_ms}};
    script->client = aws_script_client(serve, script);
    script->client.clock = &script->clock;
}

void aws_script_finish(struct aws_script *script)
{
    assert_int_equal(script->next, script->count);
    http_client_free(script->client.http);
}
