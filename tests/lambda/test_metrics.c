#include "unit.h"

#include "lambda/metrics.h"

#define TIME_US 1720747062123456

static void append(const struct report *report, const char *log_level, struct buf *out)
{
    metrics_append(&(struct metrics){.function_name = VIEW("orders"),
                                     .request_id = VIEW("8476a536"),
                                     .log_level = view_str(log_level),
                                     .time_us = TIME_US,
                                     .report = report},
                   out);
}

static void test_whole_line(void **state)
{
    (void)state;
    const struct report report = {.records = 10,
                                  .written = 3,
                                  .stale = 4,
                                  .duplicates = 1,
                                  .dropped = 1,
                                  .dead_letters = 1,
                                  .ignored = 0,
                                  .raised = 0,
                                  .bytes = 4096,
                                  .purged = 2,
                                  .sink_ms = 12,
                                  .iterator_age_ms = 1500};
    cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
    append(&report, "", &line);
    assert_string_equal(
        buf_str(&line),
        "{\"timestamp\":\"2024-07-12T01:17:42.123456Z\",\"level\":\"INFO\",\"requestId\":"
        "\"8476a536\","
        "\"_aws\":{\"Timestamp\":1720747062123,\"CloudWatchMetrics\":[{\"Namespace\":\"lorry\","
        "\"Dimensions\":[[\"FunctionName\"]],\"Metrics\":["
        "{\"Name\":\"Records\",\"Unit\":\"Count\"},{\"Name\":\"ChangesWritten\",\"Unit\":\"Count\"}"
        ","
        "{\"Name\":\"StaleChanges\",\"Unit\":\"Count\"},"
        "{\"Name\":\"DuplicateChanges\",\"Unit\":\"Count\"},"
        "{\"Name\":\"DroppedChanges\",\"Unit\":\"Count\"},"
        "{\"Name\":\"DeadLetters\",\"Unit\":\"Count\"},"
        "{\"Name\":\"IgnoredRecords\",\"Unit\":\"Count\"},"
        "{\"Name\":\"RefusedRecords\",\"Unit\":\"Count\"},"
        "{\"Name\":\"PurgedTombstones\",\"Unit\":\"Count\"},"
        "{\"Name\":\"Bytes\",\"Unit\":\"Bytes\"},{\"Name\":\"SinkTime\",\"Unit\":\"Milliseconds\"},"
        "{\"Name\":\"IteratorAge\",\"Unit\":\"Milliseconds\"}]}]},\"FunctionName\":\"orders\","
        "\"Records\":10,\"ChangesWritten\":3,\"StaleChanges\":4,\"DuplicateChanges\":1,"
        "\"DroppedChanges\":1,\"DeadLetters\":1,\"IgnoredRecords\":0,\"RefusedRecords\":0,"
        "\"PurgedTombstones\":2,\"Bytes\":4096,\"SinkTime\":12,\"IteratorAge\":1500}");
}

static void test_unknown_age_is_left_out(void **state)
{
    (void)state;
    cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
    append(&(struct report){.iterator_age_ms = -1}, "", &line);
    assert_null(strstr(buf_str(&line), "IteratorAge"));
    assert_non_null(strstr(buf_str(&line), "\"SinkTime\":0}"));
}

/* Lambda drops the lines below AWS_LAMBDA_LOG_LEVEL; the metrics have to survive. */
static void test_level_follows_the_filter(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *want;
    } cases[] = {
        {"TRACE", "\"level\":\"INFO\""},  {"DEBUG", "\"level\":\"INFO\""},
        {"INFO", "\"level\":\"INFO\""},   {"WARN", "\"level\":\"WARN\""},
        {"ERROR", "\"level\":\"ERROR\""}, {"FATAL", "\"level\":\"FATAL\""},
        {"\"},{", "\"level\":\"INFO\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
        append(&(struct report){0}, cases[i].filter, &line);
        assert_non_null(strstr(buf_str(&line), cases[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_line),
        cmocka_unit_test(test_unknown_age_is_left_out),
        cmocka_unit_test(test_level_follows_the_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
