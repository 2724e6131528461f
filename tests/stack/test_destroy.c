#include "unit.h"

#include "pipeline.h"
#include "stack/destroy.h"
#include "support/aws_script.h"

#define ID "arn:aws:cloudformation:eu-central-1:123456789012:stack/testdrive-dynamodb-dev/1"

struct setup {
    struct aws_script aws;
    struct stack stack;
    struct deploy_ui ui;
    struct buf said, asked;
    const char *answers; /* to what is asked: "yn"; at its end, "y" */
    struct destroyed destroyed;
    struct error err;
};

static void say(void *user, const char *line)
{
    buf_printf(&((struct setup *)user)->said, "%s\n", line);
}

static int agree(void *user, const char *question, struct error *err)
{
    struct setup *setup = user;
    buf_printf(&setup->asked, "%s\n", question);
    char answer = *setup->answers ? *setup->answers++ : 'y';
    if (answer == '?')
        return error_set(err, ERROR_USAGE, 0, "nobody can be asked");
    return answer == 'y';
}

/* All of it `existing: true`: what is not the stack's does not come up. */
static void start(struct setup *setup, const struct aws_step *steps, size_t count)
{
    *setup = (struct setup){.stack = documented_pipeline(),
                            .ui = {.say = say, .agree = agree, .user = setup},
                            .said = BUF_INIT(BUF_TEXT_CAP),
                            .asked = BUF_INIT(BUF_TEXT_CAP),
                            .answers = ""};
    setup->stack.source.existing = setup->stack.stream.existing = true;
    setup->stack.sink.password = (struct stack_password){0};
    aws_script_start(&setup->aws, steps, count);
}

static int run(struct setup *setup, bool data, bool registry)
{
    const struct destroy destroy = {.client = &setup->aws.client,
                                    .stack = &setup->stack,
                                    .ui = &setup->ui,
                                    .data = data,
                                    .registry = registry};
    return destroy_run(&destroy, &setup->destroyed, &setup->err);
}

static void finish(struct setup *setup)
{
    destroyed_release(&setup->destroyed);
    buf_release(&setup->said);
    buf_release(&setup->asked);
    aws_script_finish(&setup->aws);
}

static void assert_said(const struct setup *setup, const char *text)
{
    if (!strstr(buf_str(&setup->said), text))
        fail_msg("not said: %s\n%s", text, buf_str(&setup->said));
}

static void assert_failed(const struct setup *setup, const char *text)
{
    if (!strstr(setup->err.message, text))
        fail_msg("%s", setup->err.message);
}

/* ---- answers ---- */

#define WHO                                                                                        \
    {                                                                                              \
        AWS_XML("GetCallerIdentity",                                                               \
                "<Account>123456789012</Account><Arn>a</Arn><UserId>u</UserId>")                   \
    }
#define STACK(status, more)                                                                        \
    {                                                                                              \
        AWS_XML("DescribeStacks", "<Stacks><member><StackId>" ID "</StackId><StackStatus>" status  \
                                  "</StackStatus>" more "</member></Stacks>")                      \
    }
#define NO_STACK                                                                                   \
    {                                                                                              \
        "DescribeStacks", 400,                                                                     \
            "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack " \
            "with id x does not exist</Message></Error></ErrorResponse>"                           \
    }
#define DELETED(list)                                                                              \
    {                                                                                              \
        AWS_XML("ListStacks", "<StackSummaries>" list "</StackSummaries>")                         \
    }
#define NONE_DELETED DELETED("")
#define TEMPLATE(resources)                                                                        \
    {                                                                                              \
        AWS_XML("GetTemplate", "<TemplateBody>{\"Metadata\":{\"Lorry\":{\"Version\":\"1\"}},"      \
                               "\"Resources\":{" resources "}}</TemplateBody>")                    \
    }
#define EVENTS(list)                                                                               \
    {                                                                                              \
        AWS_XML("DescribeStackEvents", "<StackEvents>" list "</StackEvents>")                      \
    }
#define EVENT(id, resource, type, status, reason)                                                  \
    "<member><EventId>" id "</EventId><StackId>" ID "</StackId><LogicalResourceId>" resource       \
    "</LogicalResourceId><PhysicalResourceId>p</PhysicalResourceId><ResourceType>" type            \
    "</ResourceType><Timestamp>2026-11-23T22:10:33.123Z</Timestamp><ResourceStatus>" status        \
    "</ResourceStatus><ResourceStatusReason>" reason "</ResourceStatusReason></member>"
