#include "pipeline/replay_queue.h"

#include "aws/kinesis.h"
#include "aws/sqs.h"
#include "base/map.h"
#include "base/memory.h"

/* Long enough to get at the others meanwhile, short enough for who looks again. */
#define HIDDEN_S 2
/* Calls in a row that bring nothing new: then what there is has been seen. */
#define VAIN_CALLS_MAX 3

#define US_PER_HOUR INT64_C(3600000000)

struct queue_pass {
    struct replay_queue *queue;
    struct map seen; /* IDs of messages */
    struct arena ids;
    bool brought; /* something new, by the last call */

    /* The stream that was asked for last. */
    struct buf stream;
    int64_t retention_us; /* -1: there is none */
};

/* "arn:aws:kinesis:eu-central-1:123456789012:stream/NAME" */
static const char *name_in(const char *arn)
{
    const char *slash = strrchr(arn, '/');
    return slash ? slash + 1 : arn;
}

static int ask_retention(struct queue_pass *pass, struct view arn, struct error *err)
{
    struct kinesis_stream stream = {0};
    if (view_equal(buf_view(&pass->stream), arn))
        return 0;
    int found = kinesis_describe_stream(pass->queue->client, name_in(arn.ptr), &stream, err);
    if (found < 0)
        return -1;
    buf_clear(&pass->stream);
    buf_append_view(&pass->stream, arn);
    pass->retention_us = found ? stream.retention_hours * US_PER_HOUR : -1;
    return 0;
}

static int64_t forgotten_us(const struct queue_pass *pass, int64_t arrival_us)
{
    if (pass->retention_us < 0)
        return -1;
    return arrival_us && pass->retention_us ? arrival_us + pass->retention_us : 0;
}

static int show_range(struct queue_pass *pass, const struct invocation_record *record,
                      struct error *err)
{
    struct replay_queue *queue = pass->queue;
    if (!replay_wants(queue->filter, record->condition, record->time_us))
        return 0;
    if (ask_retention(pass, record->stream, err) < 0)
        return -1;
    const struct replay_range range = {
        .record = record,
        .first_forgotten_us = forgotten_us(pass, record->first_arrival_us),
        .last_forgotten_us = forgotten_us(pass, record->last_arrival_us),
    };
    queue->take(queue->user, &range);
    queue->ranges++;
    return queue->filter->limit && queue->ranges >= queue->filter->limit;
}

static int take_message(void *user, const struct sqs_message *message, struct error *err)
{
    struct queue_pass *pass = user;
    cleanup_arena struct arena arena = ARENA_INIT;
    struct invocation_record record;
    if (map_get(&pass->seen, view_str(message->id)))
        return 0;
    *map_at(&pass->seen, arena_copy(&pass->ids, view_str(message->id))) = pass;
    pass->brought = true;
    if (invocation_record_read(message->body, &arena, &record, NULL) < 0 || !record.stream.len) {
        pass->queue->unreadable++;
        return 0;
    }
    return show_range(pass, &record, err);
}

static bool is_full(const struct queue_pass *pass)
{
    const struct replay_filter *filter = pass->queue->filter;
    return pass->seen.len >= REPLAY_RANGES_MAX ||
           (filter->limit && pass->queue->ranges >= filter->limit);
}

static int receive(struct queue_pass *pass, struct error *err)
{
    for (int vain = 0; vain < VAIN_CALLS_MAX;) {
        pass->brought = false;
        int count =
            sqs_peek(pass->queue->client, pass->queue->url, HIDDEN_S, take_message, pass, err);
        if (count <= 0)
            return count;
        pass->queue->more = is_full(pass);
        if (pass->queue->more)
            return 0;
        vain = pass->brought ? 0 : vain + 1;
    }
    return 0;
}

int replay_queue_show(struct replay_queue *queue, struct error *err)
{
    struct queue_pass pass = {.queue = queue, .stream = BUF_INIT(BUF_TEXT_CAP)};
    int result = receive(&pass, err);
    map_release(&pass.seen);
    arena_release(&pass.ids);
    buf_release(&pass.stream);
    return result;
}
