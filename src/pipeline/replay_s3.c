#include "pipeline/replay_s3.h"

#include "base/memory.h"
#include "pipeline/invocation_record.h"

struct bucket_pass {
    struct replay *replay;
    const struct replay_run *run;
    struct aws_client *client;
    const struct s3_location *place;
};

/* One object on its way. */
struct object_pass {
    struct bucket_pass *bucket;
    const struct s3_listed *listed;
    struct buf url;    /* "s3://bucket/key" */
    struct buf reason; /* "RetryAttemptsExhausted (Unhandled)" */
    struct buf body;
    struct arena arena;
    struct batch batch; /* the records of its event */
    struct invocation_record record;
};

static void object_release(struct object_pass *object)
{
    buf_release(&object->url);
    buf_release(&object->reason);
    buf_release(&object->body);
    arena_release(&object->arena);
    batch_release(&object->batch);
}

static int64_t set_aside_us(const struct object_pass *object)
{
    int64_t modified_us = object->listed->modified_us;
    return object->record.time_us ? object->record.time_us : modified_us > 0 ? modified_us : 0;
}

/* The whole of it. */
static struct replay_item item_of(const struct object_pass *object)
{
    int64_t size = object->listed->size;
    return (struct replay_item){
        .source = "s3",
        .place = buf_str(&object->url),
        .set_aside_us = set_aside_us(object),
        .stream = object->record.stream,
        .shard = object->record.shard,
        .sequence = object->record.first,
        .last = object->record.last,
        .bytes = size > 0 ? (uint64_t)size : 0,
        .records = (uint64_t)object->record.batch_size,
        .reason = buf_view(&object->reason),
    };
}

static void show_unreadable(const struct object_pass *object, const char *problem)
{
    const struct replay_run *run = object->bucket->run;
    struct replay_item item = item_of(object);
    item.problem = problem;
    run->totals->unreadable_objects++;
    run->on_item(run->user, &item);
}

/* ---- reading ---- */

static struct s3_location location_of(const struct object_pass *object)
{
    return (struct s3_location){object->bucket->place->bucket,
                                (char *)(uintptr_t)object->listed->key};
}

/* 1; 0: it is gone, or cannot be read and has been shown; -1. */
static int fetch(struct object_pass *object, struct error *err)
{
    struct error why = {0};
    const struct s3_location location = location_of(object);
    if (object->listed->size > (int64_t)REPLAY_OBJECT_MAX) {
        show_unreadable(object, "it is larger than any invocation record of Lambda");
        return 0;
    }
    if (s3_get_object(object->bucket->client, &location, REPLAY_OBJECT_MAX, &object->body, &why) ==
        0)
        return 1;
    if (error_is(&why, "NoSuchKey"))
        return 0;
    if (err)
        *err = why;
    return -1;
}

static void describe(struct object_pass *object)
{
    const struct invocation_record *record = &object->record;
    buf_append_view(&object->reason, record->condition);
    if (record->function_error.len)
        buf_printf(&object->reason, " (%.*s)", VIEW_ARG(record->function_error));
    buf_defuse(&object->reason);
}

/* Whether it is an invocation record with an event, or has been shown. */
static bool read_object(struct object_pass *object)
{
    struct error why = {0};
    struct invocation_record *record = &object->record;
    if (invocation_record_read(buf_view(&object->body), &object->arena, record, &why) < 0) {
        show_unreadable(object, why.message);
        return false;
    }
    describe(object);
    if (!record->payload.len) {
        show_unreadable(object, "it has no event");
        return false;
    }
    if (batch_add_event(&object->batch, record->payload, &why) < 0) {
        show_unreadable(object, why.message);
        return false;
    }
    record->batch_size = (int64_t)object->batch.count;
    return true;
}

/* ---- applying ---- */

static struct replay_letter *letters_of(struct object_pass *object)
{
    struct batch *batch = &object->batch;
    struct replay_letter *letters = arena_calloc(&object->arena, batch->count, sizeof(*letters));
    for (size_t i = 0; i < batch->count; i++) {
        const struct record *record = &batch->records[i];
        letters[i].letter = (struct letter){
            .stream = record->stream,
            .shard = record->shard,
            .sequence = batch_record_sequence(batch, record),
            .record = record->raw,
            .number = i + 1,
        };
    }
    return letters;
}

