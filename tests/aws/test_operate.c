/* What is read when a pipeline is looked at: mappings, metrics, shards, queues. */
#include "unit.h"

#include "aws/cloudwatch.h"
#include "aws/event_source_mapping.h"
#include "aws/kinesis.h"
#include "aws/sqs.h"
#include "base/memory.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static void test_mappings_in_pages(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", "/2015-03-31/event-source-mappings?FunctionName=my-function", "", 200, NULL,
         "{\"EventSourceMappings\":[{\"UUID\":\"u1\",\"EventSourceArn\":\"arn:s\",\"FunctionArn\":"
         "\"arn:f\",\"State\":\"Enabled\",\"StateTransitionReason\":\"User action\","
         "\"LastProcessingResult\":\"OK\",\"LastModified\":1700000000.5,\"StartingPosition\":"
         "\"TRIM_HORIZON\",\"BatchSize\":2500,\"MaximumBatchingWindowInSeconds\":1,"
         "\"ParallelizationFactor\":2,\"MaximumRetryAttempts\":1000,\"MaximumRecordAgeInSeconds\":"
         "72000,\"BisectBatchOnFunctionError\":true,\"FunctionResponseTypes\":["
         "\"ReportBatchItemFailures\"],\"DestinationConfig\":{\"OnFailure\":{\"Destination\":"
         "\"arn:q\"}}}],\"NextMarker\":\"a+b\"}"},
        {"GET", "/2015-03-31/event-source-mappings?FunctionName=my-function&Marker=a%2Bb", "", 200,
         NULL, "{\"EventSourceMappings\":[{\"UUID\":\"u2\",\"LastModified\":\"never\"}]}"},
    };
    struct aws_course p;
    struct error err = {0};
    cleanup_event_source_mappings struct event_source_mappings found = {0};
    aws_course_start(&p, steps, ARRAY_LEN(steps));
    assert_int_equal(event_source_mappings_list(&p.client, "my-function", &found, &err), 0);
    assert_int_equal(found.count, 2);
    const struct event_source_mapping *one = &found.items[0], *two = &found.items[1];
    assert_string_equal(one->uuid, "u1");
    assert_string_equal(one->source_arn, "arn:s");
    assert_string_equal(one->function_arn, "arn:f");
    assert_string_equal(one->state, "Enabled");
    assert_string_equal(one->state_reason, "User action");
    assert_string_equal(one->last_result, "OK");
    assert_int_equal(one->last_modified_us, INT64_C(1700000000500000));
    assert_string_equal(one->position, "TRIM_HORIZON");
    assert_string_equal(one->on_failure, "arn:q");
    assert_int_equal(one->batch_size, 2500);
    assert_int_equal(one->window_s, 1);
    assert_int_equal(one->parallelization, 2);
    assert_int_equal(one->retries, 1000);
    assert_int_equal(one->max_age_s, 72000);
    assert_true(one->bisect && one->reports_batch_failures);
    /* What is not said is as the API has it by default. */
    assert_string_equal(two->uuid, "u2");
    assert_string_equal(two->state, "");
    assert_int_equal(two->last_modified_us, 0);
    assert_int_equal(two->batch_size, 100);
    assert_int_equal(two->parallelization, 1);
    assert_int_equal(two->retries, -1);
    assert_int_equal(two->max_age_s, -1);
    assert_false(two->bisect || two->reports_batch_failures);
    aws_course_finish(&p);
}

static void test_mappings_of_nothing(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {.status = 404, .answer = "{\"__type\":\"ResourceNotFoundException\"}"},
        {.status = 403, .answer = "{\"__type\":\"AccessDeniedException\"}"},
    };
    struct aws_course p;
    struct error err = {0};
    struct event_source_mappings found = {0};
    aws_course_start(&p, steps, ARRAY_LEN(steps));
    assert_int_equal(event_source_mappings_list(&p.client, "f", &found, &err), 0);
    assert_int_equal(found.count, 0);
    assert_int_equal(event_source_mappings_list(&p.client, "f", &found, &err), -1);
    assert_true(error_is(&err, "AccessDeniedException"));
    assert_non_null(strstr(err.message, "lambda:ListEventSourceMappings"));
    assert_null(found.items);
    aws_course_finish(&p);
}

