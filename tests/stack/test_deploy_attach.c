/* What is `existing: true`: looked at first, and left alone when it is right. */
#include "unit.h"

#include "pipeline.h"
#include "stack/deploy_parts.h"
#include "support/aws_script.h"

#define STREAM_ARN "arn:aws:kinesis:eu-central-1:123456789012:stream/dynamodb-cdc"

struct setup {
    struct aws_script aws;
    struct stack stack;
    struct deploy_ui ui;
    struct deploy deploy;
    struct deployment deployment;
    struct buf said;
    struct error err;
};

static void say(void *user, const char *line)
{
    buf_printf(&((struct setup *)user)->said, "%s\n", line);
}

static void start(struct setup *setup, const struct aws_step *steps, size_t count)
{
    *setup = (struct setup){.stack = documented_pipeline(),
                            .ui = {.say = say, .user = setup},
                            .said = BUF_INIT(BUF_TEXT_CAP)};
    setup->stack.source.existing = true;
    aws_script_start(&setup->aws, steps, count);
    setup->deploy =
        (struct deploy){.client = &setup->aws.client, .stack = &setup->stack, .ui = &setup->ui};
    setup->deployment = deployment_of(&setup->deploy);
    setup->deployment.name = "testdrive-dynamodb-dev";
    setup->deployment.region = "eu-central-1";
    setup->deployment.stream_arn = STREAM_ARN;
}

static void finish(struct setup *setup)
{
    aws_script_finish(&setup->aws);
    deployment_release(&setup->deployment);
    buf_release(&setup->said);
}

static void assert_failed(const struct setup *setup, const char *text)
{
    if (!strstr(setup->err.message, text))
        fail_msg("%s", setup->err.message);
}

#define TABLE(keys)                                                                                \
    {                                                                                              \
        "DescribeTable", 200,                                                                      \
            "{\"Table\":{\"TableArn\":\"arn:aws:dynamodb:t\",\"KeySchema\":[" keys                 \
            "],\"AttributeDefinitions\":[{\"AttributeName\":\"device\",\"AttributeType\":\"S\"},"  \
            "{\"AttributeName\":\"timestamp\",\"AttributeType\":\"S\"}]}}"                         \
    }
#define KEYS                                                                                       \
    "{\"AttributeName\":\"device\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"timestamp\","        \
    "\"KeyType\":\"RANGE\"}"
#define NOTHING                                                                                    \
    {                                                                                              \
        "DescribeKinesisStreamingDestination", 200, "{\"KinesisDataStreamDestinations\":[]}"       \
    }
#define GOES(stream, status, precision)                                                            \
    {                                                                                              \
        "DescribeKinesisStreamingDestination", 200,                                                \
            "{\"KinesisDataStreamDestinations\":[{\"StreamArn\":\"" stream                         \
            "\",\"DestinationStatus\":\"" status "\",\"DestinationStatusDescription\":\"because\"" \
            ",\"ApproximateCreationDateTimePrecision\":\"" precision "\"}]}"                       \
    }
#define ENABLE                                                                                     \
    {                                                                                              \
        "EnableKinesisStreamingDestination", 200, "{}"                                             \
    }
#define TAG                                                                                        \
    {                                                                                              \
        "TagResource", 200, ""                                                                     \
    }
#define PRECISE GOES(STREAM_ARN, "ACTIVE", "MICROSECOND")