#define BEFORE EVENT("e1", "Role", "AWS::IAM::Role", "CREATE_COMPLETE", "")
#define DELETE                                                                                     \
    {                                                                                              \
        AWS_XML("DeleteStack", "")                                                                 \
    }
#define NO_TABLE AWS_REFUSED("DescribeTable", "ResourceNotFoundException")

#define NO_STREAM AWS_REFUSED("DescribeStreamSummary", "ResourceNotFoundException")

/* ---- the stack ---- */

static void test_nothing_is_there(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {WHO, NO_STACK, NO_TABLE, NONE_DELETED};
    struct setup setup;
    start(&setup, steps, 4);
    assert_int_equal(run(&setup, true, false), 0);
    assert_false(setup.destroyed.changed);
    assert_string_equal(buf_str(&setup.asked), "");
    finish(&setup);
}

static void test_a_failed_deletion_is_explained(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        STACK("CREATE_COMPLETE", ""),
        TEMPLATE(""),
        NO_TABLE,
        EVENTS(BEFORE),
        DELETE,
        STACK("DELETE_IN_PROGRESS", ""),
        EVENTS(BEFORE),
        STACK("DELETE_FAILED", ""),
        EVENTS(EVENT("e2", "Archive", "AWS::S3::Bucket", "DELETE_FAILED",
                     "The bucket you tried to delete is not empty") BEFORE),
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), -1);
    assert_failed(&setup, "stack \"testdrive-dynamodb-dev\" is DELETE_FAILED: Archive "
                          "(AWS::S3::Bucket): The bucket you tried to delete is not empty");
    assert_said(&setup, "mend the cause, and run `lorry destroy` again");
    finish(&setup);
}

/* What was rolled back is not there to stay. */
static void test_a_stack_that_was_never_made(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        STACK("ROLLBACK_COMPLETE", ""),
        TEMPLATE("\"Table\":{\"DeletionPolicy\":\"RetainExceptOnCreate\"},"
                 "\"Stream\":{\"DeletionPolicy\":\"RetainExceptOnCreate\"}"),
        NO_TABLE,
        NO_STREAM,
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    setup.stack.source.existing = setup.stack.stream.existing = false;
    setup.answers = "n";
    assert_int_equal(run(&setup, false, false), -1);
    assert_int_equal(setup.destroyed.count, 2); /* the stack and its repository */
    assert_null(strstr(buf_str(&setup.said), "stays: it holds data"));
    assert_null(strstr(buf_str(&setup.said), "goes on sending"));
    finish(&setup);
}

/* And once more: what could not be deleted can be tried again. */
static void test_run_again_after_a_failure(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,    STACK("DELETE_FAILED", ""),   TEMPLATE(""),   NO_TABLE, EVENTS(BEFORE),
        DELETE, STACK("DELETE_COMPLETE", ""), EVENTS(BEFORE),
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_true(setup.destroyed.changed);
    finish(&setup);
}

static void test_a_deletion_under_way_is_waited_for(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        STACK("DELETE_IN_PROGRESS", ""),
        TEMPLATE(""),
        EVENTS(BEFORE),
        STACK("DELETE_IN_PROGRESS", ""),
        EVENTS(BEFORE),
        STACK("DELETE_COMPLETE", ""),
        EVENTS(BEFORE),
        NO_STACK,
        NO_TABLE,
        NONE_DELETED,
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "DELETE_IN_PROGRESS is under way; waiting for its end");
    assert_said(&setup, "there is no stack testdrive-dynamodb-dev");
    assert_false(setup.destroyed.changed);
    assert_true(setup.aws.slept_ms > 0);
    finish(&setup);
}

static void test_a_busy_stack_of_others_is_not_waited_for(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        STACK("UPDATE_IN_PROGRESS", ""),
        {AWS_XML("GetTemplate", "<TemplateBody>{\"Resources\":{}}</TemplateBody>")},
    };
    struct setup setup;
    start(&setup, steps, 3);
    assert_int_equal(run(&setup, false, false), -1);
    assert_failed(&setup, "that lorry did not make");
    assert_int_equal(setup.aws.slept_ms, 0);
    finish(&setup);
}

static void test_a_protected_stack_stays(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        STACK("CREATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection>"),
        TEMPLATE(""),
    };
    struct setup setup;
    start(&setup, steps, 3);
    assert_int_equal(run(&setup, true, true), -1);
    assert_failed(&setup, "say `termination-protection: false`, and `lorry deploy` first");
    assert_string_equal(buf_str(&setup.asked), "");
    finish(&setup);
}

