#include "unit.h"

#include <errno.h>

#include "aws/live_tail.h"
#include "support/aws_script.h"
#include "support/event_frame.h"
#include "support/http_script.h"

/* A server that sends `bytes`, then falls silent, and what came of it. */
struct scene {
    struct buf bytes;
    size_t piece; /* bytes at a time */
    bool refused;
    bool silent; /* at the end nothing comes, but the connection stays */
    struct clock clock;
    int64_t now_ms;
    int updates_wanted; /* after so many, `stop` says so; 0: never */
    int updates, started;
    bool fails; /* the handler does */
    struct buf seen;
    struct view wanted_body;
};

static int64_t steady_ms(struct clock *clock)
{
    return ((struct scene *)((char *)clock - offsetof(struct scene, clock)))->now_ms;
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct scene *scene = user;
    assert_view(http_script_request_header(request, "x-amz-target"), "Logs_20140328.StartLiveTail");
    assert_view(view_of(request->url.ptr, 34), "https://stream-logs.eu-central-1.a");
    if (scene->wanted_body.len)
        assert_true(view_equal(request->body, scene->wanted_body));
    if (scene->refused)
        return http_script_answer(response, 400,
                                  "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    response->status = 200;
    for (struct view rest = buf_view(&scene->bytes); rest.len;
         rest = view_skip(rest, scene->piece)) {
        size_t len = rest.len < scene->piece ? rest.len : scene->piece;
        if (request->stop(request->user) || request->on_body(request->user, view_of(rest.ptr, len)))
            return error_set(err, ERROR_NET, ECANCELED, "stopped");
    }
    for (; scene->silent; scene->now_ms += 1000)
        if (request->stop(request->user))
            return error_set(err, ERROR_NET, ECANCELED, "stopped");
    return 0;
}

static int on_started(void *user, struct error *err)
{
    struct scene *scene = user;
    scene->started++;
    return scene->fails ? error_set(err, ERROR_INPUT, 7, "enough of that") : 0;
}

static int on_update(void *user, const struct logs_event *events, size_t count, bool sampled,
                     struct error *err)
{
    struct scene *scene = user;
    (void)err;
    scene->updates++;
    for (size_t i = 0; i < count; i++)
        buf_printf(&scene->seen, "%.*s %.*s %d %d\n", VIEW_ARG(events[i].stream),
                   VIEW_ARG(events[i].message), (int)events[i].time_ms, (int)events[i].ingested_ms);
    buf_append_str(&scene->seen, sampled ? "sampled\n" : ".\n");
    return 0;
}

static bool on_stop(void *user)
{
    struct scene *scene = user;
    return scene->updates_wanted && scene->updates >= scene->updates_wanted;
}

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.bytes = BUF_INIT(BUF_TEXT_CAP),
                            .piece = 7,
                            .clock = clock_system,
                            .seen = BUF_INIT(BUF_TEXT_CAP)};
    scene->clock.steady_ms = steady_ms;
    event_frame_append(&scene->bytes, "event", "initial-response", "{}");
    event_frame_append(&scene->bytes, "event", "sessionStart", "{\"sessionId\":\"1\"}");
    event_frame_append(
        &scene->bytes, "event", "sessionUpdate",
        "{\"sessionMetadata\":{\"sampled\":false},\"sessionResults\":[{\"logStreamName\":\"s\","
        "\"logGroupIdentifier\":\"1:g\",\"message\":\"later\",\"timestamp\":9,\"ingestionTime\":10}"
        ","
        "{\"logStreamName\":\"t\",\"message\":\"sooner\",\"timestamp\":8,\"ingestionTime\":10}]}");
    event_frame_append(&scene->bytes, "event", "ofLaterTimes", "what");
    event_frame_append(&scene->bytes, "event", "sessionUpdate",
                       "{\"sessionMetadata\":{\"sampled\":true},\"sessionResults\":[]}");
}

#define SEEN "t sooner 8 10\ns later 9 10\n.\nsampled\n"

