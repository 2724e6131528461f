#include "unit.h"

#include "base/buf.h"
#include "pipeline/invocation_record.h"

#define BATCH                                                                                      \
    "\"KinesisBatchInfo\":{\"shardId\":\"shardId-1\",\"startSequenceNumber\":\"10\","              \
    "\"endSequenceNumber\":\"12\",\"approximateArrivalOfFirstRecord\":\"2026-01-31T11:00:00Z\","   \
    "\"approximateArrivalOfLastRecord\":\"2026-01-31T11:30:00Z\",\"batchSize\":3,"                 \
    "\"streamArn\":\"arn:aws:kinesis:e:1:stream/s\"}"
#define HEAD                                                                                       \
    "{\"requestContext\":{\"requestId\":\"r\",\"condition\":\"RetryAttemptsExhausted\","           \
    "\"approximateInvokeCount\":1},\"version\":\"1.0\",\"timestamp\":\"2026-01-31T12:00:00.5Z\","

static struct invocation_record read(struct arena *arena, const char *json)
{
    struct invocation_record record;
    struct error err = {0};
    if (invocation_record_read(view_str(json), arena, &record, &err) < 0)
        fail_msg("%s", err.message);
    return record;
}

static void test_queue(void **state)
{
    (void)state;
    cleanup_arena struct arena arena = ARENA_INIT;
    struct invocation_record r =
        read(&arena, HEAD
             "\"responseContext\":{\"statusCode\":200,\"functionError\":\"Unhandled\"}," BATCH "}");
    assert_view(r.condition, "RetryAttemptsExhausted");
    assert_view(r.function_error, "Unhandled");
    assert_view(r.stream, "arn:aws:kinesis:e:1:stream/s");
    assert_view(r.shard, "shardId-1");
    assert_view(r.first, "10");
    assert_view(r.last, "12");
    assert_view(r.payload, "");
    assert_int_equal(r.batch_size, 3);
    assert_int_equal(r.last_arrival_us - r.first_arrival_us, INT64_C(1800000000));
    assert_in_range(r.time_us - r.last_arrival_us, INT64_C(1800000000), INT64_C(1801000000));
}

/* As text, as Lambda has it, and as a value. */
static void test_payloads(void **state)
{
    (void)state;
    cleanup_arena struct arena arena = ARENA_INIT;
    static const char *const payloads[] = {
        "\"{\\\"Records\\\":[{\\\"a\\\":\\\"\\u00e4\\\\n\\\"}]}\"",
        "{\"Records\":[{\"a\":\"\xc3\xa4\\n\"}]}",
    };
    for (size_t i = 0; i < 2; i++) {
        cleanup_buf struct buf json = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&json,
                   HEAD "\"responseContext\":{\"functionError\":null},\"payload\":%s," BATCH "}",
                   payloads[i]);
        struct invocation_record r = read(&arena, buf_str(&json));
        assert_view(r.payload, "{\"Records\":[{\"a\":\"\xc3\xa4\\n\"}]}");
        assert_view(r.function_error, "");
        assert_view(r.first, "10");
    }
}

static void test_silence(void **state)
{
    (void)state;
    cleanup_arena struct arena arena = ARENA_INIT;
    static const char *const silent[] = {
        "{\"payload\":\"x\"}",
        "{\"payload\":\"x\",\"requestContext\":null,\"responseContext\":[{\"functionError\":1}],"
        "\"KinesisBatchInfo\":7,\"timestamp\":{\"payload\":\"y\"}}",
        "{\"payload\":\"x\",\"requestContext\":{\"condition\":[\"a\"]},\"KinesisBatchInfo\":{"
        "\"batchSize\":\"3\",\"startSequenceNumber\":1,\"x\":{\"shardId\":\"s\"}},"
        "\"timestamp\":\"soon\"}",
        " {\"payload\":\"x\",\"KinesisBatchInfo\":{\"batchSize\":-1.5}} ",
    };
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
        struct invocation_record r = read(&arena, silent[i]);
        assert_view(r.payload, "x");
        assert_int_equal(r.condition.len + r.function_error.len + r.stream.len + r.shard.len +
                             r.first.len + r.last.len,
                         0);
        assert_int_equal(r.batch_size, 0);
        assert_int_equal(r.time_us, 0);
    }
}

static void test_others(void **state)
{
    (void)state;
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"", "it is no invocation record of Lambda"},
        {"[]", "it is no invocation record of Lambda"},
        {"{}", "it is no invocation record of Lambda"},
        {"{\"Records\":[]}", "it is no invocation record of Lambda"},
        {"mine", "it is no invocation record of Lambda"},
        {HEAD BATCH, "it is not JSON: cut off or malformed"},
        {HEAD BATCH "} x", "it is not JSON: cut off or malformed"},
        {"{\"payload\":\"x\",", "it is not JSON: cut off or malformed"},
        {"{\"payload\":\"\xff\"}", "it is not JSON: cut off or malformed"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_arena struct arena arena = ARENA_INIT;
        struct invocation_record r;
        struct error err = {0};
        assert_int_equal(invocation_record_read(view_str(cases[i].json), &arena, &r, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.domain, ERROR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_payloads),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