static void test_too_many_mappings(void **state)
{
    (void)state;
    cleanup_buf struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&answer, "{\"EventSourceMappings\":[{}");
    for (int i = 0; i < EVENT_SOURCE_MAPPINGS_MAX; i++)
        buf_append_str(&answer, ",{}");
    buf_append_str(&answer, "]}");
    struct aws_course p;
    struct error err = {0};
    struct event_source_mappings found = {0};
    aws_course_start(&p, &(struct http_script_step){.status = 200, .answer = buf_str(&answer)}, 1);
    assert_int_equal(event_source_mappings_list(&p.client, "f", &found, &err), -1);
    assert_string_equal(err.message, "Lambda \"f\": more than 100 event source mappings");
    aws_course_finish(&p);
}

/* The sums of what came, and the time of the first value. */
struct taken {
    double sums[2];
    int64_t first_s[2];
};

static int take_value(void *user, size_t query, int64_t time_s, double value, struct error *err)
{
    struct taken *taken = user;
    (void)err;
    taken->sums[query] += value;
    if (!taken->first_s[query])
        taken->first_s[query] = time_s;
    return 0;
}

static const struct cloudwatch_query two_queries[] = {
    {.namespace = "AWS/Lambda",
     .metric = "IteratorAge",
     .dimension = "FunctionName",
     .value = "f",
     .statistic = "Maximum"},
    {.search = "SEARCH('x', 'Sum')"},
};

static int get_metrics(struct aws_course *p, struct taken *taken, struct error *err)
{
    const struct cloudwatch_request request = {
        .queries = two_queries, .query_count = 2, .from_s = 1000, .to_s = 1900, .period_s = 60};
    return cloudwatch_get_metric_data(&p->client, &request, take_value, taken, err);
}

#define METRIC_INPUT                                                                               \
    "{\"MetricDataQueries\":[{\"Id\":\"q0\",\"MetricStat\":{\"Metric\":{\"Namespace\":"            \
    "\"AWS/Lambda\",\"MetricName\":\"IteratorAge\",\"Dimensions\":[{\"Name\":\"FunctionName\","    \
    "\"Value\":\"f\"}]},\"Period\":60,\"Stat\":\"Maximum\"}},{\"Id\":\"q1\",\"Expression\":"       \
    "\"SEARCH('x', 'Sum')\",\"Period\":60}],\"StartTime\":1000,\"EndTime\":1900,\"ScanBy\":"       \
    "\"TimestampDescending\""

static void test_metrics(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/", METRIC_INPUT "}", 200, NULL,
         "{\"MetricDataResults\":[{\"Id\":\"q0\",\"Timestamps\":[1.86E3,1800],\"Values\":[2,1.5],"
         "\"StatusCode\":\"PartialData\"},{\"Id\":\"q1\",\"Timestamps\":[1800],\"Values\":[1]},"
         "{\"Id\":\"q1\",\"Timestamps\":[1740],\"Values\":[3]}],\"NextToken\":\"more\"}"},
        {"POST", "/", METRIC_INPUT ",\"NextToken\":\"more\"}", 200, NULL,
         "{\"MetricDataResults\":[{\"Id\":\"q0\",\"Timestamps\":[1740],\"Values\":[10],"
         "\"StatusCode\":\"Complete\"}]}"},
    };
    struct aws_course p;
    struct error err = {0};
    struct taken taken = {0};
    aws_course_start(&p, steps, ARRAY_LEN(steps));
    assert_int_equal(get_metrics(&p, &taken, &err), 0);
    assert_true(taken.sums[0] == 13.5 && taken.sums[1] == 4);
    assert_int_equal(taken.first_s[0], 1860);
    assert_int_equal(taken.first_s[1], 1800);
    aws_course_finish(&p);
}