static void test_checked(void **state)
{
    (void)state;
    static const struct {
        struct aws_step steps[2];
        size_t count;
        const char *problem; /* NULL: all is well */
    } cases[] = {
        {{AWS_REFUSED("DescribeTable", "ResourceNotFoundException")},
         1,
         "there is no table \"table-testdrive\" in region eu-central-1"},
        {{TABLE("{\"AttributeName\":\"device\",\"KeyType\":\"HASH\"}")},
         1,
         "has other keys than the pipeline says: keys: {device: S}"},
        {{TABLE(KEYS), GOES("arn:aws:kinesis:eu-central-1:1:stream/other", "ACTIVE", "")},
         2,
         "sends its changes to arn:aws:kinesis:eu-central-1:1:stream/other already"},
        {{TABLE(KEYS), NOTHING}, 2, NULL},
        {{TABLE(KEYS), PRECISE}, 2, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct setup setup;
        start(&setup, cases[i].steps, cases[i].count);
        int result = deployment_check_existing(&setup.deployment, &setup.err);
        assert_int_equal(result, cases[i].problem ? -1 : 0);
        if (cases[i].problem) {
            assert_failed(&setup, cases[i].problem);
            assert_int_equal(setup.err.domain, ERROR_SETTING);
        }
        finish(&setup);
    }
}

/* They need not be named where the table is there. */
static void test_keys_that_are_not_named(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {TABLE(KEYS), NOTHING};
    struct setup setup;
    start(&setup, steps, 2);
    setup.stack.source.key_count = 0;
    if (deployment_check_existing(&setup.deployment, &setup.err) < 0)
        fail_msg("%s", setup.err.message);
    finish(&setup);
}

#define SUMMARY(hours)                                                                             \
    {                                                                                              \
        "DescribeStreamSummary", 200,                                                              \
            "{\"StreamDescriptionSummary\":{\"StreamARN\":\"" STREAM_ARN                           \
            "\",\"StreamStatus\":\"ACTIVE\",\"RetentionPeriodHours\":" hours "}}"                  \
    }

static void test_stream_checked(void **state)
{
    (void)state;
    static const struct aws_step absent[] = {
        AWS_REFUSED("DescribeStreamSummary", "ResourceNotFoundException")};
    static const struct aws_step enough[] = {SUMMARY("24")}, little[] = {SUMMARY("19")};
    struct setup setup;
    start(&setup, absent, 1);
    setup.stack.source.existing = false;
    setup.stack.stream.existing = true;
    assert_int_equal(deployment_check_existing(&setup.deployment, &setup.err), -1);
    assert_failed(&setup, "there is no stream \"dynamodb-cdc\" in region eu-central-1");
    finish(&setup);
    for (int i = 0; i < 2; i++) {
        start(&setup, i ? little : enough, 1);
        setup.stack.source.existing = false;
        setup.stack.stream.existing = true;
        assert_int_equal(deployment_check_existing(&setup.deployment, &setup.err), 0);
        assert_int_equal(strstr(buf_str(&setup.said), "keeps its records for 19 hours") != NULL, i);
        finish(&setup);
    }
}

static void attach(const struct aws_step *steps, size_t count, const char *said)
{
    struct setup setup;
    start(&setup, steps, count);
    if (deployment_attach(&setup.deployment, &setup.err) < 0)
        fail_msg("%s", setup.err.message);
    assert_string_equal(buf_str(&setup.said), said);
    finish(&setup);
}

#define ATTACH(said, ...)                                                                          \
    attach((const struct aws_step[]){__VA_ARGS__},                                                 \
           sizeof((struct aws_step[]){__VA_ARGS__}) / sizeof(struct aws_step), said)
#define ON "table table-testdrive is going to send its changes to the stream\n"
#define REFINED "the times of the changes of table table-testdrive become precise\n"
#define UPDATE                                                                                     \
    {                                                                                              \
        "UpdateKinesisStreamingDestination", 200, "{}"                                             \
    }

static void test_attached(void **state)
{
    (void)state;
    /* Left alone. */
    ATTACH("", PRECISE);
    /* Noted before it is done. */
    ATTACH(ON, NOTHING, TABLE(KEYS), TAG, ENABLE, NOTHING, GOES(STREAM_ARN, "ENABLING", ""),
           PRECISE);
    /* Somebody else's: not noted. */
    ATTACH(REFINED, GOES(STREAM_ARN, "ACTIVE", "MILLISECOND"), UPDATE,
           GOES(STREAM_ARN, "UPDATING", "MICROSECOND"), PRECISE);
    ATTACH(REFINED, GOES(STREAM_ARN, "ENABLING", ""), GOES(STREAM_ARN, "ACTIVE", ""), UPDATE,
           PRECISE);
    /* What failed before is tried once more. */
    ATTACH(ON, GOES(STREAM_ARN, "ENABLE_FAILED", ""), TABLE(KEYS), TAG, ENABLE,
           GOES(STREAM_ARN, "ENABLE_FAILED", ""), GOES(STREAM_ARN, "ENABLING", ""), PRECISE);
}

static void test_not_ours(void **state)
{
    (void)state;
    struct setup setup;
    start(&setup, NULL, 0);
    setup.stack.source.existing = false;
    assert_int_equal(deployment_attach(&setup.deployment, &setup.err), 0);
    finish(&setup);
}

static void test_enabling_fails(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        NOTHING,
        TABLE(KEYS),
        TAG,
        ENABLE,
        GOES(STREAM_ARN, "ENABLE_FAILED", ""),
        GOES(STREAM_ARN, "ENABLE_FAILED", ""),
        GOES(STREAM_ARN, "ENABLE_FAILED", ""),
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(deployment_attach(&setup.deployment, &setup.err), -1);
    assert_failed(&setup, "ENABLE_FAILED: because; is the stream active");
    finish(&setup);
}

static void test_not_noted(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        NOTHING, TABLE(KEYS), AWS_REFUSED("TagResource", "AccessDeniedException"), ENABLE, PRECISE};
    struct setup setup;
    start(&setup, steps, 5);
    assert_int_equal(deployment_attach(&setup.deployment, &setup.err), 0);
    assert_non_null(strstr(buf_str(&setup.said), "`lorry destroy` may leave it on: DynamoDB"));
    assert_non_null(strstr(buf_str(&setup.said), "allow \"dynamodb:TagResource\""));
    finish(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checked),        cmocka_unit_test(test_keys_that_are_not_named),
        cmocka_unit_test(test_stream_checked), cmocka_unit_test(test_attached),
        cmocka_unit_test(test_not_ours),       cmocka_unit_test(test_enabling_fails),
        cmocka_unit_test(test_not_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