#define BUCKET "\"FailureBucket\":{\"DeletionPolicy\":\"RetainExceptOnCreate\"}"
#define WITH_BUCKET                                                                                \
    STACK("CREATE_COMPLETE", "<Outputs><member><OutputKey>FailureBucketName</OutputKey>"           \
                             "<OutputValue>the-bucket</OutputValue></member></Outputs>")
#define LIST(keys)                                                                                 \
    {                                                                                              \
        "GET /?list-type=2&encoding-type=url&prefix=", 200,                                        \
            "<ListBucketResult>" keys "</ListBucketResult>"                                        \
    }
#define ONE_KEY "<Contents><Key>a</Key><Size>1</Size></Contents>"

/* What is said no to, at any question, leaves everything as it is. */
static void test_answers(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {WHO, WITH_BUCKET, TEMPLATE(BUCKET), NO_TABLE,
                                            LIST(ONE_KEY)};
    static const struct {
        const char *answers, *asked, *says;
        enum error_domain domain;
    } cases[] = {
        {"n", "delete stack testdrive-dynamodb-dev?\n", "nothing has been changed", ERROR_DECLINED},
        {"?", "delete stack testdrive-dynamodb-dev?\n", "nobody can be asked", ERROR_USAGE},
        {"yn",
         "delete stack testdrive-dynamodb-dev?\nDELETE bucket the-bucket with all records that "
         "could not be processed? It cannot be undone.\n",
         "nothing has been changed", ERROR_DECLINED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct setup setup;
        start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
        setup.answers = cases[i].answers;
        assert_int_equal(run(&setup, true, false), -1);
        assert_string_equal(buf_str(&setup.asked), cases[i].asked);
        assert_failed(&setup, cases[i].says);
        assert_int_equal(setup.err.domain, cases[i].domain);
        finish(&setup);
    }
}

/* ---- what could not be processed ---- */

#define STACK_GOES EVENTS(BEFORE), DELETE, STACK("DELETE_COMPLETE", ""), EVENTS(BEFORE)

static void test_records_that_come_late_keep_the_bucket(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        WITH_BUCKET,
        TEMPLATE(BUCKET),
        NO_TABLE,
        LIST(""),
        STACK_GOES,
        {"DELETE /", 409,
         "<Error><Code>BucketNotEmpty</Code><Message>The bucket is not empty</Message></Error>"},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "- bucket the-bucket goes, it is empty");
    assert_said(&setup, "bucket the-bucket stays after all: records");
    assert_int_equal(setup.destroyed.things[setup.destroyed.count - 2].way, DESTROY_NOT);
    finish(&setup);
}

static void test_who_may_not_delete_the_bucket_is_told(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        WITH_BUCKET,
        TEMPLATE(BUCKET),
        NO_TABLE,
        LIST(""),
        STACK_GOES,
        {"DELETE /", 403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "bucket the-bucket stays after all: S3 \"the-bucket\": AccessDenied");
    assert_said(&setup, "allow \"s3:DeleteBucket\"");
    finish(&setup);
}

static void test_who_may_not_look_into_the_bucket_keeps_it(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        WITH_BUCKET,
        TEMPLATE(BUCKET),
        NO_TABLE,
        {"GET /?list-type=2&encoding-type=url&prefix=", 403,
         "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"},
        STACK_GOES,
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "  bucket the-bucket stays:");
    finish(&setup);
}

/* ---- what a deleted stack has left behind ---- */

#define GONE(name, id, time)                                                                       \
    "<member><StackName>" name "</StackName><StackId>" id "</StackId><DeletionTime>" time          \
    "</DeletionTime></member>"
#define GONE_BEFORE GONE("testdrive-dynamodb-dev", "before", "2026-11-23T22:10:33.123Z")
#define SKIPPED(resource, id)                                                                      \
    "<member><EventId>e</EventId><LogicalResourceId>" resource                                     \
    "</LogicalResourceId><PhysicalResourceId>" id                                                  \
    "</PhysicalResourceId><ResourceStatus>DELETE_SKIPPED</ResourceStatus></member>"
#define OTHERS_TEMPLATE AWS_XML("GetTemplate", "<TemplateBody>{\"Resources\":{}}</TemplateBody>")

