/* Makes every call of src/aws once per region and set of arguments, and writes what would be sent:
 * one JSON object a line, {"service", "operation", "region", "time", "method", "url", "headers",
 * "body"}. `service` is botocore's name of it. tests/aws/test_botocore_judges.py reads that. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/change_set.h"
#include "aws/cloudformation.h"
#include "aws/cloudwatch.h"
#include "aws/dynamodb.h"
#include "aws/ecr.h"
#include "aws/event_source_mapping.h"
#include "aws/iam.h"
#include "aws/kinesis.h"
#include "aws/lambda.h"
#include "aws/lambda_function.h"
#include "aws/live_tail.h"
#include "aws/logs.h"
#include "aws/s3.h"
#include "aws/secrets_manager.h"
#include "aws/sqs.h"
#include "aws/ssm.h"
#include "aws/sso.h"
#include "aws/sts.h"

#define TIME_S 1440938160

/* Texts that some encoder might get wrong; each is a valid name for some service. */
static const char *const TEXTS[] = {
    "lorry/testdrive",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:lorry/testdrive-AbCdEf",
    "a \"quoted\" back\\slash & <b> + %20 / 'x'",
    "\xc3\xa4\xe2\x82\xac\xf0\x90\x8d\x88 tab\t newline\n",
};

static int call_get_secret_value(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_secret struct buf value = BUF_INIT(SECRET_SIZE_MAX);
    return secrets_manager_get_value(client, text, &value, err);
}

static int call_get_parameter(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_secret struct buf value = BUF_INIT(PARAMETER_SIZE_MAX);
    return ssm_get_parameter(client, text, &value, err);
}

static int call_describe_secret(struct aws_client *client, const char *text, struct error *err)
{
    bool deleting;
    return secrets_manager_find(client, text, &deleting, err);
}

static struct new_secret new_secret(const char *text)
{
    static struct secret_tag tags[2];
    tags[0] = (struct secret_tag){"ProjectName", text};
    tags[1] = (struct secret_tag){"Stage", "dev"};
    return (struct new_secret){
        .name = text, .description = text, .text = text, .tags = tags, .tag_count = 2};
}

static int call_create_secret(struct aws_client *client, const char *text, struct error *err)
{
    const struct new_secret secret = new_secret(text);
    return secrets_manager_create(client, &secret, err);
}

static int call_find_parameter(struct aws_client *client, const char *text, struct error *err)
{
    return ssm_find_parameter(client, text, err) < 0 ? -1 : 0;
}

static int call_put_parameter(struct aws_client *client, const char *text, struct error *err)
{
    const struct new_secret secret = new_secret(text);
    return ssm_put_parameter(client, &secret, err);
}

static int take_nothing(void *user, const json_t *item, struct error *err)
{
    (void)user;
    (void)item;
    (void)err;
    return 0;
}

static int call_execute_statement(struct aws_client *client, const char *text, struct error *err)
{
    json_t *parameters = json_pack("[{s:s}, {s:s}]", "S", text, "N", "1.5");
    const struct dynamodb_statement statement = {view_str(text), parameters, true};
    int result = dynamodb_execute_statement(client, &statement, take_nothing, NULL, err);
    json_decref(parameters);
    return result;
}

static int call_get_role_credentials(struct aws_client *client, const char *text, struct error *err)
{
    const struct sso_role role = {"123456789012", text};
    struct aws_credentials keys;
    int64_t expires_us;
    return sso_get_role_credentials(client, &role, VIEW("the/bearer+token=="), &keys, &expires_us,
                                    err);
}

static int call_get_authorization_token(struct aws_client *client, const char *text,
                                        struct error *err)
{
    (void)text;
    cleanup_ecr_token struct ecr_token token = {0};
    return ecr_get_authorization_token(client, &token, err);
}

static int call_create_repository(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_ecr_repository struct ecr_repository repository = {0};
    const struct ecr_tag tags[] = {{"ProjectName", text}, {"Stage", "dev"}};
    const struct ecr_new_repository wanted = {
        .name = {"123456789012", text},
        .mutability = "IMMUTABLE_WITH_EXCLUSION",
        .excluded_tags = "app-*",
        .scan_on_push = true,
        .tags = tags,
        .tag_count = 2,
    };
    return ecr_create_repository(client, &wanted, &repository, err);
}

