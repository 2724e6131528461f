/* The function, the log that it writes, and the mapping that feeds it from the stream. */
#include <ctype.h>
#include <string.h>

#include "stack/template_parts.h"

static json_t *parameter(const char *description, const char *pattern, const char *expected)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "Type", "String", "Description", description,
                     "AllowedPattern", pattern, "ConstraintDescription", expected);
}

/* Of a group that is there already the retention would not be known, and Lambda makes one itself
 * only if it may; this one may not. */
static void add_log_group(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *group = json_object();
    template_put(template, group, "LogGroupName",
                 json_sprintf("/aws/lambda/%s", stack->processor.name));
    if (stack->processor.log_retention_days)
        template_put(template, group, "RetentionInDays",
                     json_integer(stack->processor.log_retention_days));
    template_put_tags(template, group);
    template_add_resource(template, TEMPLATE_LOG_GROUP, "AWS::Logs::LogGroup", TEMPLATE_DELETED,
                          group);
    template_add_output(template, "LogGroupName", "Where the function writes its log",
                        template_ref(TEMPLATE_LOG_GROUP));
}

/* By digest: a tag may have moved on when a changed stack is rolled back. What the image starts is
 * in the image, hence no ImageConfig (FACTS section 3). */
static void put_image(struct template *template, json_t *function)
{
    template_add_parameter(template, TEMPLATE_IMAGE_URI,
                           parameter("Image of the record processor, by its digest",
                                     "^[^@\\s]+@sha256:[0-9a-f]{64}$",
                                     "REGISTRY/REPOSITORY@sha256:DIGEST"));
    template_put_text(template, function, "PackageType", "Image");
    template_put(template, function, "Code",
                 json_pack("{s:o}", "ImageUri", template_ref(TEMPLATE_IMAGE_URI)));
}

/* By a key that has the hash in it: another package is another key, which CloudFormation notices.
 */
