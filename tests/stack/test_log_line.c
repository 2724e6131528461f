#include "unit.h"

#include "stack/log_line.h"

static void check(const char *raw, const char *wanted, enum log_line_level weight)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    cleanup_log_line struct log_line line;
    log_line_read(view_str(raw), 1795471833123456, &line);
    log_line_append(&line, false, &out);
    assert_string_equal(buf_str(&out), wanted);
    assert_int_equal(line.weight, weight);
}

static void test_processor(void **state)
{
    (void)state;
    check("{\"timestamp\":\"2026-11-23T22:10:33.123456Z\",\"level\":\"INFO\","
          "\"requestId\":\"8f5074ae-1d2f-4a61-9d3e-000000000001\",\"message\":\"a \\\"b\\\"\"}\n",
          "2026-11-23T22:10:33.123Z INFO  8f5074ae a \"b\"\n", LOG_LINE_PLAIN);
    check("{\"timestamp\":\"2026-11-23T22:10:33.1Z\",\"level\":\"WARN\",\"message\":\"a\"}",
          "2026-11-23T22:10:33.1Z   WARN  a\n", LOG_LINE_WARNING);
    check("{\"timestamp\":\"t\",\"level\":\"ERROR\",\"errorType\":\"X\",\"n\":[1]}",
          "t                        ERROR errorType=\"X\" n=[1]\n", LOG_LINE_ERROR);
}

static void test_metrics(void **state)
{
    (void)state;
    check("{\"timestamp\":\"t\",\"level\":\"INFO\",\"requestId\":\"r\",\"_aws\":{\"Timestamp\":1},"
          "\"FunctionName\":\"f\",\"Records\":2500,\"StaleChanges\":0,\"SinkTime\":12}",
          "t                        INFO  r Records 2500, SinkTime 12\n", LOG_LINE_PLAIN);
    check("{\"level\":\"INFO\",\"_aws\":{},\"DeadLetters\":1}",
          "2026-11-23T22:10:33.123Z INFO  DeadLetters 1\n", LOG_LINE_WARNING);
}

static void test_platform(void **state)
{
    (void)state;
    check("{\"time\":\"2026-11-23T22:10:33.123Z\",\"type\":\"platform.start\","
          "\"record\":{\"requestId\":\"8f5074ae-1\",\"version\":\"$LATEST\"}}",
          "2026-11-23T22:10:33.123Z 8f5074ae start\n", LOG_LINE_PLAIN);
    check(
        "{\"time\":\"t\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"r\",\"metrics\":{"
        "\"durationMs\":45.5,\"billedDurationMs\":46,\"memorySizeMB\":256,\"maxMemoryUsedMB\":31,"
        "\"initDurationMs\":12.25},\"status\":\"success\"}}",
        "t                        r end: success, 45.5 ms, billed 46 ms, 31 MB of 256 MB, "
        "start 12.25 ms\n",
        LOG_LINE_PLAIN);
    check("{\"time\":\"t\",\"type\":\"platform.report\",\"record\":{\"status\":\"error\","
          "\"errorType\":\"Runtime.ExitError\"}}",
          "t                        end: error (Runtime.ExitError)\n", LOG_LINE_ERROR);
}

/* Nothing of a line is lost, though it is written in no way that is known. */
static void test_other_json(void **state)
{
    (void)state;
    check("{\"timestamp\":1795471833,\"level\":50,\"message\":{\"code\":7},\"requestId\":null}",
          "2026-11-23T22:10:33.123Z timestamp=1795471833 level=50 message={\"code\":7} "
          "requestId=null\n",
          LOG_LINE_PLAIN);
    check("{\"level\":\"CRITICAL\",\"message\":\"a\"}", "2026-11-23T22:10:33.123Z CRITICAL a\n",
          LOG_LINE_ERROR);
}

static void check_weight(const char *raw, enum log_line_level weight)
{
    cleanup_log_line struct log_line line;
    log_line_read(view_str(raw), 1795471833123456, &line);
    assert_int_equal(line.weight, weight);
}

/* Functions of others, and Lambda's own text format. */
static void test_weight_of_text(void **state)
{
    (void)state;
    check_weight("[ERROR]\t2026-11-23T22:10:33.123Z\t8f5074ae\tno row", LOG_LINE_ERROR);
    check_weight("2026-11-23T22:10:33.123Z\t8f5074ae\tWARN\tslow", LOG_LINE_WARNING);
    check_weight("WARNING: an ERROR", LOG_LINE_ERROR);
    check_weight("Traceback (most recent call last):\n  File \"x.py\"", LOG_LINE_ERROR);
    check_weight("2026-11-23T22:10:33.123Z 8f5074ae Task timed out after 3.00 seconds",
                 LOG_LINE_ERROR);
    check_weight("RequestId: 8f5074ae Error: Runtime exited with error: exit status 3",
                 LOG_LINE_ERROR);
    check_weight("REPORT RequestId: 8f5074ae\tDuration: 3000 ms\tStatus: timeout", LOG_LINE_ERROR);
    check_weight("NOERROR, ERRORS: 0, xWARN", LOG_LINE_PLAIN);
    check_weight("REPORT RequestId: 8f5074ae\tDuration: 3 ms", LOG_LINE_PLAIN);
}

static void test_anything_else(void **state)
{
    (void)state;
    check("REPORT\tx\x1b[2J\xc2\x9b\r\n", "2026-11-23T22:10:33.123Z REPORT x [2J  \n",
          LOG_LINE_PLAIN);
    check("{broken", "2026-11-23T22:10:33.123Z {broken\n", LOG_LINE_PLAIN);
    check("", "2026-11-23T22:10:33.123Z \n", LOG_LINE_PLAIN);
    check("{\"level\":\"\\u001b[31mERROR AND MORE\",\"type\":\"platform.\",\"record\":5}",
          "2026-11-23T22:10:33.123Z  [31mERR \n", LOG_LINE_PLAIN);
}

static void test_colors(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    cleanup_log_line struct log_line line;
    log_line_read(VIEW("{\"level\":\"ERROR\",\"message\":\"a\"}"), -1, &line);
    log_line_append(&line, true, &out);
    assert_string_equal(buf_str(&out), "\033[31mERROR a\033[m\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processor),      cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_platform),       cmocka_unit_test(test_other_json),
        cmocka_unit_test(test_weight_of_text), cmocka_unit_test(test_anything_else),
        cmocka_unit_test(test_colors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