static int call_create_plain_repository(struct aws_client *client, const char *text,
                                        struct error *err)
{
    cleanup_ecr_repository struct ecr_repository repository = {0};
    const struct ecr_new_repository wanted = {.name = {NULL, text}, .mutability = "MUTABLE"};
    return ecr_create_repository(client, &wanted, &repository, err);
}

static int call_describe_repositories(struct aws_client *client, const char *text,
                                      struct error *err)
{
    cleanup_ecr_repository struct ecr_repository repository = {0};
    return ecr_describe_repository(client, &(struct ecr_name){"123456789012", text}, &repository,
                                   err);
}

static int call_get_repository_policy(struct aws_client *client, const char *text,
                                      struct error *err)
{
    cleanup_buf struct buf policy = BUF_INIT(ECR_REPOSITORY_POLICY_MAX);
    return ecr_get_repository_policy(client, &(struct ecr_name){NULL, text}, &policy, err);
}

static int call_set_repository_policy(struct aws_client *client, const char *text,
                                      struct error *err)
{
    return ecr_set_repository_policy(client, &(struct ecr_name){"123456789012", text},
                                     view_str(text), err);
}

static int call_get_lifecycle_policy(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf policy = BUF_INIT(ECR_LIFECYCLE_POLICY_MAX);
    return ecr_get_lifecycle_policy(client, &(struct ecr_name){"123456789012", text}, &policy, err);
}

/* The model wants 100 characters at least. */
static int call_put_lifecycle_policy(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf policy = BUF_INIT(ECR_LIFECYCLE_POLICY_MAX);
    buf_printf(&policy, "%s%100s", text, "{}");
    return ecr_put_lifecycle_policy(client, &(struct ecr_name){NULL, text}, buf_view(&policy), err);
}

static int call_simulate_principal_policy(struct aws_client *client, const char *text,
                                          struct error *err)
{
    static const char *const actions[] = {"iam:PassRole", "s3:GetObject"};
    const char *const resources[] = {"*", text};
    const struct iam_context context[] = {{"iam:PassedToService", "lambda.amazonaws.com"},
                                          {"aws:RequestTag/Stage", text}};
    const struct iam_simulation simulation = {
        .principal = "arn:aws:iam::123456789012:role/path/r+=,.@-_",
        .actions = actions,
        .action_count = 2,
        .resources = resources,
        .resource_count = 2,
        .context = context,
        .context_count = 2,
    };
    return iam_simulate(client, &simulation, err);
}

static int call_get_role(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf arn = BUF_INIT(BUF_TEXT_CAP);
    (void)text;
    return iam_get_role(client, "role+=,.@-_", &arn, err);
}

/* The name of a bucket with dots is no label of a host. */
static char BUCKETS[][20] = {"lorry-bucket", "lorry.bucket.dots"};

static int call_head_object(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX);
    struct s3_object object;
    buf_printf(&key, "lorry/%s//.././x", text);
    const struct s3_location location = {BUCKETS[strlen(text) % 2], key.ptr};
    return s3_head_object(client, &location, &object, err);
}

static int call_get_object(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX), body = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&key, text);
    const struct s3_location location = {BUCKETS[strlen(text) % 2], key.ptr};
    return s3_get_object(client, &location, BUF_TEXT_CAP, &body, err);
}

static int call_delete_object(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX);
    buf_append_str(&key, text);
    const struct s3_location location = {BUCKETS[strlen(text) % 2], key.ptr};
    return s3_delete_object(client, &location, err);
}

static int take_no_object(void *user, const struct s3_listed *object, struct error *err)
{
    (void)user;
    (void)object;
    (void)err;
    return 0;
}

static int call_list_objects(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX);
    buf_append_str(&key, text);
    const struct s3_location prefix = {BUCKETS[0], key.ptr};
    return s3_list_objects(client, &prefix, take_no_object, NULL, err);
}

static int call_put_object(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX);
    buf_append_str(&key, text);
    const struct s3_location location = {BUCKETS[strlen(text) % 2], key.ptr};
    const struct s3_upload upload = {
        .body = VIEW("\xc3\xa4 body & <b>\n"),
        .content_type = "application/zip",
        .sha256 = "WZhacvWYuksgtAjrZMIMILGur8vBoMjBFMXT/My7RnY=",
        .only_new = true,
    };
    return s3_put_object(client, &location, &upload, err);
}

