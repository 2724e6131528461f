/* What lorry calls is in src/aws (each operation names its action); what CloudFormation calls is
 * what the handlers of the resource types say, as far as the template uses it. tests/stack/
 * compares with both. */
#include <stddef.h>

#include "stack/permissions.h"

/* A resource of the template: made, changed by an update, deleted (by a rollback as well). */
#define MADE USE_DEPLOY
#define DELETED (USE_DEPLOY | USE_DESTROY)
/* The function is the only one that `refresh` changes. */
#define CHANGED (USE_DEPLOY | USE_REFRESH)
#define READ (USE_DEPLOY | USE_REFRESH | USE_DESTROY)
#define ALWAYS (USE_DEPLOY | USE_REFRESH | USE_DESTROY | USE_OPERATE)

static bool owns_table(const struct stack *stack)
{
    return !stack->source.existing;
}

static bool attaches_table(const struct stack *stack)
{
    return stack->source.existing;
}

static bool owns_stream(const struct stack *stack)
{
    return !stack->stream.existing;
}

static bool is_image(const struct stack *stack)
{
    return stack->processor.package == STACK_IMAGE;
}

static bool is_zip(const struct stack *stack)
{
    return stack->processor.package == STACK_ZIP;
}

static bool has_bucket(const struct stack *stack)
{
    return stack->processor.on_failure == STACK_TO_S3;
}

static bool has_queue(const struct stack *stack)
{
    return stack->processor.on_failure == STACK_TO_SQS;
}

static bool has_secret(const struct stack *stack)
{
    return stack->sink.password.secret;
}

static bool has_parameter(const struct stack *stack)
{
    return stack->sink.password.ssm;
}

static bool has_boundary(const struct stack *stack)
{
    return stack->processor.permissions_boundary;
}

static bool is_in_vpc(const struct stack *stack)
{
    return stack->processor.subnet_count > 0;
}

static bool has_file_system(const struct stack *stack)
{
    return stack->processor.access_point;
}

