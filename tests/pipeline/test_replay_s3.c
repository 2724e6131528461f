#include <stdlib.h>

#include "pipeline/replay_s3.h"
#include "sink/sqlite_fixture.h"
#include "support/aws_script.h"
#include "support/http_script.h"
#include "support/still_clock.h"

#define STREAM "arn:aws:kinesis:eu-central-1:123456789012:stream/s"
#define NOW_US STILL_US
#define RETENTION_US INT64_C(604800000000)
#define OBJECTS_MAX 8

/* A bucket in the process. */
struct bucket {
    struct fixture *f;
    struct {
        const char *key;
        char *body; /* NULL: it is listed, but gone */
        long long size;
        bool deleted;
    } objects[OBJECTS_MAX];
    size_t count;
    int gets;
    bool keeps;          /* DELETE is refused */
    const char *at_rows; /* what the table has to have when something is deleted; NULL: anything */
    struct replay_totals totals;
    struct buf shown; /* "verdict sequence problem" a line */
};

static void list(const struct bucket *bucket, struct http_response *response)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&body, "<ListBucketResult>");
    for (size_t i = 0; i < bucket->count; i++)
        if (!bucket->objects[i].deleted)
            buf_printf(&body,
                       "<Contents><Key>%s</Key><Size>%lld</Size><LastModified>2026-07-31T00:00:00Z"
                       "</LastModified></Contents>",
                       bucket->objects[i].key, bucket->objects[i].size);
    buf_append_str(&body, "</ListBucketResult>");
    http_script_answer(response, 200, buf_str(&body));
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct bucket *bucket = user;
    struct view target = http_script_target(request);
    (void)err;
    if (view_starts_with(target, VIEW("/?list-type=2"))) {
        list(bucket, response);
        return 0;
    }
    size_t i = 0;
    while (!view_equal(view_skip(target, 1), view_str(bucket->objects[i].key)))
        assert_true(++i < bucket->count);
    if (strcmp(request->method, "GET") == 0) {
        bucket->gets++;
        if (!bucket->objects[i].body)
            return http_script_answer(response, 404, "<Error><Code>NoSuchKey</Code></Error>");
        return http_script_answer(response, 200, bucket->objects[i].body);
    }
    assert_string_equal(request->method, "DELETE");
    if (bucket->at_rows)
        assert_sql(bucket->f, "SELECT data FROM t ORDER BY pk", bucket->at_rows);
    if (bucket->keeps)
        return http_script_answer(response, 403, "<Error><Code>AccessDenied</Code></Error>");
    bucket->objects[i].deleted = true;
    return http_script_answer(response, 204, "");
}

static int setup(void **state)
{
    aws_script_environment(NULL);
    fixture_setup(state);
    struct bucket *bucket = calloc(1, sizeof(*bucket));
    bucket->f = *state;
    bucket->shown = BUF_INIT(BUF_TEXT_CAP);
    *state = bucket;
    return 0;
}

static int teardown(void **state)
{
    struct bucket *bucket = *state;
    void *fixture = bucket->f;
    for (size_t i = 0; i < bucket->count; i++)
        free(bucket->objects[i].body);
    buf_release(&bucket->shown);
    free(bucket);
    return fixture_teardown(&fixture);
}

static void add(struct bucket *bucket, const char *key, const char *body)
{
    bucket->objects[bucket->count].key = key;
    bucket->objects[bucket->count].body = body ? strdup(body) : NULL;
    bucket->objects[bucket->count++].size = body ? (long long)strlen(body) : 1;
}

/* An element of a DynamoDB stream: it needs no base64. `version` in microseconds. */
static void append_change(struct buf *out, const char *id, int64_t version, const char *value)
{
    buf_printf(
        out,
        "%s{\"eventSource\":\"aws:dynamodb\",\"eventID\":\"%s%lld\",\"eventName\":\"MODIFY\","
        "\"eventSourceARN\":\"" STREAM "\",\"dynamodb\":{\"ApproximateCreationDateTime\":%lld,"
        "\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\",\"SequenceNumber\":\"%lld\","
        "\"Keys\":{\"id\":{\"S\":\"%s\"}},\"NewImage\":{\"id\":{\"S\":\"%s\"},\"v\":{\"S\":"
        "\"%s\"}}}}",
        out->len ? "," : "", id, (long long)version, (long long)version,
        (long long)(version % 1000000), id, id, value);
}

