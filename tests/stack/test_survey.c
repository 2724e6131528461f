/* Each part of a survey, with AWS played. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "pipeline.h"
#include "stack/survey.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define NOW_S INT64_C(1795834830) /* 2026-11-28 03:00:30 UTC */

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return NOW_S * 1000000;
}

/* A survey for which a course is played. */
struct play {
    struct clock clock;
    struct aws_course aws;
    struct stack pipeline;
    struct survey survey;
};

static void play(struct play *play, const struct http_script_step *steps, size_t count)
{
    *play = (struct play){.clock = {.now_us = now_us}, .pipeline = documented_pipeline()};
    aws_course_start(&play->aws, steps, count);
    play->aws.client.clock = &play->clock;
    play->survey = (struct survey){.client = &play->aws.client,
                                   .pipeline = &play->pipeline,
                                   .now_us = NOW_S * 1000000,
                                   .name = "testdrive-dynamodb-dev"};
}

/* With answers that are made. */
static void play_with(struct play *p, http_script_handler *handler)
{
    play(p, NULL, 0);
    http_client_free(p->aws.client.http);
    p->aws.client.http = http_script_new(handler, NULL);
}

#define PLAY(p, ...)                                                                               \
    static const struct http_script_step steps[] = {__VA_ARGS__};                                  \
    play(p, steps, ARRAY_LEN(steps))

static void played(struct play *play)
{
    aws_course_finish(&play->aws);
    survey_release(&play->survey);
}

#define DENIED                                                                                     \
    {                                                                                              \
        .status = 400, .answer = "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}"       \
    }
#define DENIED_XML                                                                                 \
    {                                                                                              \
        .status = 403, .answer = "<ErrorResponse><Error><Code>AccessDenied</Code></Error>"         \
                                 "</ErrorResponse>"                                                \
    }

static void assert_denied(const struct survey_part *part)
{
    assert_int_equal(part->state, SURVEY_UNKNOWN);
    assert_non_null(strstr(part->why, "AccessDenied"));
}

/* ---- who ---- */

static void test_begin(void **state)
{
    (void)state;
    struct play p;
    struct error err = {0};
    PLAY(&p,
         {.status = 200,
          .answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><UserId>u"
                    "</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
                    "</GetCallerIdentityResponse>"},
         DENIED_XML);
    p.survey = (struct survey){0};
    assert_int_equal(survey_begin(&p.survey, &p.aws.client, &p.pipeline, &err), 0);
    assert_string_equal(p.survey.account, "123456789012");
    assert_string_equal(p.survey.region, "eu-central-1");
    assert_string_equal(p.survey.name, "testdrive-dynamodb-dev");
    assert_int_equal(p.survey.now_us, NOW_S * 1000000);
    assert_int_equal(survey_begin(&p.survey, &p.aws.client, &p.pipeline, &err), -1);
    assert_true(error_is(&err, "AccessDenied"));
    played(&p);
}

/* ---- stack ---- */

#define STACK(status)                                                                              \
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>arn:stack</StackId>"   \
    "<StackStatus>" status "</StackStatus><CreationTime>2026-11-27T01:00:00Z</CreationTime>"       \
    "<LastUpdatedTime>2026-11-28T02:00:00.123Z</LastUpdatedTime><Outputs><member><OutputKey>"      \
    "StreamName</OutputKey><OutputValue>other-stream</OutputValue></member></Outputs></member>"    \
    "</Stacks></DescribeStacksResult></DescribeStacksResponse>"
#define TEMPLATE(text)                                                                             \
    "<GetTemplateResponse><GetTemplateResult><TemplateBody>" text                                  \
    "</TemplateBody></GetTemplateResult></GetTemplateResponse>"
#define OURS TEMPLATE("{\"Metadata\":{\"Lorry\":{}}}")