const struct permission permissions[] = {
    /* The stack. */
    {"cloudformation:DescribeStacks", ON_STACK, ALWAYS, NULL},
    {"cloudformation:GetTemplate", ON_STACK, ALWAYS, NULL},
    {"cloudformation:DescribeStackEvents", ON_STACK, ALWAYS, NULL},
    {"cloudformation:CreateChangeSet", ON_STACK, CHANGED | USE_OPERATE, NULL},
    {"cloudformation:DescribeChangeSet", ON_STACK, CHANGED | USE_OPERATE, NULL},
    {"cloudformation:DeleteChangeSet", ON_STACK, CHANGED | USE_OPERATE, NULL},
    {"cloudformation:ExecuteChangeSet", ON_STACK, CHANGED, NULL},
    {"cloudformation:TagResource", ON_STACK, CHANGED, NULL},
    {"cloudformation:UntagResource", ON_STACK, CHANGED, NULL},
    {"cloudformation:ListChangeSets", ON_STACK, USE_DESTROY, NULL},
    {"cloudformation:ListStacks", ON_ANYTHING, USE_DESTROY, NULL},
    {"cloudformation:DeleteStack", ON_STACK, DELETED | USE_OPERATE, NULL},
    {"cloudformation:UpdateTerminationProtection", ON_STACK, MADE, NULL},

    /* The table, and where its changes go. */
    {"dynamodb:DescribeTable", ON_TABLE, ALWAYS, NULL},
    {"dynamodb:DescribeKinesisStreamingDestination", ON_TABLE, ALWAYS, NULL},
    {"dynamodb:ListTagsOfResource", ON_TABLE, DELETED, NULL},
    {"dynamodb:EnableKinesisStreamingDestination", ON_TABLE, MADE, NULL},
    {"dynamodb:UpdateKinesisStreamingDestination", ON_TABLE, MADE, NULL},
    {"dynamodb:DisableKinesisStreamingDestination", ON_TABLE, MADE, owns_table},
    {"dynamodb:DisableKinesisStreamingDestination", ON_TABLE, DELETED, attaches_table},
    {"dynamodb:TagResource", ON_TABLE, MADE, attaches_table},
    {"dynamodb:UntagResource", ON_TABLE, USE_DESTROY, attaches_table},
    {"dynamodb:CreateTable", ON_TABLE, MADE, owns_table},
    {"dynamodb:UpdateTable", ON_TABLE, MADE, owns_table},
    {"dynamodb:DescribeContinuousBackups", ON_TABLE, MADE, owns_table},
    {"dynamodb:UpdateContinuousBackups", ON_TABLE, MADE, owns_table},
    {"dynamodb:DescribeContributorInsights", ON_TABLE, MADE, owns_table},
    {"dynamodb:DescribeTimeToLive", ON_TABLE, MADE, owns_table},
    {"dynamodb:GetResourcePolicy", ON_TABLE, MADE, owns_table},
    {"dynamodb:TagResource", ON_TABLE, MADE, owns_table},
    {"dynamodb:UntagResource", ON_TABLE, MADE, owns_table},
    {"dynamodb:DeleteTable", ON_TABLE, DELETED, owns_table},
    {"dynamodb:PartiQLSelect", ON_TABLE, USE_OPERATE, NULL},
    {"dynamodb:PartiQLInsert", ON_TABLE, USE_OPERATE, NULL},
    {"dynamodb:PartiQLUpdate", ON_TABLE, USE_OPERATE, NULL},
    {"dynamodb:PartiQLDelete", ON_TABLE, USE_OPERATE, NULL},
    {"iam:CreateServiceLinkedRole", ON_SERVICE_ROLE, MADE, NULL},

    /* The stream. Sending changes to it needs the caller's permission to write there. */
    {"kinesis:DescribeStream", ON_STREAM, MADE, NULL},
    {"kinesis:PutRecords", ON_STREAM, MADE, NULL},
    {"kinesis:DescribeStreamSummary", ON_STREAM, ALWAYS, NULL},
    {"kinesis:ListShards", ON_STREAM, USE_OPERATE, NULL},
    {"kinesis:ListTagsForStream", ON_STREAM, DELETED, NULL},
    {"kinesis:ListTagsForResource", ON_STREAM, MADE, owns_stream},
    {"kinesis:CreateStream", ON_STREAM, MADE, owns_stream},
    {"kinesis:AddTagsToStream", ON_STREAM, MADE, owns_stream},
    {"kinesis:RemoveTagsFromStream", ON_STREAM, DELETED, owns_stream},
    {"kinesis:TagResource", ON_STREAM, MADE, owns_stream},
    {"kinesis:UntagResource", ON_STREAM, DELETED, owns_stream},
    {"kinesis:IncreaseStreamRetentionPeriod", ON_STREAM, MADE, owns_stream},
    {"kinesis:DecreaseStreamRetentionPeriod", ON_STREAM, MADE, owns_stream},
    {"kinesis:StartStreamEncryption", ON_STREAM, MADE, owns_stream},
    {"kinesis:StopStreamEncryption", ON_STREAM, MADE, owns_stream},
    {"kinesis:UpdateShardCount", ON_STREAM, MADE, owns_stream},
    {"kinesis:UpdateStreamMode", ON_STREAM, MADE, owns_stream},
    {"kinesis:DeleteStream", ON_STREAM, DELETED, owns_stream},

    /* The function. */
    {"lambda:GetFunction", ON_FUNCTION, ALWAYS, NULL},
    {"lambda:CreateFunction", ON_FUNCTION, MADE, NULL},
    {"lambda:UpdateFunctionCode", ON_FUNCTION, CHANGED, NULL},
    {"lambda:UpdateFunctionConfiguration", ON_FUNCTION, CHANGED, NULL},
    {"lambda:PutFunctionConcurrency", ON_FUNCTION, MADE, NULL},
    {"lambda:DeleteFunctionConcurrency", ON_FUNCTION, MADE, NULL},
    {"lambda:GetFunctionCodeSigningConfig", ON_FUNCTION, CHANGED, NULL},
    {"lambda:GetFunctionRecursionConfig", ON_FUNCTION, CHANGED, NULL},
    {"lambda:GetRuntimeManagementConfig", ON_FUNCTION, CHANGED, NULL},
    {"lambda:ListTags", ON_FUNCTION, CHANGED, NULL},
    {"lambda:TagResource", ON_FUNCTION, CHANGED, NULL},
    {"lambda:UntagResource", ON_FUNCTION, CHANGED, NULL},
    {"lambda:DeleteFunction", ON_FUNCTION, DELETED, NULL},
    {"lambda:InvokeFunction", ON_FUNCTION, USE_OPERATE, NULL},
    {"ec2:DescribeSecurityGroups", ON_ANYTHING, CHANGED, is_in_vpc},
    {"ec2:DescribeSubnets", ON_ANYTHING, CHANGED, is_in_vpc},
    {"ec2:DescribeVpcs", ON_ANYTHING, CHANGED, is_in_vpc},
    {"ec2:DescribeNetworkInterfaces", ON_ANYTHING, DELETED, is_in_vpc},
    {"elasticfilesystem:DescribeMountTargets", ON_ANYTHING, CHANGED, has_file_system},

    /* The mapping. */
    {"lambda:CreateEventSourceMapping", ON_ANYTHING, MADE, NULL},
    {"lambda:ListEventSourceMappings", ON_ANYTHING, USE_OPERATE, NULL},
    {"lambda:GetEventSourceMapping", ON_MAPPING, DELETED, NULL},
    {"lambda:UpdateEventSourceMapping", ON_MAPPING, MADE, NULL},
    {"lambda:DeleteEventSourceMapping", ON_MAPPING, DELETED, NULL},
    {"lambda:ListTags", ON_MAPPING, MADE, NULL},
    {"lambda:TagResource", ON_MAPPING, MADE, NULL},
    {"lambda:UntagResource", ON_MAPPING, MADE, NULL},

    /* The role. */
    {"iam:GetRole", ON_ROLE, READ, NULL},
    {"iam:GetRolePolicy", ON_ROLE, READ, NULL},
    {"iam:ListRolePolicies", ON_ROLE, READ, NULL},
    {"iam:ListAttachedRolePolicies", ON_ROLE, READ, NULL},
    {"iam:CreateRole", ON_ROLE, MADE, NULL},
    {"iam:PutRolePolicy", ON_ROLE, MADE, NULL},
    {"iam:UpdateRole", ON_ROLE, MADE, NULL},
    {"iam:UpdateRoleDescription", ON_ROLE, MADE, NULL},
    {"iam:UpdateAssumeRolePolicy", ON_ROLE, MADE, NULL},
    {"iam:TagRole", ON_ROLE, MADE, NULL},
    {"iam:UntagRole", ON_ROLE, MADE, NULL},
    {"iam:PutRolePermissionsBoundary", ON_ROLE, MADE, has_boundary},
    {"iam:DeleteRolePermissionsBoundary", ON_ROLE, MADE, has_boundary},
    {"iam:DeleteRolePolicy", ON_ROLE, DELETED, NULL},
    {"iam:DeleteRole", ON_ROLE, DELETED, NULL},
    {"iam:PassRole", ON_PASSED_ROLE, CHANGED, NULL},

    /* The log. */
    {"logs:DescribeLogGroups", ON_ANYTHING, DELETED | USE_OPERATE, NULL},
    {"logs:CreateLogGroup", ON_LOG_GROUP, MADE, NULL},
    {"logs:PutRetentionPolicy", ON_LOG_GROUP, MADE, NULL},
    {"logs:DeleteRetentionPolicy", ON_LOG_GROUP, MADE, NULL},
    {"logs:ListTagsForResource", ON_LOG_GROUP, MADE, NULL},
    {"logs:TagResource", ON_LOG_GROUP, MADE, NULL},
    {"logs:UntagResource", ON_LOG_GROUP, MADE, NULL},
    {"logs:DeleteLogGroup", ON_LOG_GROUP, DELETED, NULL},
    {"logs:FilterLogEvents", ON_LOG_GROUP, USE_OPERATE, NULL},
    {"logs:StartLiveTail", ON_LOG_GROUP, USE_OPERATE, NULL},

    /* Alarms and metrics. */
    {"cloudwatch:DescribeAlarms", ON_ANYTHING, DELETED, NULL},
    {"cloudwatch:GetMetricData", ON_ANYTHING, USE_OPERATE, NULL},
    {"cloudwatch:PutMetricAlarm", ON_ALARM, MADE, NULL},
    {"cloudwatch:ListTagsForResource", ON_ALARM, MADE, NULL},
    {"cloudwatch:TagResource", ON_ALARM, MADE, NULL},
    {"cloudwatch:UntagResource", ON_ALARM, MADE, NULL},
    {"cloudwatch:DeleteAlarms", ON_ALARM, DELETED, NULL},

    /* What Lambda gives up on. */
    {"s3:CreateBucket", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:ListBucket", ON_FAILURE_BUCKET, DELETED | USE_OPERATE, has_bucket},
    {"s3:GetObject", ON_FAILURE_BUCKET, USE_OPERATE, has_bucket},
    {"s3:DeleteObject", ON_FAILURE_BUCKET, USE_OPERATE, has_bucket},
    {"s3:GetBucketTagging", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:PutBucketTagging", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:ListTagsForResource", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:TagResource", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:UntagResource", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:GetEncryptionConfiguration", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:PutEncryptionConfiguration", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:GetLifecycleConfiguration", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:PutLifecycleConfiguration", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:GetBucketOwnershipControls", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:PutBucketOwnershipControls", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:GetBucketPublicAccessBlock", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:PutBucketPublicAccessBlock", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:GetBucketPolicy", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:PutBucketPolicy", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:DeleteBucketPolicy", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"s3:DeleteBucket", ON_FAILURE_BUCKET, MADE, has_bucket},
    {"sqs:CreateQueue", ON_FAILURE_QUEUE, MADE, has_queue},
    {"sqs:GetQueueUrl", ON_FAILURE_QUEUE, MADE | USE_OPERATE, has_queue},
    {"sqs:GetQueueAttributes", ON_FAILURE_QUEUE, DELETED | USE_OPERATE, has_queue},
    {"sqs:ReceiveMessage", ON_FAILURE_QUEUE, USE_OPERATE, has_queue},
    {"sqs:SetQueueAttributes", ON_FAILURE_QUEUE, MADE, has_queue},
    {"sqs:ListQueueTags", ON_FAILURE_QUEUE, MADE, has_queue},
    {"sqs:TagQueue", ON_FAILURE_QUEUE, MADE, has_queue},
    {"sqs:UntagQueue", ON_FAILURE_QUEUE, MADE, has_queue},
    {"sqs:DeleteQueue", ON_FAILURE_QUEUE, MADE, has_queue},

    /* The package. */
    {"ecr:GetAuthorizationToken", ON_ANYTHING, CHANGED, is_image},
    {"ecr:DescribeRepositories", ON_REPOSITORY, CHANGED | USE_OPERATE, is_image},
    {"ecr:DescribeImages", ON_REPOSITORY, USE_OPERATE, is_image},
    {"ecr:GetRepositoryPolicy", ON_REPOSITORY, CHANGED | USE_OPERATE, is_image},
    {"ecr:SetRepositoryPolicy", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:GetLifecyclePolicy", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:PutLifecyclePolicy", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:CreateRepository", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:TagResource", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:BatchCheckLayerAvailability", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:InitiateLayerUpload", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:UploadLayerPart", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:CompleteLayerUpload", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:PutImage", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:BatchGetImage", ON_REPOSITORY, CHANGED, is_image},
    {"ecr:GetDownloadUrlForLayer", ON_REPOSITORY, CHANGED, is_image},
    {"s3:ListBucket", ON_PACKAGE_BUCKET, CHANGED | USE_OPERATE, is_zip},
    {"s3:CreateBucket", ON_PACKAGE_BUCKET, CHANGED, is_zip},
    {"s3:GetObject", ON_PACKAGE, CHANGED | USE_OPERATE, is_zip},
    {"s3:PutObject", ON_PACKAGE, CHANGED, is_zip},

    /* The password of the sink: made if it is not there, and read by what looks at the sink from
     * here. */
    {"secretsmanager:DescribeSecret", ON_SECRET, MADE, has_secret},
    {"secretsmanager:CreateSecret", ON_SECRET, MADE, has_secret},
    {"secretsmanager:TagResource", ON_SECRET, MADE, has_secret},
    {"secretsmanager:GetSecretValue", ON_SECRET, USE_OPERATE, has_secret},
    {"ssm:PutParameter", ON_PARAMETER, MADE, has_parameter},
    {"ssm:AddTagsToResource", ON_PARAMETER, MADE, has_parameter},
    {"ssm:GetParameter", ON_PARAMETER, MADE | USE_OPERATE, has_parameter},
    {0},
};