static void add_event(struct bucket *bucket, const char *key, const struct buf *records)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&body,
               "{\"requestContext\":{\"condition\":\"RetryAttemptsExhausted\"},\"timestamp\":"
               "\"2026-07-31T12:00:00Z\",\"payload\":{\"Records\":[%s]}}",
               buf_str(records));
    add(bucket, key, buf_str(&body));
}

static void show(void *user, const struct replay_item *item)
{
    struct bucket *bucket = user;
    assert_string_equal(item->source, "s3");
    assert_true(view_starts_with(view_str(item->place), VIEW("s3://failures/")));
    buf_printf(&bucket->shown, "%s %.*s %s\n", replay_verdict_name(item->verdict),
               VIEW_ARG(item->sequence), item->problem ? item->problem : "-");
}

static int replay_bucket(struct bucket *bucket, const struct replay_filter *filter,
                         struct replay_config config, struct error *err)
{
    static char name[] = "failures", prefix[] = "aws/lambda/";
    const struct s3_location place = {name, prefix};
    struct aws_client client = aws_script_client(serve, bucket);
    config.sink = bucket->f->sink ? bucket->f->sink : fixture_open(bucket->f);
    config.clock = &still_clock;
    config.retention_us = RETENTION_US;
    struct replay *replay = replay_new(&config);
    const struct replay_run run = {
        .filter = filter, .on_item = show, .user = bucket, .totals = &bucket->totals};
    bucket->totals = (struct replay_totals){0};
    buf_clear(&bucket->shown);
    int result = replay_s3(replay, &run, &client, &place, err);
    replay_free(replay);
    http_client_free(client.http);
    return result;
}

static void run(struct bucket *bucket, struct replay_config config)
{
    static const struct replay_filter all = {0};
    struct error err = {0};
    if (replay_bucket(bucket, &all, config, &err) < 0)
        fail_msg("%s", err.message);
}

#define RECORDS(name) cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP)

static void objects_go_when_all_is_dealt_with(void **state)
{
    struct bucket *bucket = *state;
    RECORDS(one);
    RECORDS(two);
    append_change(&one, "a", NOW_US - 9, "1");
    append_change(&one, "a", NOW_US - 8, "2");
    append_change(&two, "a", NOW_US - 7, "3");
    append_change(&two, "b", NOW_US - 7, "1");
    add(bucket, "aws/lambda/", "");
    add_event(bucket, "aws/lambda/1", &one);
    add_event(bucket, "aws/lambda/2", &two);
    run(bucket, (struct replay_config){.dry_run = true});
    assert_int_equal(bucket->totals.verdicts[REPLAY_READY], 4);
    assert_int_equal(bucket->totals.deleted_objects, 0);
    run(bucket, (struct replay_config){0});
    assert_true(bucket->objects[1].deleted && bucket->objects[2].deleted);
    assert_false(bucket->objects[0].deleted); /* a folder of the console */
    assert_int_equal(bucket->totals.verdicts[REPLAY_WRITTEN], 3);
    assert_int_equal(bucket->totals.verdicts[REPLAY_STALE], 1);
    assert_int_equal(bucket->totals.deleted_objects, 2);
    assert_sql(bucket->f, "SELECT data FROM t ORDER BY pk", "{\"v\":\"3\"}\n{\"v\":\"1\"}");
}

/* It is durable before it is deleted, so that what breaks off is only done again. */
static void deleting_comes_last(void **state)
{
    struct bucket *bucket = *state;
    struct error err = {0};
    static const struct replay_filter all = {0};
    RECORDS(one);
    append_change(&one, "a", NOW_US - 9, "1");
    add_event(bucket, "aws/lambda/1", &one);
    bucket->at_rows = "{\"v\":\"1\"}";
    bucket->keeps = true;
    assert_int_equal(replay_bucket(bucket, &all, (struct replay_config){0}, &err), -1);
    assert_message(err, "the records of an object are applied, but it is not deleted");
    bucket->keeps = false;
    run(bucket, (struct replay_config){0});
    assert_int_equal(bucket->totals.deleted_objects, 1);
    run(bucket, (struct replay_config){0});
    assert_int_equal(bucket->totals.objects, 0);
}