static void test_stack(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p, {.status = 200, .answer = STACK("UPDATE_COMPLETE")}, {.status = 200, .answer = OURS});
    survey_stack(&p.survey);
    const struct survey_stack *stack = &p.survey.stack;
    assert_int_equal(stack->part.state, SURVEY_FOUND);
    assert_true(stack->ours);
    assert_null(stack->failure);
    assert_int_equal(stack->found.changed_us, INT64_C(1795831200123000));
    /* The outputs name things, else the pipeline does. */
    assert_string_equal(survey_stream_name(&p.survey), "other-stream");
    assert_string_equal(survey_table_name(&p.survey), "table-testdrive");
    assert_string_equal(survey_function_name(&p.survey), "DynamoDBCrateDBProcessor");
    played(&p);
}

static void test_failed_stack(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p, {.status = 200, .answer = STACK("UPDATE_ROLLBACK_COMPLETE")},
         {.status = 200, .answer = TEMPLATE("{}")},
         {.status = 200,
          .answer =
              "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents><member>"
              "<LogicalResourceId>Function</LogicalResourceId><ResourceType>AWS::Lambda::Function"
              "</ResourceType><ResourceStatus>UPDATE_FAILED</ResourceStatus><ResourceStatusReason>"
              "no image</ResourceStatusReason></member></StackEvents>"
              "</DescribeStackEventsResult></DescribeStackEventsResponse>"});
    survey_stack(&p.survey);
    assert_false(p.survey.stack.ours);
    assert_string_equal(p.survey.stack.failure, "Function (AWS::Lambda::Function): no image");
    played(&p);
}

static void test_no_stack(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p,
         {.status = 400,
          .answer = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x "
                    "does not exist</Message></Error></ErrorResponse>"},
         {.status = 200, .answer = STACK("REVIEW_IN_PROGRESS")}, DENIED_XML);
    survey_stack(&p.survey);
    assert_int_equal(p.survey.stack.part.state, SURVEY_ABSENT);
    survey_stack(&p.survey);
    assert_int_equal(p.survey.stack.part.state, SURVEY_ABSENT);
    survey_stack(&p.survey);
    assert_denied(&p.survey.stack.part);
    played(&p);
}

/* Where only the stack itself can be read, nothing speaks against it. */
static void test_stack_with_little_permission(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p, {.status = 200, .answer = STACK("ROLLBACK_COMPLETE")}, DENIED_XML, DENIED_XML);
    survey_stack(&p.survey);
    assert_int_equal(p.survey.stack.part.state, SURVEY_FOUND);
    assert_true(p.survey.stack.ours);
    assert_null(p.survey.stack.failure);
    played(&p);
}

/* ---- function, mappings, stream, table ---- */

static void test_parts(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p,
         {.status = 200,
          .answer = "{\"Configuration\":{\"State\":\"Active\",\"CodeSha256\":\"x=\"}}"},
         {.status = 200, .answer = "{\"EventSourceMappings\":[{\"UUID\":\"u\"}]}"},
         {.status = 200, .answer = "{\"StreamDescriptionSummary\":{\"StreamARN\":\"arn\"}}"},
         {.status = 200,
          .answer = "{\"KinesisDataStreamDestinations\":[{\"StreamArn\":\"arn\","
                    "\"DestinationStatus\":\"ACTIVE\"}]}"});
    survey_function(&p.survey);
    survey_mappings(&p.survey);
    survey_stream(&p.survey);
    survey_destination(&p.survey);
    assert_int_equal(p.survey.function.part.state, SURVEY_FOUND);
    assert_string_equal(p.survey.function.found.state, "Active");
    assert_string_equal(survey_deployed_digest(&p.survey), "x=");
    assert_int_equal(p.survey.mappings.part.state, SURVEY_FOUND);
    assert_int_equal(p.survey.mappings.found.count, 1);
    assert_int_equal(p.survey.stream.part.state, SURVEY_FOUND);
    assert_string_equal(survey_stream_arn(&p.survey), "arn");
    assert_int_equal(p.survey.destination.part.state, SURVEY_FOUND);
    played(&p);
}