static void show_record(const struct object_pass *object, const struct replay_letter *letter)
{
    const struct replay_run *run = object->bucket->run;
    struct replay_item item = item_of(object);
    item.stream = letter->letter.stream;
    item.shard = letter->letter.shard;
    item.sequence = letter->letter.sequence;
    item.last = VIEW("");
    item.records = 1;
    item.bytes = letter->letter.record.len;
    item.verdict = letter->verdict;
    item.problem = letter->reason;
    run->on_item(run->user, &item);
}

/* Whether nothing of the object is needed any more: what cannot be applied is kept by the sink. */
static bool settle(const struct object_pass *object, const struct replay_letter *letters)
{
    const struct replay_run *run = object->bucket->run;
    bool dry_run = replay_config(object->bucket->replay)->dry_run, settled = !dry_run;
    for (size_t i = 0; i < object->batch.count; i++) {
        enum replay_verdict verdict = letters[i].verdict;
        replay_count(run, &letters[i]);
        run->totals->dead_letters += !dry_run && verdict == REPLAY_REFUSED;
        settled &= replay_settled(verdict) || verdict == REPLAY_REFUSED;
        if (dry_run || !replay_settled(verdict))
            show_record(object, &letters[i]);
    }
    return settled;
}

static int replay_object(struct object_pass *object, struct error *err)
{
    struct replay_totals *totals = object->bucket->run->totals;
    struct replay_letter *letters = letters_of(object);
    const struct s3_location location = location_of(object);
    if (replay_apply(object->bucket->replay, letters, object->batch.count, true, err) < 0)
        return error_prefix(err, "%s", buf_str(&object->url));
    if (!settle(object, letters))
        return 0;
    if (s3_delete_object(object->bucket->client, &location, err) < 0)
        return error_prefix(err, "the records of an object are applied, but it is not deleted");
    totals->deleted_objects++;
    return 0;
}

static void list_object(const struct object_pass *object)
{
    const struct replay_run *run = object->bucket->run;
    const struct replay_item item = item_of(object);
    run->totals->records += object->batch.count;
    run->totals->bytes += item.bytes;
    run->totals->verdicts[REPLAY_OPEN] += object->batch.count;
    run->on_item(run->user, &item);
}

static int use_object(struct object_pass *object, struct error *err)
{
    const struct replay_run *run = object->bucket->run;
    int there = fetch(object, err);
    if (there <= 0)
        return there;
    if (!read_object(object) ||
        !replay_wants(run->filter, buf_view(&object->reason), set_aside_us(object)))
        return 0;
    run->totals->objects++;
    if (run->list)
        list_object(object);
    else if (replay_object(object, err) < 0)
        return -1;
    replay_batch_done(run);
    return 0;
}

/* A key that ends with a slash is a folder of the console. */
static int take_object(void *user, const struct s3_listed *listed, struct error *err)
{
    struct bucket_pass *bucket = user;
    size_t len = strlen(listed->key);
    if (replay_stopped(bucket->replay) || replay_enough(bucket->run))
        return 1;
    if (listed->key[len - 1] == '/')
        return 0;
    struct object_pass object __attribute__((cleanup(object_release))) = {
        .bucket = bucket,
        .listed = listed,
        .url = BUF_INIT(BUF_TEXT_CAP),
        .reason = BUF_INIT(BUF_TEXT_CAP),
    };
    batch_init(&object.batch, (struct change_hook){0});
    buf_printf(&object.url, "s3://%s/%s", bucket->place->bucket, listed->key);
    buf_defuse(&object.url);
    return use_object(&object, err);
}

int replay_s3(struct replay *replay, const struct replay_run *run, struct aws_client *client,
              const struct s3_location *place, struct error *err)
{
    struct bucket_pass bucket = {replay, run, client, place};
    return s3_list_objects(client, place, take_object, &bucket, err);
}