/* The latest first; those of others, and those that were never made, do not hide it. */
static void test_what_was_left_behind(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        NO_TABLE,
        DELETED(GONE_BEFORE GONE("testdrive-dynamodb-prod", "other", "2026-11-24T22:10:33Z")
                    GONE("testdrive-dynamodb-dev", "review", "2026-11-25T22:10:33Z")
                        GONE("testdrive-dynamodb-dev", "long-ago", "2026-09-25T22:10:33Z")),
        {OTHERS_TEMPLATE, .sends = "StackName=review"},
        TEMPLATE(BUCKET),
        EVENTS(SKIPPED("FailureBucket", "the-bucket") SKIPPED("Table", "table-testdrive")),
        LIST(""),
        {"DELETE /", 204, ""},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "- bucket the-bucket goes, it is empty");
    assert_said(&setup, "bucket the-bucket deleted");
    assert_true(setup.destroyed.changed);
    finish(&setup);
}

static void test_what_was_left_behind_is_gone_already(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        NO_TABLE,
        DELETED(GONE_BEFORE),
        TEMPLATE(BUCKET),
        EVENTS(SKIPPED("FailureBucket", "the-bucket") SKIPPED("FailureQueue", "https://sqs/q")),
        {"GET /?list-type=2&encoding-type=url&prefix=", 404,
         "<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>"},
        AWS_REFUSED("GetQueueAttributes", "QueueDoesNotExist"),
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, true, false), 0);
    assert_false(setup.destroyed.changed);
    finish(&setup);
}

static void test_who_may_not_look_back_is_told(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        NO_TABLE,
        {"ListStacks", 403,
         "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no"
         "</Message></Error></ErrorResponse>"},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "what a stack of before has left behind cannot be seen: ");
    assert_said(&setup, "allow \"cloudformation:ListStacks\"");
    finish(&setup);
}

/* ---- what an existing table sends ---- */

#define TABLE                                                                                      \
    {                                                                                              \
        "DescribeTable", 200,                                                                      \
            "{\"Table\":{\"TableArn\":\"arn:aws:dynamodb:t\",\"TableStatus\":\"ACTIVE\"}}"         \
    }
#define TAGGED(stack)                                                                              \
    {                                                                                              \
        "ListTagsOfResource", 200,                                                                 \
            "{\"Tags\":[{\"Key\":\"lorry:streaming\",\"Value\":\"" stack "\"}]}"                   \
    }
#define DESTINATION(status)                                                                        \
    {                                                                                              \
        "DescribeKinesisStreamingDestination", 200,                                                \
            "{\"KinesisDataStreamDestinations\":[{\"StreamArn\":\"arn:aws:kinesis:eu-central-1:"   \
            "123456789012:stream/dynamodb-cdc\",\"DestinationStatus\":\"" status "\"}]}"           \
    }

static void test_switched_off_step_by_step(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        TABLE,
        TAGGED("testdrive-dynamodb-dev"),
        DESTINATION("UPDATING"),
        NONE_DELETED,
        DESTINATION("UPDATING"),
        DESTINATION("ACTIVE"),
        {"DisableKinesisStreamingDestination", 200, "{}"},
        DESTINATION("DISABLING"),
        DESTINATION("DISABLED"),
        {"UntagResource", 200, ""},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, false), 0);
    assert_string_equal(buf_str(&setup.asked),
                        "switch off what table table-testdrive sends to the stream?\n");
    assert_true(setup.destroyed.changed);
    finish(&setup);
}

static void test_what_another_stack_switched_on_stays(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,         NO_STACK, TABLE, TAGGED("testdrive-dynamodb-prod"), DESTINATION("ACTIVE"),
        NONE_DELETED};
    struct setup setup;
    start(&setup, steps, 6);
    assert_int_equal(run(&setup, true, false), 0);
    assert_said(&setup, "streaming table-testdrive stays");
    assert_false(setup.destroyed.changed);
    finish(&setup);
}

static void test_tags_that_may_not_be_read(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        TABLE,
        AWS_REFUSED("ListTagsOfResource", "AccessDeniedException"),
        DESTINATION("ACTIVE"),
        NONE_DELETED};
    struct setup setup;
    start(&setup, steps, 6);
    assert_int_equal(run(&setup, false, false), 0);
    assert_said(&setup, "who switched on what table table-testdrive sends is not known");
    assert_said(&setup, "allow \"dynamodb:ListTagsOfResource\"");
    finish(&setup);
}