#define MISSING                                                                                    \
    {                                                                                              \
        .status = 404, .answer = "{\"__type\":\"ResourceNotFoundException\"}"                      \
    }

static void test_parts_that_are_not_there(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p, MISSING, MISSING, MISSING, MISSING, MISSING);
    survey_function(&p.survey);
    survey_mappings(&p.survey);
    survey_stream(&p.survey);
    survey_destination(&p.survey);
    survey_log(&p.survey);
    assert_int_equal(p.survey.function.part.state, SURVEY_ABSENT);
    assert_int_equal(p.survey.mappings.part.state, SURVEY_FOUND);
    assert_int_equal(p.survey.mappings.found.count, 0);
    assert_int_equal(p.survey.stream.part.state, SURVEY_ABSENT);
    assert_int_equal(p.survey.destination.part.state, SURVEY_ABSENT);
    assert_int_equal(p.survey.log.part.state, SURVEY_ABSENT);
    assert_string_equal(survey_deployed_digest(&p.survey), "");
    played(&p);
}

static void test_parts_that_are_denied(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p, DENIED, DENIED, DENIED, DENIED, DENIED, DENIED);
    survey_function(&p.survey);
    survey_mappings(&p.survey);
    survey_stream(&p.survey);
    survey_destination(&p.survey);
    survey_metrics(&p.survey);
    survey_log(&p.survey);
    assert_denied(&p.survey.function.part);
    assert_denied(&p.survey.mappings.part);
    assert_denied(&p.survey.stream.part);
    assert_denied(&p.survey.destination.part);
    assert_denied(&p.survey.metrics.part);
    assert_denied(&p.survey.log.part);
    played(&p);
}

/* ---- what Lambda gives up on ---- */

static void fail_into(struct play *p, const char *output, const char *value)
{
    struct cfn_stack *stack = &p->survey.stack.found;
    stack->outputs = arena_calloc(&stack->arena, 1, sizeof(*stack->outputs));
    stack->outputs[0] = (struct cfn_pair){output, value};
    stack->output_count = 1;
}

static void test_failure_bucket(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p,
         {.status = 200,
          .answer = "<ListBucketResult><Contents><Key>a</Key><LastModified>2026-11-28T02:00:00.000Z"
                    "</LastModified></Contents><Contents><Key>b</Key><LastModified>"
                    "2026-11-28T01:00:00.000Z</LastModified></Contents></ListBucketResult>"},
         {.status = 404, .answer = "<Error><Code>NoSuchBucket</Code></Error>"},
         {.status = 403, .answer = "<Error><Code>AccessDenied</Code></Error>"});
    survey_failures(&p.survey); /* there is none */
    assert_int_equal(p.survey.failures.part.state, SURVEY_SKIPPED);
    fail_into(&p, "FailureBucketName", "failures");
    survey_failures(&p.survey);
    assert_int_equal(p.survey.failures.part.state, SURVEY_FOUND);
    assert_int_equal(p.survey.failures.count, 2);
    assert_false(p.survey.failures.more);
    assert_int_equal(p.survey.failures.since_us, INT64_C(1795827600000000));
    survey_failures(&p.survey);
    assert_int_equal(p.survey.failures.part.state, SURVEY_ABSENT);
    survey_failures(&p.survey);
    assert_denied(&p.survey.failures.part);
    played(&p);
}

static void test_failure_queue(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p,
         {.status = 200,
          .answer = "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"3\","
                    "\"ApproximateNumberOfMessagesNotVisible\":\"2\"}}"},
         {.status = 400, .answer = "{\"__type\":\"QueueDoesNotExist\"}"});
    fail_into(&p, "FailureQueueUrl", "https://sqs/1/q");
    survey_failures(&p.survey);
    assert_int_equal(p.survey.failures.count, 5);
    assert_false(p.survey.failures.is_bucket);
    survey_failures(&p.survey);
    assert_int_equal(p.survey.failures.part.state, SURVEY_ABSENT);
    played(&p);
}

