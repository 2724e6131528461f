#include "unit.h"

#include "base/memory.h"
#include "pipeline/replay_queue.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define HOUR_US INT64_C(3600000000)
#define RECEIVE                                                                                    \
    "{\"QueueUrl\":\"https://q\",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":2,"              \
    "\"WaitTimeSeconds\":1}"
#define MESSAGE(id, stream)                                                                        \
    "{\"MessageId\":\"" id "\",\"ReceiptHandle\":\"h\",\"Body\":\"{\\\"requestContext\\\":{"       \
    "\\\"condition\\\":\\\"RecordAgeExceeded\\\"},\\\"timestamp\\\":\\\"2026-01-31T12:00:00Z\\\"," \
    "\\\"KinesisBatchInfo\\\":{\\\"startSequenceNumber\\\":\\\"" id                                \
    "\\\",\\\"approximateArrivalOfFirstRecord\\\":\\\"2026-01-31T11:00:00Z\\\",\\\"batchSize\\\":" \
    "2,\\\"streamArn\\\":\\\"arn:aws:kinesis:e:1:stream/" stream "\\\"}}\"}"
#define STREAM(hours)                                                                              \
    "{\"StreamDescriptionSummary\":{\"StreamARN\":\"a\",\"StreamStatus\":\"ACTIVE\","              \
    "\"RetentionPeriodHours\":" hours "}}"
#define MESSAGES(list) "{\"Messages\":[" list "]}"

struct seen {
    struct buf text; /* "first-sequence hours-until-forgotten" each; - unknown, gone */
};

static void take(void *user, const struct replay_range *range)
{
    struct seen *seen = user;
    int64_t left = range->first_forgotten_us;
    buf_printf(&seen->text, "%.*s ", VIEW_ARG(range->record->first));
    if (left > 0)
        buf_printf(&seen->text, "%lld;",
                   (long long)((left - range->record->first_arrival_us) / HOUR_US));
    else
        buf_append_str(&seen->text, left ? "gone;" : "-;");
    assert_int_equal(range->last_forgotten_us, left < 0 ? -1 : 0);
}

static int show(const struct http_script_step *steps, size_t count, uint64_t limit,
                struct replay_queue *queue, struct seen *seen, struct error *err)
{
    struct http_script_course course = {steps, count};
    const struct replay_filter filter = {.limit = limit};
    struct aws_client client = aws_script_client(http_script_play, &course);
    *seen = (struct seen){BUF_INIT(BUF_TEXT_CAP)};
    *queue = (struct replay_queue){
        .client = &client, .url = "https://q", .filter = &filter, .take = take, .user = seen};
    int result = replay_queue_show(queue, err);
    http_client_free(client.http);
    assert_int_equal(course.next, count);
    return result;
}

static void test_messages(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/", RECEIVE, 200, NULL, MESSAGES(MESSAGE("1", "s"))},
        {"POST", "/", "{\"StreamName\":\"s\"}", 200, NULL, STREAM("48")},
        {"POST", "/", RECEIVE, 200, NULL,
         MESSAGES(MESSAGE("2", "s") "," MESSAGE("1", "s") "," MESSAGE(
             "3", "gone") ","
                          "{\"MessageId\":\"4\",\"Body\":\"mine\"}")},
        {"POST", "/", "{\"StreamName\":\"gone\"}", 400, NULL,
         "{\"__type\":\"ResourceNotFoundException\"}"},
        {"POST", "/", RECEIVE, 200, NULL, "{}"},
    };
    struct replay_queue queue;
    struct seen seen;
    struct error err = {0};
    if (show(steps, ARRAY_LEN(steps), 0, &queue, &seen, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(buf_str(&seen.text), "1 48;2 48;3 gone;");
    assert_int_equal(queue.ranges, 3);
    assert_int_equal(queue.unreadable, 1);
    assert_false(queue.more);
    buf_release(&seen.text);
}

/* Messages that come again and again are no reason to go on for ever. */
static void test_the_same_again(void **state)
{
    (void)state;
    static const struct http_script_step again = {"POST", "/",  RECEIVE,
                                                  200,    NULL, MESSAGES(MESSAGE("1", "s"))};
    const struct http_script_step steps[] = {
        again, {"POST", "/", NULL, 200, NULL, STREAM("24")}, again, again, again,
    };
    struct replay_queue queue;
    struct seen seen;
    struct error err = {0};
    assert_int_equal(show(steps, ARRAY_LEN(steps), 0, &queue, &seen, &err), 0);
    assert_string_equal(buf_str(&seen.text), "1 24;");
    buf_release(&seen.text);
}

static void test_limit(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/", RECEIVE, 200, NULL, MESSAGES(MESSAGE("1", "s") "," MESSAGE("2", "s"))},
        {"POST", "/", NULL, 200, NULL, STREAM("24")},
    };
    struct replay_queue queue;
    struct seen seen;
    struct error err = {0};
    assert_int_equal(show(steps, ARRAY_LEN(steps), 1, &queue, &seen, &err), 0);
    assert_string_equal(buf_str(&seen.text), "1 24;");
    assert_true(queue.more);
    buf_release(&seen.text);
}

static void test_failures(void **state)
{
    (void)state;
    static const struct {
        struct http_script_step step;
        const char *message;
    } cases[] = {
        {{"POST", "/", RECEIVE, 403, NULL, "{\"__type\":\"AccessDeniedException\"}"},
         "allow \"sqs:ReceiveMessage\" on it"},
        {{"POST", "/", RECEIVE, 200, NULL, MESSAGES("{\"MessageId\":\"1\"}")},
         "has a message that is none"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct replay_queue queue;
        struct seen seen;
        struct error err = {0};
        assert_int_equal(show(&cases[i].step, 1, 0, &queue, &seen, &err), -1);
        assert_non_null(strstr(err.message, cases[i].message));
        buf_release(&seen.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_the_same_again),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