static void what_is_held_back_keeps_its_object(void **state)
{
    struct bucket *bucket = *state;
    RECORDS(one);
    append_change(&one, "old", NOW_US - 2 * RETENTION_US, "1");
    append_change(&one, "young", NOW_US - 9, "1");
    add_event(bucket, "aws/lambda/1", &one);
    for (int i = 0; i < 2; i++) {
        run(bucket, (struct replay_config){0});
        assert_int_equal(bucket->totals.verdicts[REPLAY_HELD], 1);
        assert_int_equal(bucket->totals.verdicts[REPLAY_WRITTEN], 1);
        assert_false(bucket->objects[0].deleted);
        assert_sql(bucket->f, "SELECT pk FROM t", "{\"id\":\"young\"}");
    }
    run(bucket, (struct replay_config){.force = true});
    assert_true(bucket->objects[0].deleted);
    assert_sql(bucket->f, "SELECT pk FROM t ORDER BY pk", "{\"id\":\"old\"}\n{\"id\":\"young\"}");
}

/* Poison is kept by the sink, as the processor would have it, and the object is done with. */
static void poison_becomes_a_dead_letter(void **state)
{
    struct bucket *bucket = *state;
    RECORDS(one);
    append_change(&one, "a", NOW_US - 9, "1");
    buf_append_str(&one,
                   ",{\"kinesis\":{\"sequenceNumber\":\"77\",\"data\":\"SGVsbG8=\"},"
                   "\"eventID\":\"shardId-000000000000:77\",\"eventSourceARN\":\"" STREAM "\"},5");
    add_event(bucket, "aws/lambda/1", &one);
    run(bucket, (struct replay_config){0});
    assert_true(bucket->objects[0].deleted);
    assert_int_equal(bucket->totals.dead_letters, 2);
    assert_sql(bucket->f,
               "SELECT stream, shard, substr(sequence, 1, 3), record FROM t_dead_letters WHERE "
               "sequence = '77'",
               STREAM "|shardId-000000000000|77|{\"kinesis\":{\"sequenceNumber\":\"77\",\"data\":"
                      "\"SGVsbG8=\"},\"eventID\":\"shardId-000000000000:77\",\"eventSourceARN\":"
                      "\"" STREAM "\"}");
    assert_sql(bucket->f, "SELECT count(*) FROM t_dead_letters", "2");
}

static void what_cannot_be_read_stays(void **state)
{
    struct bucket *bucket = *state;
    RECORDS(one);
    append_change(&one, "a", NOW_US - 9, "1");
    add(bucket, "aws/lambda/gone", NULL);
    add(bucket, "aws/lambda/large", "x");
    bucket->objects[1].size = (long long)REPLAY_OBJECT_MAX + 1;
    add(bucket, "aws/lambda/mine", "mine");
    add(bucket, "aws/lambda/queue", "{\"KinesisBatchInfo\":{\"startSequenceNumber\":\"1\"}}");
    add(bucket, "aws/lambda/strange", "{\"payload\":\"x\"}");
    add_event(bucket, "aws/lambda/well", &one);
    run(bucket, (struct replay_config){0});
    assert_int_equal(bucket->totals.unreadable_objects, 4);
    assert_int_equal(bucket->totals.deleted_objects, 1);
    assert_true(bucket->objects[5].deleted);
    assert_int_equal(bucket->gets, 5);
    assert_string_equal(buf_str(&bucket->shown),
                        "open  it is larger than any invocation record of Lambda\n"
                        "open  it is no invocation record of Lambda\n"
                        "open 1 it has no event\n"
                        "open  not an event of Kinesis or DynamoDB Streams: a JSON object with an "
                        "array \"Records\" is expected\n");
}

static void filters(void **state)
{
    struct bucket *bucket = *state;
    const int64_t at = INT64_C(1785499200000000); /* 2026-07-31T12:00:00Z */
    const struct {
        struct replay_filter filter;
        uint64_t records;
    } cases[] = {
        {{.limit = 0}, 4},
        {{.reason = VIEW("exhausted")}, 4},
        {{.reason = VIEW("age")}, 0},
        {{.since_us = at}, 4},
        {{.since_us = at + 1}, 0},
        {{.until_us = at}, 0},
        {{.until_us = at + 1}, 4},
        {{.limit = 1}, 2}, /* objects are taken whole */
    };
    RECORDS(one);
    append_change(&one, "a", NOW_US - 9, "1");
    append_change(&one, "b", NOW_US - 8, "2");
    add_event(bucket, "aws/lambda/1", &one);
    add_event(bucket, "aws/lambda/2", &one);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        assert_int_equal(
            replay_bucket(bucket, &cases[i].filter, (struct replay_config){.dry_run = true}, &err),
            0);
        assert_int_equal(bucket->totals.records, cases[i].records);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_go_when_all_is_dealt_with),  TEST(deleting_comes_last),
        TEST(what_is_held_back_keeps_its_object), TEST(poison_becomes_a_dead_letter),
        TEST(what_cannot_be_read_stays),          TEST(filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