/* ---- log ---- */

#define EVENT(time, message)                                                                       \
    "{\"eventId\":\"1\",\"logStreamName\":\"s\",\"timestamp\":" #time                              \
    ",\"ingestionTime\":0,\"message\":\"" message "\"}"
#define SAID(level, text) "{\\\"level\\\":\\\"" level "\\\",\\\"message\\\":\\\"" text "\\\"}"

static void assert_line(const struct survey_line *line, uint64_t count, int64_t time_ms,
                        const char *level, const char *text)
{
    assert_int_equal(line->count, count);
    assert_int_equal(line->time_us, time_ms * 1000);
    assert_string_equal(line->level, level);
    assert_string_equal(line->text, text);
}

/* Numbers aside, what is said again is one line, as it was said last; pages go on. */
static void test_log(void **state)
{
    (void)state;
    struct play p;
    PLAY(&p,
         {.body = "{\"logGroupName\":\"/aws/lambda/DynamoDBCrateDBProcessor\",\"startTime\":"
                  "1795833930000,\"filterPattern\":\"%ERROR|WARN|FATAL|CRITICAL|[Ee]rror|[Ww]arn|"
                  "[Ff]atal|[Cc]ritical|timeout|timed|Traceback|failure%\"}",
          .status = 200,
          .answer = "{\"events\":[" EVENT(10, SAID("ERROR", "record 1 of 2.5 refused")) "," EVENT(
              11, SAID("INFO", "no error")) "," EVENT(12, "plain error") "],\"nextToken\":\"t\"}"},
         {.status = 200,
          .answer = "{\"events\":[" EVENT(13, SAID("WARN", "slow")) "," EVENT(
              14, SAID("ERROR", "record 17 of 3 refused")) "," EVENT(15,
                                                                     SAID("WARN", "slow 3")) "]}"});
    survey_log(&p.survey);
    const struct survey_log *log = &p.survey.log;
    assert_int_equal(log->part.state, SURVEY_FOUND);
    assert_string_equal(log->group, "/aws/lambda/DynamoDBCrateDBProcessor");
    assert_int_equal(log->count, 3);
    assert_line(&log->lines[0], 1, 15, "WARN", "slow 3");
    assert_line(&log->lines[1], 2, 14, "ERROR", "record 17 of 3 refused");
    assert_line(&log->lines[2], 1, 13, "WARN", "slow");
    played(&p);
}

/* Different lines without end; and one without end, which is not cut within a character. */
static int answer_much(void *user, const struct http_request *request,
                       struct http_response *response, struct error *err)
{
    (void)user, (void)request, (void)err;
    cleanup_buf struct buf text = BUF_INIT((size_t)1 << 20);
    buf_append_str(&text, "{\"events\":[");
    for (int i = 0; i < 100; i++)
        buf_printf(&text,
                   "{\"timestamp\":%d,\"message\":\"{\\\"level\\\":\\\"ERROR\\\","
                   "\\\"message\\\":\\\"%c%c\\\"}\"},",
                   i, 'a' + i / 26, 'a' + i % 26);
    buf_append_str(&text, "{\"timestamp\":100,\"message\":\"{\\\"level\\\":\\\"ERROR\\\","
                          "\\\"message\\\":\\\"");
    for (int i = 0; i < 1000; i++)
        buf_append_str(&text, "\u20ac");
    buf_append_str(&text, "\\\"}\"}]}");
    return http_script_answer(response, 200, buf_str(&text));
}

