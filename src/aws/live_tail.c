#include "aws/live_tail.h"

#include <errno.h>

#include "aws/call.h"
#include "aws/logs_service.h"
#include "base/memory.h"

/* Longer than a session can be. */
#define SESSION_MAX_MS ((int64_t)4 * 3600 * 1000)
/* An update is due every second. */
#define SILENCE_MAX_MS 30000
/* Of a piece of the stream, and of a refusal. */
#define PIECE_CAP ((size_t)1 << 20)

/* botocore's model has the prefix "stream-". */
static const struct aws_service streaming_service = {
    .name = "CloudWatch Logs",
    .host = "stream-logs",
    .signing_name = "logs",
    .variable = "CLOUDWATCH_LOGS",
    .protocol = &aws_protocol_json_1_1,
    .target = "Logs_20140328",
};

static const struct aws_operation start_live_tail = {
    .service = &streaming_service,
    .name = "StartLiveTail",
    .permission = "logs:StartLiveTail",
};

struct updated {
    const struct live_tail *tail;
    bool sampled;
};

static int take_events(void *user, const struct logs_event *events, size_t count, struct error *err)
{
    const struct updated *updated = user;
    return updated->tail->update(updated->tail->user, events, count, updated->sampled, err);
}

static int take_update(const struct live_tail *tail, struct view payload, struct error *err)
{
    json_t *update = json_loadb(payload.ptr, payload.len, JSON_ALLOW_NUL, NULL);
    if (!json_is_object(update)) {
        json_decref(update);
        return error_set(err, ERROR_INPUT, 0, "an update of the live tail is no JSON object");
    }
    const json_t *metadata = json_object_get(update, "sessionMetadata");
    struct updated updated = {tail, json_is_true(json_object_get(metadata, "sampled"))};
    int result =
        logs_take_list(json_object_get(update, "sessionResults"), take_events, &updated, err);
    json_decref(update);
    return result;
}

/* Events of a later version of the service are let pass. */
int live_tail_take(const struct live_tail *tail, const struct event_message *message,
                   struct error *err)
{
    struct view type = event_text(message, ":event-type");
    if (event_refused(message, "the live tail ended", err) < 0) {
        if (err)
            err->retry = error_is(err, "SessionTimeoutException") ||
                         error_is(err, "SessionStreamingException");
        return -1;
    }
    if (view_equal(type, VIEW("sessionStart")))
        return tail->started(tail->user, err);
    if (view_equal(type, VIEW("sessionUpdate")))
        return take_update(tail, message->payload, err);
    return 0;
}

struct session {
    const struct live_tail *tail;
    struct clock *clock;
    struct event_stream stream;
    int64_t heard_ms; /* when something came, by the steady clock */
    bool stopped;     /* was wanted */
    bool silent;
    bool failed;
    struct error why;
};

static int take_message(void *user, const struct event_message *message, struct error *err)
{
    return live_tail_take(((struct session *)user)->tail, message, err);
}

static int take_piece(void *user, struct view piece)
{
    struct session *session = user;
    session->failed =
        event_stream_feed(&session->stream, piece, take_message, session, &session->why) < 0;
    session->heard_ms = session->clock->steady_ms(session->clock);
    return session->failed;
}

static bool is_over(void *user)
{
    struct session *session = user;
    session->stopped = session->stopped || session->tail->stop(session->tail->user);
    session->silent =
        session->clock->steady_ms(session->clock) - session->heard_ms > SILENCE_MAX_MS;
    return session->stopped || session->silent;
}

static int call(struct aws_client *client, struct session *session, struct error *err)
{
    const struct live_tail *tail = session->tail;
    struct http_response answer = {0};
    struct aws_client patient = *client;
    patient.timeout_ms = SESSION_MAX_MS;
    patient.retry = NULL;
    json_t *input = json_pack("{s:[s]}", "logGroupIdentifiers", tail->arn);
    if (tail->pattern)
        json_object_set_new(input, "logEventFilterPattern", json_string(tail->pattern));
    cleanup_free char *body = json_dumps(input, JSON_COMPACT);
    json_decref(input);
    int result = aws_call(&patient,
                          &(struct aws_call){.operation = &start_live_tail,
                                             .subject = tail->arn,
                                             .body = view_str(body),
                                             .response_cap = PIECE_CAP,
                                             .on_body = take_piece,
                                             .stop = is_over,
                                             .user = session},
                          &answer, err);
    client->skew_us = patient.skew_us;
    http_response_release(&answer);
    return result;
}

/* Why a session is over, of which the call says that it failed with `cause`. */
static int explain(const struct session *session, const struct error *cause, struct error *err)
{
    if (session->silent)
        return error_set_retry(err, ERROR_NET, ETIMEDOUT,
                               "nothing has come from the live tail for %d s",
                               SILENCE_MAX_MS / 1000);
    if (err)
        *err = session->failed ? session->why : *cause;
    return -1;
}

int live_tail_run(struct aws_client *client, const struct live_tail *tail, struct error *err)
{
    struct session session = {
        .tail = tail, .clock = client->clock, .heard_ms = client->clock->steady_ms(client->clock)};
    struct error cause = {0};
    event_stream_init(&session.stream);
    int result = call(client, &session, &cause);
    event_stream_release(&session.stream);
    if (session.stopped)
        return 0;
    if (result == 0)
        error_set_retry(&cause, ERROR_NET, ECONNRESET, "the live tail was cut");
    return explain(&session, &cause, err);
}