static int call_describe_images(struct aws_client *client, const char *text, struct error *err)
{
    bool tagged;
    return ecr_find_image(client, &(struct ecr_name){"123456789012", text},
                          "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                          "flight-dev", &tagged, err);
}

static int call_get_caller_identity(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    cleanup_sts_identity struct sts_identity identity = {0};
    return sts_get_caller_identity(client, &identity, err);
}

static int call_assume_role(struct aws_client *client, const char *text, struct error *err)
{
    struct sts_session session = {0};
    const struct sts_role role = {.arn = "arn:aws:iam::123456789012:role/path/r+=,.@-_",
                                  .session_name = "lorry=,.@-1",
                                  .external_id = text,
                                  .serial_number = "arn:aws:iam::123456789012:mfa/u",
                                  .token_code = "012345",
                                  .duration_s = 900};
    return sts_assume_role(client, &role, &session, err);
}

static int call_assume_role_with_web_identity(struct aws_client *client, const char *text,
                                              struct error *err)
{
    struct sts_session session = {0};
    const struct sts_role role = {
        .arn = "arn:aws:iam::123456789012:role/r", .session_name = "lorry", .duration_s = 3600};
    return sts_assume_role_with_web_identity(client, &role, view_str(text), &session, err);
}

static int call_invoke(struct aws_client *client, const char *text, struct error *err)
{
    struct lambda_invocation invocation = {0};
    return lambda_invoke(client, text, VIEW("{\"Records\":[]}"), &invocation, err);
}

static int call_get_function(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_lambda_function struct lambda_function function = {0};
    return lambda_get_function(client, text, &function, err);
}

#define STREAM_ARN "arn:aws:kinesis:eu-central-1:123456789012:stream/s"
#define STACK_ID "arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1"

static int call_describe_table(struct aws_client *client, const char *text, struct error *err)
{
    struct dynamodb_table table;
    (void)text;
    return dynamodb_describe_table(client, "table", &table, err);
}

static int call_table_tags(struct aws_client *client, const char *text, struct error *err)
{
    return dynamodb_has_tag(client, "arn:aws:dynamodb:eu-central-1:123456789012:table/t", text,
                            text, err);
}

static int call_tag_table(struct aws_client *client, const char *text, struct error *err)
{
    return dynamodb_set_tag(client, "arn:aws:dynamodb:eu-central-1:123456789012:table/t", text,
                            text, err);
}

static int call_untag_table(struct aws_client *client, const char *text, struct error *err)
{
    return dynamodb_remove_tag(client, "arn:aws:dynamodb:eu-central-1:123456789012:table/t", text,
                               err);
}

static int call_describe_destination(struct aws_client *client, const char *text, struct error *err)
{
    struct dynamodb_destination destination;
    (void)text;
    return dynamodb_find_destination(client, "table", &destination, err);
}

static int call_enable_destination(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return dynamodb_enable_destination(client, "table", STREAM_ARN, err);
}

static int call_update_destination(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return dynamodb_refine_destination(client, "table", STREAM_ARN, err);
}

static int call_disable_destination(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return dynamodb_disable_destination(client, "table", STREAM_ARN, err);
}

static int call_delete_table(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return dynamodb_delete_table(client, "table", err);
}

static int call_delete_stream(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return kinesis_delete_stream(client, "stream", err);
}

static int call_describe_log_groups(struct aws_client *client, const char *text, struct error *err)
{
    return logs_describe_groups(client, text == TEXTS[0] ? NULL : "/aws/lambda/", NULL, NULL, err);
}

static int call_filter_log_events(struct aws_client *client, const char *text, struct error *err)
{
    const struct logs_filter filter = {
        .group = "/aws/lambda/f", .pattern = text, .from_ms = 1, .until_ms = 1700000000000};
    return logs_filter_events(client, &filter, err);
}

static int call_filter_without_pattern(struct aws_client *client, const char *text,
                                       struct error *err)
{
    (void)text;
    const struct logs_filter filter = {.group = "/aws/lambda/f", .until_ms = -1};
    return logs_filter_events(client, &filter, err);
}

static int call_start_live_tail(struct aws_client *client, const char *text, struct error *err)
{
    const struct live_tail tail = {
        .arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/f", .pattern = text};
    return live_tail_run(client, &tail, err);
}

static int call_repository_tags(struct aws_client *client, const char *text, struct error *err)
{
    return ecr_has_tag(client, "arn:aws:ecr:eu-central-1:123456789012:repository/r",
                       &(struct ecr_tag){text, text}, err);
}

static int take_no_tag(void *user, const char *tag, struct error *err)
{
    (void)user;
    (void)tag;
    (void)err;
    return 0;
}

static int call_list_images(struct aws_client *client, const char *text, struct error *err)
{
    return ecr_list_image_tags(client, &(struct ecr_name){"123456789012", text}, take_no_tag, NULL,
                               err);
}

static int call_batch_delete_image(struct aws_client *client, const char *text, struct error *err)
{
    return ecr_delete_image_tag(client, &(struct ecr_name){NULL, text}, text, err);
}

static int call_delete_repository(struct aws_client *client, const char *text, struct error *err)
{
    return ecr_delete_repository(client, &(struct ecr_name){"123456789012", text}, err);
}

static int call_describe_stream(struct aws_client *client, const char *text, struct error *err)
{
    struct kinesis_stream stream;
    (void)text;
    return kinesis_describe_stream(client, "stream", &stream, err);
}

static int call_stream_tags(struct aws_client *client, const char *text, struct error *err)
{
    return kinesis_has_tag(client, "stream", text, text, err);
}

static int call_describe_stacks(struct aws_client *client, const char *text, struct error *err)
{
    struct cfn_stack stack = {0};
    (void)text;
    return cfn_describe_stack(client, STACK_ID, &stack, err);
}

static int call_get_template(struct aws_client *client, const char *text, struct error *err)
{
    cleanup_buf struct buf template = BUF_INIT(BUF_TEXT_CAP);
    (void)text;
    return cfn_get_template(client, "stack", &template, err);
}

static int call_protect(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return cfn_protect(client, "stack", true, err);
}

static int call_delete_stack(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return cfn_delete_stack(client, "stack", "token-1", err);
}

static int call_describe_events(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return cfn_read_events(client, &(struct cfn_events){.stack = STACK_ID}, err);
}

static int call_create_change_set(struct aws_client *client, const char *text, struct error *err)
{
    const struct cfn_pair parameters[] = {{"A", text}, {"B", NULL}};
    const struct cfn_pair tags[] = {{"ProjectName", "p"}, {"Stage", "a/b c=d"}};
    const struct change_set_request request = {
        .stack = "stack",
        .name = "lorry-1",
        .create = true,
        .template_body = text,
        .parameters = parameters,
        .parameter_count = 2,
        .tags = tags,
        .tag_count = 2,
        .revert_drift = true,
        .import_existing = true,
    };
    return change_set_create(client, &request, err);
}

static int call_describe_change_set(struct aws_client *client, const char *text, struct error *err)
{
    struct change_set set = {0};
    (void)text;
    return change_set_describe(client, "stack", "lorry-1", &set, err);
}

static int call_execute_change_set(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return change_set_execute(client, "stack", "lorry-1", "lorry-1", err);
}

static int take_no_set(void *user, struct view name, struct error *err)
{
    (void)user;
    (void)name;
    (void)err;
    return 0;
}

static int take_no_deleted(void *user, const struct cfn_deleted *stack, struct error *err)
{
    (void)user;
    (void)stack;
    (void)err;
    return 0;
}

static int call_list_stacks(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return cfn_list_deleted(client, take_no_deleted, NULL, err);
}

static int call_list_change_sets(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return change_set_list(client, "stack", take_no_set, NULL, err);
}

static int call_delete_change_set(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return change_set_delete(client, "stack", "lorry-1", err);
}

static int take_shard(void *user, const struct kinesis_shard *shard, struct error *err)
{
    (void)user;
    (void)shard;
    (void)err;
    return 0;
}

static int call_list_shards(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return kinesis_list_shards(client, "stream", take_shard, NULL, err);
}

static int call_list_mappings(struct aws_client *client, const char *text, struct error *err)
{
    struct event_source_mappings mappings = {0};
    return event_source_mappings_list(client, text, &mappings, err);
}

static int take_value(void *user, size_t query, int64_t time_s, double value, struct error *err)
{
    (void)user;
    (void)query;
    (void)time_s;
    (void)value;
    (void)err;
    return 0;
}

static int call_get_metric_data(struct aws_client *client, const char *text, struct error *err)
{
    const struct cloudwatch_query queries[] = {
        {.namespace = "AWS/Lambda",
         .metric = "IteratorAge",
         .dimension = "FunctionName",
         .value = text,
         .statistic = "Maximum"},
        {.search = "SEARCH('{AWS/DynamoDB,TableName,DelegatedOperation} TableName=\"t\"', 'Sum')"},
    };
    const struct cloudwatch_request request = {
        .queries = queries,
        .query_count = 2,
        .from_s = TIME_S - 900,
        .to_s = TIME_S,
        .period_s = 60,
    };
    return cloudwatch_get_metric_data(client, &request, take_value, NULL, err);
}

static int call_get_queue_attributes(struct aws_client *client, const char *text, struct error *err)
{
    struct sqs_queue queue;
    return sqs_describe_queue(client, text, &queue, err);
}

static int call_delete_queue(struct aws_client *client, const char *text, struct error *err)
{
    return sqs_delete_queue(client, text, err);
}

#define BUCKET "lorry-packages-123456789012-eu-central-1"

static int call_head_bucket(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return s3_find_bucket(client, BUCKET, "123456789012", err);
}

static int call_create_bucket(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return s3_create_bucket(client, BUCKET, err);
}

static int call_delete_bucket(struct aws_client *client, const char *text, struct error *err)
{
    (void)text;
    return s3_delete_bucket(client, BUCKET, err);
}

static int take_no_message(void *user, const struct sqs_message *message, struct error *err)
{
    (void)user;
    (void)message;
    (void)err;
    return 0;
}

static int call_receive_message(struct aws_client *client, const char *text, struct error *err)
{
    return sqs_peek(client, text, 2, take_no_message, NULL, err);
}

/* All that the program can ask for. An operation that is missing here fails the judge. */
static const struct recorded_call {
    const char *service, *operation;
    int (*call)(struct aws_client *client, const char *text, struct error *err);
} CALLS[] = {
    {"cloudformation", "CreateChangeSet", call_create_change_set},
    {"cloudformation", "DeleteChangeSet", call_delete_change_set},
    {"cloudformation", "DeleteStack", call_delete_stack},
    {"cloudformation", "DescribeChangeSet", call_describe_change_set},
    {"cloudformation", "DescribeStackEvents", call_describe_events},
    {"cloudformation", "DescribeStacks", call_describe_stacks},
    {"cloudformation", "ExecuteChangeSet", call_execute_change_set},
    {"cloudformation", "GetTemplate", call_get_template},
    {"cloudformation", "ListChangeSets", call_list_change_sets},
    {"cloudformation", "ListStacks", call_list_stacks},
    {"cloudformation", "UpdateTerminationProtection", call_protect},
    {"cloudwatch", "GetMetricData", call_get_metric_data},
    {"dynamodb", "DeleteTable", call_delete_table},
    {"dynamodb", "DescribeKinesisStreamingDestination", call_describe_destination},
    {"dynamodb", "DescribeTable", call_describe_table},
    {"dynamodb", "DisableKinesisStreamingDestination", call_disable_destination},
    {"dynamodb", "EnableKinesisStreamingDestination", call_enable_destination},
    {"dynamodb", "ListTagsOfResource", call_table_tags},
    {"dynamodb", "TagResource", call_tag_table},
    {"dynamodb", "UntagResource", call_untag_table},
    {"dynamodb", "UpdateKinesisStreamingDestination", call_update_destination},
    {"kinesis", "DeleteStream", call_delete_stream},
    {"kinesis", "DescribeStreamSummary", call_describe_stream},
    {"kinesis", "ListShards", call_list_shards},
    {"kinesis", "ListTagsForStream", call_stream_tags},
    {"s3", "CreateBucket", call_create_bucket},
    {"s3", "DeleteBucket", call_delete_bucket},
    {"s3", "DeleteObject", call_delete_object},
    {"s3", "GetObject", call_get_object},
    {"s3", "HeadBucket", call_head_bucket},
    {"s3", "ListObjectsV2", call_list_objects},
    {"dynamodb", "ExecuteStatement", call_execute_statement},
    {"ecr", "BatchDeleteImage", call_batch_delete_image},
    {"ecr", "ListImages", call_list_images},
    {"ecr", "CreateRepository", call_create_plain_repository},
    {"ecr", "CreateRepository", call_create_repository},
    {"ecr", "DeleteRepository", call_delete_repository},
    {"ecr", "ListTagsForResource", call_repository_tags},
    {"ecr", "DescribeImages", call_describe_images},
    {"ecr", "DescribeRepositories", call_describe_repositories},
    {"ecr", "GetAuthorizationToken", call_get_authorization_token},
    {"ecr", "GetLifecyclePolicy", call_get_lifecycle_policy},
    {"ecr", "GetRepositoryPolicy", call_get_repository_policy},
    {"ecr", "PutLifecyclePolicy", call_put_lifecycle_policy},
    {"ecr", "SetRepositoryPolicy", call_set_repository_policy},
    {"lambda", "GetFunction", call_get_function},
    {"iam", "GetRole", call_get_role},
    {"iam", "SimulatePrincipalPolicy", call_simulate_principal_policy},
    {"lambda", "Invoke", call_invoke},
    {"lambda", "ListEventSourceMappings", call_list_mappings},
    {"logs", "DescribeLogGroups", call_describe_log_groups},
    {"logs", "FilterLogEvents", call_filter_log_events},
    {"logs", "FilterLogEvents", call_filter_without_pattern},
    {"logs", "StartLiveTail", call_start_live_tail},
    {"s3", "HeadObject", call_head_object},
    {"s3", "PutObject", call_put_object},
    {"secretsmanager", "CreateSecret", call_create_secret},
    {"secretsmanager", "DescribeSecret", call_describe_secret},
    {"secretsmanager", "GetSecretValue", call_get_secret_value},
    {"sqs", "DeleteQueue", call_delete_queue},
    {"sqs", "GetQueueAttributes", call_get_queue_attributes},
    {"sqs", "ReceiveMessage", call_receive_message},
    {"ssm", "GetParameter", call_find_parameter},
    {"ssm", "GetParameter", call_get_parameter},
    {"ssm", "PutParameter", call_put_parameter},
    {"sso", "GetRoleCredentials", call_get_role_credentials},
    {"sts", "AssumeRole", call_assume_role},
    {"sts", "AssumeRoleWithWebIdentity", call_assume_role_with_web_identity},
    {"sts", "GetCallerIdentity", call_get_caller_identity},
};

struct recorder {
    struct http_client client;
    const struct recorded_call *call;
    const char *region;
};

static json_t *text_of(struct view v)
{
    return json_stringn(v.len ? v.ptr : "", v.len);
}

static void write_line(const struct recorder *recorder, const struct http_request *request)
{
    json_t *headers = json_array();
    for (size_t i = 0; i < request->header_count; i++)
        json_array_append_new(headers, json_pack("[o, o]", text_of(request->headers[i].name),
                                                 text_of(request->headers[i].value)));
    json_t *line =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:o, s:o}", "service", recorder->call->service,
                  "operation", recorder->call->operation, "region", recorder->region, "time",
                  TIME_S, "method", request->method, "url", text_of(request->url), "headers",
                  headers, "body", text_of(request->body));
    if (!line || json_dumpf(line, stdout, JSON_COMPACT) < 0)
        abort();
    putchar('\n');
    json_decref(line);
}

