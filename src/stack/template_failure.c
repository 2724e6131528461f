/* Where Lambda puts what it gives up on: a bucket, which keeps the records themselves, a queue,
 * which gets only where in the stream they were, or nothing. */
#include "stack/template_parts.h"

#define RECORDS_KEPT_DAYS 90
#define UPLOAD_ABORTED_DAYS 7
#define QUEUE_RETENTION_S 1209600 /* 14 days: the longest there is */

static json_t *expiry(void)
{
    return json_pack("{s:[{s:s, s:s, s:i, s:{s:i}}]}", "Rules", "Id", "Expiry", "Status", "Enabled",
                     "ExpirationInDays", RECORDS_KEPT_DAYS, "AbortIncompleteMultipartUpload",
                     "DaysAfterInitiation", UPLOAD_ABORTED_DAYS);
}

/* The name is made by CloudFormation: those of buckets are taken from one namespace for all
 * accounts, and a kept bucket does not stand in the way of the next deployment. */
static void add_bucket(struct template *template)
{
    json_t *bucket = json_object();
    template_put(template, bucket, "BucketEncryption",
                 json_pack("{s:[{s:{s:s}}]}", "ServerSideEncryptionConfiguration",
                           "ServerSideEncryptionByDefault", "SSEAlgorithm", "AES256"));
    template_put(template, bucket, "PublicAccessBlockConfiguration",
                 json_pack("{s:b, s:b, s:b, s:b}", "BlockPublicAcls", 1, "BlockPublicPolicy", 1,
                           "IgnorePublicAcls", 1, "RestrictPublicBuckets", 1));
    template_put(template, bucket, "OwnershipControls",
                 json_pack("{s:[{s:s}]}", "Rules", "ObjectOwnership", "BucketOwnerEnforced"));
    template_put(template, bucket, "LifecycleConfiguration", expiry());
    template_put_tags(template, bucket);
    template_add_resource(template, TEMPLATE_FAILURE_BUCKET, "AWS::S3::Bucket", TEMPLATE_KEPT,
                          bucket);
}

static json_t *refuse_plain_http(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:[o, o], s:{s:{s:s}}}", "Sid", "OnlyWithTls", "Effect",
                     "Deny", "Principal", "*", "Action", "s3:*", "Resource",
                     template_get_att(TEMPLATE_FAILURE_BUCKET, "Arn"),
                     template_sub("${" TEMPLATE_FAILURE_BUCKET ".Arn}/*"), "Condition", "Bool",
                     "aws:SecureTransport", "false");
}

static void add_bucket_policy(struct template *template)
{
    json_t *policy =
        json_pack("{s:o, s:{s:s, s:[o]}}", "Bucket", template_ref(TEMPLATE_FAILURE_BUCKET),
                  "PolicyDocument", "Version", "2012-10-17", "Statement", refuse_plain_http());
    template_add_resource(template, "FailureBucketPolicy", "AWS::S3::BucketPolicy", TEMPLATE_KEPT,
                          policy);
}

static void add_queue(struct template *template)
{
    json_t *queue = json_pack("{s:b, s:i}", "SqsManagedSseEnabled", 1, "MessageRetentionPeriod",
                              QUEUE_RETENTION_S);
    template_put_tags(template, queue);
    template_add_resource(template, TEMPLATE_FAILURE_QUEUE, "AWS::SQS::Queue", TEMPLATE_KEPT,
                          queue);
}

json_t *template_failure_arn(const struct template *template)
{
    switch (template->stack->processor.on_failure) {
    case STACK_TO_S3: return template_get_att(TEMPLATE_FAILURE_BUCKET, "Arn");
    case STACK_TO_SQS: return template_get_att(TEMPLATE_FAILURE_QUEUE, "Arn");
    default: return NULL;
    }
}

void template_add_failure(struct template *template)
{
    switch (template->stack->processor.on_failure) {
    case STACK_TO_S3:
        add_bucket(template);
        add_bucket_policy(template);
        template_add_output(template, "FailureBucketName",
                            "The bucket that takes the records that Lambda gives up on",
                            template_ref(TEMPLATE_FAILURE_BUCKET));
        break;
    case STACK_TO_SQS:
        add_queue(template);
        template_add_output(template, "FailureQueueUrl",
                            "The queue that is told which records Lambda gives up on",
                            template_ref(TEMPLATE_FAILURE_QUEUE));
        break;
    default: break;
    }
}