static int run(struct scene *scene, const char *pattern, struct error *err)
{
    struct aws_client client = aws_script_client(serve, scene);
    client.clock = &scene->clock;
    const struct live_tail tail = {.arn = "arn:g",
                                   .pattern = pattern,
                                   .started = on_started,
                                   .update = on_update,
                                   .stop = on_stop,
                                   .user = scene};
    int result = live_tail_run(&client, &tail, err);
    http_client_free(client.http);
    buf_release(&scene->bytes);
    return result;
}

static void test_events(void **state)
{
    (void)state;
    struct scene scene;
    struct error err = {0};
    for (size_t piece = 1; piece < 4000; piece = piece * 3 + 1) {
        scene_init(&scene);
        scene.piece = piece;
        scene.wanted_body =
            VIEW("{\"logGroupIdentifiers\":[\"arn:g\"],\"logEventFilterPattern\":\"\\\"x\\\"\"}");
        assert_int_equal(run(&scene, "\"x\"", &err), -1);
        assert_true(err.retry);
        assert_string_equal(err.message, "the live tail was cut");
        assert_int_equal(scene.started, 1);
        assert_string_equal(buf_str(&scene.seen), SEEN);
        buf_release(&scene.seen);
    }
}

static void test_exceptions(void **state)
{
    (void)state;
    static const char *const names[] = {"SessionTimeoutException", "SessionStreamingException",
                                        "SomethingElse"};
    for (size_t i = 0; i < 3; i++) {
        struct scene scene;
        struct error err = {0};
        scene_init(&scene);
        event_frame_append(&scene.bytes, "exception", names[i], "{\"message\":\"so be it\"}");
        assert_int_equal(run(&scene, NULL, &err), -1);
        assert_true(error_is(&err, names[i]));
        assert_int_equal(err.retry, i < 2);
        assert_non_null(strstr(err.message, "so be it"));
        assert_string_equal(buf_str(&scene.seen), SEEN);
        buf_release(&scene.seen);
    }
}

static void test_ends(void **state)
{
    (void)state;
    struct scene scene;
    struct error err = {0};
    scene_init(&scene);
    scene.updates_wanted = 1;
    assert_int_equal(run(&scene, NULL, &err), 0);
    assert_int_equal(scene.updates, 1);
    buf_release(&scene.seen);
    scene_init(&scene);
    scene.refused = true;
    assert_int_equal(run(&scene, NULL, &err), -1);
    assert_true(error_is(&err, "AccessDeniedException"));
    assert_non_null(strstr(err.message, "logs:StartLiveTail"));
    assert_false(err.retry);
    assert_int_equal(scene.started, 0);
    scene_init(&scene);
    scene.fails = true;
    assert_int_equal(run(&scene, NULL, &err), -1);
    assert_string_equal(err.message, "enough of that");
    assert_int_equal(err.code, 7);
}

static void test_silence(void **state)
{
    (void)state;
    struct scene scene;
    struct error err = {0};
    scene_init(&scene);
    scene.silent = true;
    assert_int_equal(run(&scene, NULL, &err), -1);
    assert_true(err.retry);
    assert_int_equal(err.code, ETIMEDOUT);
    assert_int_equal(scene.now_ms, 31000);
    assert_int_equal(scene.updates, 2);
    buf_release(&scene.seen);
}

static void test_garbage(void **state)
{
    (void)state;
    static const char *const payloads[] = {"", "[]", "{\"sessionResults\":", "7"};
    struct scene scene;
    struct error err = {0};
    for (size_t i = 0; i < 4; i++) {
        scene_init(&scene);
        event_frame_append(&scene.bytes, "event", "sessionUpdate", payloads[i]);
        assert_int_equal(run(&scene, NULL, &err), -1);
        assert_string_equal(err.message, "an update of the live tail is no JSON object");
        buf_release(&scene.seen);
    }
    scene_init(&scene);
    event_frame_append(&scene.bytes, "event", "sessionUpdate",
                       "{\"sessionMetadata\":1,\"sessionResults\":[1,{\"message\":2},null,"
                       "{\"message\":\"m\",\"timestamp\":\"x\",\"logStreamName\":null}]}");
    assert_int_equal(run(&scene, NULL, &err), -1);
    assert_string_equal(buf_str(&scene.seen), SEEN " m 0 0\n.\n");
    buf_release(&scene.seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),  cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_ends),    cmocka_unit_test(test_silence),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