/* There is no answer to any request. */
static void record(struct http_client *client, struct http_exchange *exchanges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_line((struct recorder *)client, &exchanges[i].request);
        exchanges[i].failed = true;
        error_set(&exchanges[i].error, ERROR_NET, 0, "recorded");
    }
}

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return (int64_t)TIME_S * 1000000;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return 0;
}

static void record_all(const struct http_client_ops *ops, const char *region)
{
    struct clock clock = {.now_us = now_us, .steady_ms = steady_ms};
    for (size_t i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++) {
        struct recorder recorder = {{ops}, &CALLS[i], region};
        struct aws_client client = {.http = &recorder.client,
                                    .credentials = &aws_credentials_environment,
                                    .clock = &clock,
                                    .region = region,
                                    .timeout_ms = 1000};
        for (size_t j = 0; j < sizeof(TEXTS) / sizeof(TEXTS[0]); j++) {
            struct error err = {0};
            CALLS[i].call(&client, TEXTS[j], &err);
            if (err.domain != ERROR_NET) {
                fprintf(stderr, "%s: %s\n", CALLS[i].operation, err.message);
                exit(EXIT_FAILURE);
            }
        }
    }
}

int main(int argc, char **argv)
{
    const struct http_client_ops ops = {.perform = record};
    for (int i = 1; i < argc; i++)
        record_all(&ops, argv[i]);
    return EXIT_SUCCESS;
}