static void test_metrics_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *results, *message;
    } cases[] = {
        {"{\"Id\":\"q0\",\"StatusCode\":\"Forbidden\"}", "CloudWatch \"metrics\": Forbidden"},
        {"{\"Id\":\"q1\",\"StatusCode\":\"InternalError\"}",
         "CloudWatch \"metrics\": InternalError"},
        {"{\"Id\":\"q2\"}", "CloudWatch \"metrics\": the answer is that to something else"},
        {"{\"Id\":7}", "CloudWatch \"metrics\": the answer is that to something else"},
        {"{\"Id\":\"q0\",\"Timestamps\":[1],\"Values\":[]}",
         "CloudWatch \"metrics\": the answer is that to something else"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf answer = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&answer, "{\"MetricDataResults\":[%s]}", cases[i].results);
        struct aws_course p;
        struct error err = {0};
        struct taken taken = {0};
        aws_course_start(&p, &(struct http_script_step){.status = 200, .answer = buf_str(&answer)},
                         1);
        assert_int_equal(get_metrics(&p, &taken, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        aws_course_finish(&p);
    }
}

/* The ids of the shards, those that are closed with a stroke. */
static int take_shard(void *user, const struct kinesis_shard *shard, struct error *err)
{
    (void)err;
    buf_printf(user, "%s%s<%s ", shard->id, *shard->last ? "|" : "", shard->parent);
    return strcmp(shard->id, "enough") == 0;
}

static void test_shards(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/", "{\"StreamName\":\"s\"}", 200, NULL,
         "{\"Shards\":[{\"ShardId\":\"0\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":"
         "\"1\",\"EndingSequenceNumber\":\"9\"}}],\"NextToken\":\"t\"}"},
        {"POST", "/", "{\"NextToken\":\"t\"}", 200, NULL,
         "{\"Shards\":[{\"ShardId\":\"1\",\"ParentShardId\":\"0\",\"SequenceNumberRange\":{"
         "\"StartingSequenceNumber\":\"9\"}},{\"ShardId\":\"enough\"}],\"NextToken\":\"u\"}"},
    };
    struct aws_course p;
    struct error err = {0};
    cleanup_buf struct buf seen = BUF_INIT(BUF_TEXT_CAP);
    aws_course_start(&p, steps, ARRAY_LEN(steps));
    assert_int_equal(kinesis_list_shards(&p.client, "s", take_shard, &seen, &err), 0);
    assert_string_equal(buf_str(&seen), "0|< 1<0 enough< ");
    aws_course_finish(&p);
}

static void test_stream(void **state)
{
    (void)state;
    struct aws_course p;
    struct error err = {0};
    struct kinesis_stream stream;
    aws_course_start(
        &p,
        &(struct http_script_step){
            .status = 200,
            .answer = "{\"StreamDescriptionSummary\":{\"StreamARN\":\"arn\",\"StreamStatus\":"
                      "\"ACTIVE\",\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"},"
                      "\"RetentionPeriodHours\":24,\"OpenShardCount\":4}}"},
        1);
    assert_int_equal(kinesis_describe_stream(&p.client, "s", &stream, &err), 1);
    assert_string_equal(stream.mode, "ON_DEMAND");
    assert_int_equal(stream.open_shards, 4);
    assert_int_equal(stream.retention_hours, 24);
    aws_course_finish(&p);
}

/* "id body" a line; says that it was enough after the first of "enough". */
static int take_message(void *user, const struct sqs_message *message, struct error *err)
{
    (void)err;
    buf_printf(user, "%s ", message->id);
    buf_append_view(user, message->body);
    buf_append_char(user, '\n');
    return strcmp(message->id, "enough") == 0;
}

