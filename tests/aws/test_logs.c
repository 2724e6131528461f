#include "unit.h"

#include "aws/logs.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static int put_group(void *user, const struct logs_group *group, struct error *err)
{
    (void)err;
    buf_printf(user, "%s|%s|%d|%d|%d\n", group->name, group->arn, (int)group->retention_days,
               (int)group->stored_bytes, (int)group->created_ms);
    return ((struct buf *)user)->len > 40;
}

static void test_groups(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {.body = "{\"logGroupNamePrefix\":\"/aws/\"}",
         .status = 200,
         .answer = "{\"logGroups\":[{\"logGroupName\":\"/aws/a\",\"logGroupArn\":\"arn:a\","
                   "\"arn\":\"arn:a:*\",\"retentionInDays\":14,\"storedBytes\":5,"
                   "\"creationTime\":7}],\"nextToken\":\"t\"}"},
        {.body = "{\"logGroupNamePrefix\":\"/aws/\",\"nextToken\":\"t\"}",
         .status = 200,
         .answer = "{\"logGroups\":[{\"logGroupName\":\"/aws/b\"},{\"logGroupName\":\"/aws/c\"}, 1,"
                   "{\"logGroupName\":\"/aws/long-enough-to-stop\"},{\"logGroupName\":\"no\"}],"
                   "\"nextToken\":\"more\"}"},
    };
    struct aws_course p;
    cleanup_buf struct buf seen = BUF_INIT(BUF_TEXT_CAP);
    aws_course_start(&p, steps, 2);
    assert_int_equal(logs_describe_groups(&p.client, "/aws/", put_group, &seen, NULL), 0);
    assert_string_equal(buf_str(&seen), "/aws/a|arn:a|14|5|7\n/aws/b||0|0|0\n/aws/c||0|0|0\n");
    aws_course_finish(&p);
}

static int put_events(void *user, const struct logs_event *events, size_t count, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++) {
        buf_printf(user, "%.*s %.*s %d %d ", VIEW_ARG(events[i].id), VIEW_ARG(events[i].stream),
                   (int)events[i].time_ms, (int)events[i].ingested_ms);
        buf_append_view(user, events[i].message);
    }
    buf_append_char(user, '.');
    return count == 1 && view_equal(events->message, VIEW("stop"));
}

/* An empty page is none of the last; a page may be out of order; a NUL counts. */
static void test_events(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {.body = "{\"logGroupName\":\"g\",\"startTime\":5,\"endTime\":9,\"filterPattern\":\"p\"}",
         .status = 200,
         .answer = "{\"events\":[],\"nextToken\":\"1\"}"},
        {.body = "{\"logGroupName\":\"g\",\"startTime\":5,\"endTime\":9,\"filterPattern\":\"p\","
                 "\"nextToken\":\"1\"}",
         .status = 200,
         .answer =
             "{\"events\":[{\"eventId\":\"2\",\"logStreamName\":\"s\",\"message\":\"b\","
             "\"timestamp\":7,\"ingestionTime\":8},{\"eventId\":\"1\",\"message\":\"a\\u0000\","
             "\"timestamp\":6},{\"eventId\":\"3\",\"message\":\"c\",\"timestamp\":7},"
             "{\"message\":null}, 7],\"nextToken\":\"2\"}"},
        {.status = 200, .answer = "{\"events\":[{\"message\":\"stop\"}],\"nextToken\":\"3\"}"},
    };
    struct aws_course p;
    cleanup_buf struct buf seen = BUF_INIT(BUF_TEXT_CAP);
    const struct logs_filter filter = {"g", "p", 5, 9, put_events, &seen};
    aws_course_start(&p, steps, 3);
    assert_int_equal(logs_filter_events(&p.client, &filter, NULL), 0);
    static const char wanted[] = ".1  6 0 a\0"
                                 "2 s 7 8 b3  7 0 c.  0 0 stop.";
    assert_int_equal(seen.len, sizeof(wanted) - 1);
    assert_memory_equal(seen.ptr, wanted, seen.len);
    aws_course_finish(&p);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct http_script_step step = {
        .body = "{\"logGroupName\":\"g\",\"startTime\":0}",
        .status = 400,
        .answer = "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no group\"}"};
    struct aws_course p;
    struct error err = {0};
    const struct logs_filter filter = {.group = "g", .from_ms = -5, .until_ms = -1};
    aws_course_start(&p, &step, 1);
    assert_int_equal(logs_filter_events(&p.client, &filter, &err), -1);
    assert_true(error_is(&err, "ResourceNotFoundException"));
    assert_non_null(strstr(err.message, "CloudWatch Logs \"g\""));
    aws_course_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