static void put_zip(struct template *template, json_t *function)
{
    template_add_parameter(template, TEMPLATE_CODE_BUCKET,
                           parameter("Bucket that has the package of the record processor",
                                     "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "Name of a bucket"));
    template_add_parameter(template, TEMPLATE_CODE_KEY,
                           parameter("Key of the package, which ends in its SHA-256",
                                     "^\\S*[0-9a-f]{64}\\.zip$", "PREFIX/SHA256.zip"));
    template_put_text(template, function, "PackageType", "Zip");
    template_put_text(template, function, "Runtime", "provided.al2023");
    template_put_text(template, function, "Handler", "bootstrap");
    template_put(template, function, "Code",
                 json_pack("{s:o, s:o}", "S3Bucket", template_ref(TEMPLATE_CODE_BUCKET), "S3Key",
                           template_ref(TEMPLATE_CODE_KEY)));
}

/* Lambda drops lines below a level by itself, INFO if nothing is said; what is below the level of
 * the processor is not even written. */
static const char *log_level(const struct stack *stack)
{
    for (size_t i = 0; i < stack->processor.environment_count; i++)
        if (strcmp(stack->processor.environment[i].name, "LOG_LEVEL") == 0 &&
            strcasecmp(stack->processor.environment[i].value, "DEBUG") == 0)
            return "DEBUG";
    return "INFO";
}

static void put_network(struct template *template, json_t *function)
{
    const struct stack *stack = template->stack;
    if (!stack->processor.subnet_count)
        return;
    template_put(
        template, function, "VpcConfig",
        json_pack("{s:o, s:o}", "SubnetIds",
                  template_texts(template, stack->processor.subnets, stack->processor.subnet_count),
                  "SecurityGroupIds",
                  template_texts(template, stack->processor.security_groups,
                                 stack->processor.security_group_count)));
}

static void put_file_system(struct template *template, json_t *function)
{
    const struct stack *stack = template->stack;
    if (stack->processor.access_point)
        template_put(template, function, "FileSystemConfigs",
                     json_pack("[{s:s, s:s}]", "Arn", stack->processor.access_point,
                               "LocalMountPath", stack->processor.mount_path));
}

static void put_settings(struct template *template, json_t *function)
{
    const struct stack *stack = template->stack;
    template_put(template, function, "Architectures",
                 json_pack("[s]", stack_architecture_name(stack->processor.architecture)));
    template_put(template, function, "MemorySize", json_integer(stack->processor.memory_mb));
    template_put(template, function, "Timeout", json_integer(stack->processor.timeout_s));
    if (stack->processor.reserved_concurrency >= 0)
        template_put(template, function, "ReservedConcurrentExecutions",
                     json_integer(stack->processor.reserved_concurrency));
    template_put(template, function, "Role", template_get_att(TEMPLATE_ROLE, "Arn"));
    put_network(template, function);
    put_file_system(template, function);
    template_put(template, function, "LoggingConfig",
                 json_pack("{s:o, s:s, s:s}", "LogGroup", template_ref(TEMPLATE_LOG_GROUP),
                           "LogFormat", "JSON", "ApplicationLogLevel", log_level(stack)));
    template_put(template, function, "Environment",
                 json_pack("{s:o}", "Variables", template_environment(template)));
}

/* "<Name>Arn", as the predecessor calls it; the names of outputs have only letters and digits. */
static void add_named_output(struct template *template)
{
    cleanup_buf struct buf id = BUF_INIT(BUF_TEXT_CAP);
    for (const char *p = template->stack->processor.name; *p; p++)
        if (isalnum((unsigned char)*p))
            buf_append_char(&id, *p);
    buf_append_str(&id, "Arn");
    template_add_output(template, buf_str(&id), "ARN of the function",
                        template_get_att(TEMPLATE_FUNCTION, "Arn"));
}

static void add_function(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *function = json_object();
    template_put_text(template, function, "FunctionName", stack->processor.name);
    template_put(template, function, "Description",
                 json_sprintf("Moves the changes of the DynamoDB table %s into a database",
                              stack->source.table));
    if (stack->processor.package == STACK_IMAGE)
        put_image(template, function);
    else
        put_zip(template, function);
    put_settings(template, function);
    template_put_tags(template, function);
    template_add_resource(template, TEMPLATE_FUNCTION, "AWS::Lambda::Function", TEMPLATE_GOES,
                          function);
    template_add_output(template, "FunctionName", "The function that processes the changes",
                        template_ref(TEMPLATE_FUNCTION));
    add_named_output(template);
}

/* What happens to batches that fail. The counts of events are what the alarms look at. */
static void put_failures(struct template *template, json_t *mapping)
{
    const struct stack *stack = template->stack;
    json_t *destination = template_failure_arn(template);
    template_put(template, mapping, "MaximumRetryAttempts",
                 json_integer(stack->processor.batch.retries));
    template_put(template, mapping, "MaximumRecordAgeInSeconds",
                 json_integer(stack->processor.batch.max_age_s));
    template_put(template, mapping, "BisectBatchOnFunctionError",
                 json_boolean(stack->processor.batch.bisect));
    template_put(template, mapping, "FunctionResponseTypes",
                 json_pack("[s]", "ReportBatchItemFailures"));
    if (destination)
        template_put(template, mapping, "DestinationConfig",
                     json_pack("{s:{s:o}}", "OnFailure", "Destination", destination));
    template_put(template, mapping, "MetricsConfig", json_pack("{s:[s]}", "Metrics", "EventCount"));
}

static void add_mapping(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *mapping = json_object();
    template_put(template, mapping, "FunctionName", template_ref(TEMPLATE_FUNCTION));
    template_put(template, mapping, "EventSourceArn", template_stream_arn(template));
    template_put_text(template, mapping, "StartingPosition",
                      stack->processor.batch.starting_position);
    template_put(template, mapping, "BatchSize", json_integer(stack->processor.batch.size));
    template_put(template, mapping, "MaximumBatchingWindowInSeconds",
                 json_integer(stack->processor.batch.window_s));
    template_put(template, mapping, "ParallelizationFactor",
                 json_integer(stack->processor.batch.parallelization));
    put_failures(template, mapping);
    template_put_tags(template, mapping);
    template_add_resource(template, TEMPLATE_MAPPING, "AWS::Lambda::EventSourceMapping",
                          TEMPLATE_GOES, mapping);
    template_add_output(template, "MappingId", "The mapping that feeds the function",
                        template_ref(TEMPLATE_MAPPING));
}

void template_add_function(struct template *template)
{
    add_log_group(template);
    add_function(template);
    add_mapping(template);
}