static void test_peek(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/",
         "{\"QueueUrl\":\"https://q\",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":2,"
         "\"WaitTimeSeconds\":1}",
         200, NULL,
         "{\"Messages\":[{\"MessageId\":\"1\",\"Body\":\"a\\u0000b\"},{\"MessageId\":\"2\","
         "\"Body\":\"\"}]}"},
        {.status = 200,
         .answer = "{\"Messages\":[{\"MessageId\":\"enough\",\"Body\":\"c\"},{\"MessageId\":"
                   "\"3\",\"Body\":\"d\"}]}"},
        {.status = 200, .answer = "{}"},
        {.status = 200, .answer = "{\"Messages\":[{\"MessageId\":\"1\"}]}"},
        {.status = 403, .answer = "{\"__type\":\"AccessDeniedException\"}"},
    };
    struct aws_course p;
    struct error err = {0};
    cleanup_buf struct buf seen = BUF_INIT(BUF_TEXT_CAP);
    aws_course_start(&p, steps, ARRAY_LEN(steps));
    assert_int_equal(sqs_peek(&p.client, "https://q", 2, take_message, &seen, &err), 2);
    assert_true(view_equal(buf_view(&seen), VIEW("1 a\0b\n2 \n")));
    buf_clear(&seen);
    assert_int_equal(sqs_peek(&p.client, "https://q", 2, take_message, &seen, &err), 2);
    assert_string_equal(buf_str(&seen), "enough c\n");
    assert_int_equal(sqs_peek(&p.client, "https://q", 2, take_message, &seen, &err), 0);
    assert_int_equal(sqs_peek(&p.client, "https://q", 2, take_message, &seen, &err), -1);
    assert_int_equal(err.domain, ERROR_AWS);
    assert_int_equal(sqs_peek(&p.client, "https://q", 2, take_message, &seen, &err), -1);
    assert_non_null(strstr(err.message, "allow \"sqs:ReceiveMessage\" on it"));
    aws_course_finish(&p);
}

static void test_queue(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/",
         "{\"QueueUrl\":\"https://q\",\"AttributeNames\":[\"ApproximateNumberOfMessages\","
         "\"ApproximateNumberOfMessagesNotVisible\",\"ApproximateNumberOfMessagesDelayed\","
         "\"MessageRetentionPeriod\"]}",
         200, NULL,
         "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"3\","
         "\"ApproximateNumberOfMessagesNotVisible\":\"1\",\"MessageRetentionPeriod\":\"1209600\"}"
         "}"},
        {.status = 400, .answer = "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\"}"},
        {.status = 400, .answer = "{\"__type\":\"AWS.SimpleQueueService.NonExistentQueue\"}"},
        {.status = 403, .answer = "{\"__type\":\"AccessDenied\"}"},
    };
    struct aws_course p;
    struct error err = {0};
    struct sqs_queue queue;
    aws_course_start(&p, steps, ARRAY_LEN(steps));
    assert_int_equal(sqs_describe_queue(&p.client, "https://q", &queue, &err), 1);
    assert_int_equal(queue.waiting, 3);
    assert_int_equal(queue.in_flight, 1);
    assert_int_equal(queue.delayed, 0);
    assert_int_equal(queue.retention_s, 1209600);
    assert_int_equal(sqs_describe_queue(&p.client, "https://q", &queue, &err), 0);
    assert_int_equal(sqs_describe_queue(&p.client, "https://q", &queue, &err), 0);
    assert_int_equal(sqs_describe_queue(&p.client, "https://q", &queue, &err), -1);
    assert_true(error_is(&err, "AccessDenied"));
    aws_course_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mappings_in_pages),
        cmocka_unit_test(test_mappings_of_nothing),
        cmocka_unit_test(test_too_many_mappings),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_metrics_that_are_none),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_peek),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
