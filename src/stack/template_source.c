/* The table, its change data capture, and the stream that takes it. */
#include "stack/template_parts.h"

static json_t *key_schema(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *schema = json_array();
    for (size_t i = 0; i < stack->source.key_count; i++)
        template_append(template, schema,
                        json_pack("{s:s, s:s}", "AttributeName", stack->source.keys[i].name,
                                  "KeyType", i == 0 ? "HASH" : "RANGE"));
    return schema;
}

static json_t *attribute_definitions(struct template *template)
{
    static const char *const types[] = {
        [STACK_KEY_S] = "S", [STACK_KEY_N] = "N", [STACK_KEY_B] = "B"};
    const struct stack *stack = template->stack;
    json_t *definitions = json_array();
    for (size_t i = 0; i < stack->source.key_count; i++)
        template_append(template, definitions,
                        json_pack("{s:s, s:s}", "AttributeName", stack->source.keys[i].name,
                                  "AttributeType", types[stack->source.keys[i].type]));
    return definitions;
}

/* The stream holds the same data. */
static enum template_fate fate(const struct stack *stack)
{
    return stack->source.retain ? TEMPLATE_KEPT : TEMPLATE_DELETED;
}

/* A table that is kept is one whose data counts: then it can be restored to any second of the last
 * 35 days, too. */
static void add_table(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *table = json_object();
    template_put_text(template, table, "TableName", stack->source.table);
    template_put_text(template, table, "BillingMode", "PAY_PER_REQUEST");
    template_put(template, table, "AttributeDefinitions", attribute_definitions(template));
    template_put(template, table, "KeySchema", key_schema(template));
    template_put(template, table, "KinesisStreamSpecification",
                 json_pack("{s:o, s:s}", "StreamArn", template_stream_arn(template),
                           "ApproximateCreationDateTimePrecision", "MICROSECOND"));
    template_put(template, table, "PointInTimeRecoverySpecification",
                 json_pack("{s:b}", "PointInTimeRecoveryEnabled", stack->source.retain));
    template_put_tags(template, table);
    template_add_resource(template, TEMPLATE_TABLE, "AWS::DynamoDB::Table", fate(stack), table);
}

static void add_stream(struct template *template)
{
    const struct stack *stack = template->stack;
    int shards = stack->stream.shards;
    json_t *stream = json_object();
    template_put_text(template, stream, "Name", stack->stream.name);
    template_put(template, stream, "StreamModeDetails",
                 json_pack("{s:s}", "StreamMode", shards ? "PROVISIONED" : "ON_DEMAND"));
    if (shards)
        template_put(template, stream, "ShardCount", json_integer(shards));
    template_put(template, stream, "RetentionPeriodHours",
                 json_integer(stack->stream.retention_hours));
    template_put(template, stream, "StreamEncryption",
                 json_pack("{s:s, s:s}", "EncryptionType", "KMS", "KeyId", "alias/aws/kinesis"));
    template_put_tags(template, stream);
    template_add_resource(template, TEMPLATE_STREAM, "AWS::Kinesis::Stream", fate(stack), stream);
}

json_t *template_table_arn(const struct template *template)
{
    if (template->stack->source.existing)
        return template_arn("dynamodb", "table/", template->stack->source.table, "");
    return template_get_att(TEMPLATE_TABLE, "Arn");
}

json_t *template_stream_arn(const struct template *template)
{
    if (template->stack->stream.existing)
        return template_arn("kinesis", "stream/", template->stack->stream.name, "");
    return template_get_att(TEMPLATE_STREAM, "Arn");
}

void template_add_source(struct template *template)
{
    const struct stack *stack = template->stack;
    if (!stack->source.existing)
        add_table(template);
    if (!stack->stream.existing)
        add_stream(template);
    template_add_output(template, "TableName", "The table whose changes are moved",
                        json_string(stack->source.table));
    template_add_output(template, "TableArn", "ARN of the table", template_table_arn(template));
    template_add_output(template, "StreamName", "The stream that carries the changes",
                        json_string(stack->stream.name));
    template_add_output(template, "StreamArn", "ARN of the stream", template_stream_arn(template));
}