/* ---- the images ---- */

#define REPOSITORY                                                                                 \
    {                                                                                              \
        "DescribeRepositories", 200,                                                               \
            "{\"repositories\":[{\"repositoryArn\":\"arn:aws:ecr:r\",\"registryId\":\"1\","        \
            "\"repositoryUri\":\"u\",\"imageTagMutability\":\"MUTABLE\"}]}"                        \
    }
#define PROJECT(name)                                                                              \
    {                                                                                              \
        "ListTagsForResource", 200,                                                                \
            "{\"tags\":[{\"Key\":\"ProjectName\",\"Value\":\"" name "\"}]}"                        \
    }

static void test_a_repository_with_images_of_others_stays(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        NO_TABLE,
        NONE_DELETED,
        REPOSITORY,
        {"ListImages", 200,
         "{\"imageIds\":[{\"imageTag\":\"a\"},{\"imageTag\":\"testdrive-dynamodb-dev\"},"
         "{\"imageDigest\":\"sha256:0\"}],\"nextToken\":\"n\"}"},
        {"ListImages", 200,
         "{\"imageIds\":[{\"imageTag\":\"b\"},{\"imageTag\":\"c\"},{\"imageTag\":\"d\"},"
         "{\"imageTag\":\"e\"},{\"imageTag\":\"f\"},{\"imageTag\":\"g\"}]}"},
        PROJECT("testdrive-dynamodb"),
        {"BatchDeleteImage", 200, "{\"imageIds\":[],\"failures\":[]}"},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, true), 0);
    assert_said(&setup, "  repository kinesis-cratedb-lambda stays: it has the images of others: "
                        "a, b, c, d, e and 2 more\n");
    assert_string_equal(buf_str(&setup.asked),
                        "DELETE image kinesis-cratedb-lambda:testdrive-dynamodb-dev for good? It "
                        "cannot be undone.\n");
    finish(&setup);
}

static void test_a_repository_of_another_project_stays(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        NO_TABLE,
        NONE_DELETED,
        REPOSITORY,
        {"ListImages", 200, "{\"imageIds\":[]}"},
        PROJECT("another"),
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, true), 0);
    assert_said(&setup, "stays: its tags say that it is not of this pipeline");
    assert_false(setup.destroyed.changed);
    finish(&setup);
}

static void test_an_image_that_is_not_deleted(void **state)
{
    (void)state;
    static const struct aws_step steps[] = {
        WHO,
        NO_STACK,
        NO_TABLE,
        NONE_DELETED,
        REPOSITORY,
        {"ListImages", 200, "{\"imageIds\":[{\"imageTag\":\"testdrive-dynamodb-dev\"}]}"},
        PROJECT("another"),
        {"BatchDeleteImage", 200,
         "{\"failures\":[{\"failureCode\":\"ImageReferencedByManifestList\",\"failureReason\":"
         "\"a list has it\"}]}"},
    };
    struct setup setup;
    start(&setup, steps, sizeof(steps) / sizeof(steps[0]));
    assert_int_equal(run(&setup, false, true), -1);
    assert_failed(&setup, "the image is not deleted: a list has it");
    finish(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_there),
        cmocka_unit_test(test_a_failed_deletion_is_explained),
        cmocka_unit_test(test_a_stack_that_was_never_made),
        cmocka_unit_test(test_run_again_after_a_failure),
        cmocka_unit_test(test_a_deletion_under_way_is_waited_for),
        cmocka_unit_test(test_a_busy_stack_of_others_is_not_waited_for),
        cmocka_unit_test(test_a_protected_stack_stays),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_records_that_come_late_keep_the_bucket),
        cmocka_unit_test(test_who_may_not_delete_the_bucket_is_told),
        cmocka_unit_test(test_who_may_not_look_into_the_bucket_keeps_it),
        cmocka_unit_test(test_what_was_left_behind),
        cmocka_unit_test(test_what_was_left_behind_is_gone_already),
        cmocka_unit_test(test_who_may_not_look_back_is_told),
        cmocka_unit_test(test_switched_off_step_by_step),
        cmocka_unit_test(test_what_another_stack_switched_on_stays),
        cmocka_unit_test(test_tags_that_may_not_be_read),
        cmocka_unit_test(test_a_repository_with_images_of_others_stays),
        cmocka_unit_test(test_a_repository_of_another_project_stays),
        cmocka_unit_test(test_an_image_that_is_not_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