static void test_much_log(void **state)
{
    (void)state;
    struct play p;
    play_with(&p, answer_much);
    survey_log(&p.survey);
    const struct survey_log *log = &p.survey.log;
    assert_int_equal(log->count, SURVEY_LINES_MAX);
    size_t len = strlen(log->lines[0].text);
    assert_in_range(len, SURVEY_LINE_SIZE - 4, SURVEY_LINE_SIZE - 1);
    assert_true(utf8_valid(view_str(log->lines[0].text)));
    assert_string_equal(log->lines[0].text + len - 3, "...");
    assert_line(&log->lines[1], 1, 99, "ERROR", "dv");
    assert_line(&log->lines[SURVEY_LINES_MAX - 1], 1, 85, "ERROR", "dh");
    played(&p);
}

/* ---- metrics ---- */

/* Every metric is asked for, of its owner, for three hours. */
static int answer_metrics(void *user, const struct http_request *request,
                          struct http_response *response, struct error *err)
{
    static const char *const asked[] = {
        "\"IteratorAge\"",
        "\"ConcurrentExecutions\"",
        "{\"Name\":\"FunctionName\",\"Value\":\"DynamoDBCrateDBProcessor\"}",
        "\"IncomingRecords\"",
        "{\"Name\":\"StreamName\",\"Value\":\"dynamodb-cdc\"}",
        ("SEARCH('{AWS/DynamoDB,TableName,DelegatedOperation} "
         "MetricName=\\\"FailedToReplicateRecordCount\\\" TableName=\\\"table-testdrive\\\"'"),
        "\"StartTime\":1795824060,\"EndTime\":1795834860",
    };
    (void)user;
    (void)err;
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&body, request->body);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        assert_non_null(strstr(buf_str(&body), asked[i]));
    return http_script_answer(
        response, 200,
        "{\"MetricDataResults\":["
        "{\"Id\":\"q0\",\"Timestamps\":[1795834800,1795834740,1795824060],\"Values\":[5000,4,3]},"
        "{\"Id\":\"q1\",\"Timestamps\":[1795834860,1795824000],\"Values\":[1,1]},"
        "{\"Id\":\"q11\",\"Timestamps\":[1795834740],\"Values\":[1]},"
        "{\"Id\":\"q11\",\"Timestamps\":[1795834740],\"Values\":[2]}]}");
}

static void test_metrics(void **state)
{
    (void)state;
    struct play p;
    play_with(&p, answer_metrics);
    survey_metrics(&p.survey);
    const struct survey_metrics *m = &p.survey.metrics;
    assert_int_equal(m->part.state, SURVEY_FOUND);
    assert_true(m->values[METRIC_LAG_MS][SURVEY_MINUTES - 1] == 5000);
    assert_true(m->values[METRIC_LAG_MS][SURVEY_MINUTES - 2] == 4);
    assert_true(m->values[METRIC_LAG_MS][0] == 3);
    assert_true(isnan(m->values[METRIC_LAG_MS][1]));
    /* What is outside of the time that was asked for is left out. */
    assert_int_equal(survey_last(m, METRIC_INVOCATIONS, SURVEY_MINUTES), -1);
    /* A search may find several metrics. */
    assert_true(survey_sum(m, METRIC_NOT_REPLICATED, 2) == 3);
    assert_true(survey_sum(m, METRIC_NOT_REPLICATED, 1) == 0);
    assert_true(survey_sum(m, METRIC_LAG_MS, SURVEY_MINUTES) == 5007);
    assert_true(survey_max(m, METRIC_LAG_MS, 15) == 5000);
    assert_true(survey_max(m, METRIC_INVOCATIONS, 15) == 0);
    assert_int_equal(survey_last(m, METRIC_NOT_REPLICATED, 15), SURVEY_MINUTES - 2);
    assert_int_equal(survey_minute_us(m, SURVEY_MINUTES - 1), INT64_C(1795834800000000));
    played(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_failed_stack),
        cmocka_unit_test(test_no_stack),
        cmocka_unit_test(test_stack_with_little_permission),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_parts_that_are_not_there),
        cmocka_unit_test(test_parts_that_are_denied),
        cmocka_unit_test(test_failure_bucket),
        cmocka_unit_test(test_failure_queue),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_much_log),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
