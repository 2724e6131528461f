#include "aws/dynamodb.h"
#include "aws/dynamodb_service.h"
#include "aws/json.h"
#include "base/memory.h"

enum {
    DESCRIBE_TABLE,
    LIST_TAGS,
    SET_TAG,
    REMOVE_TAG,
    DESCRIBE_DESTINATION,
    ENABLE,
    UPDATE,
    DISABLE,
    DELETE,
};

static const struct aws_operation operations[] = {
    [DESCRIBE_TABLE] = {&dynamodb_service, "DescribeTable", "dynamodb:DescribeTable"},
    [LIST_TAGS] = {&dynamodb_service, "ListTagsOfResource", "dynamodb:ListTagsOfResource"},
    [SET_TAG] = {&dynamodb_service, "TagResource", "dynamodb:TagResource"},
    [REMOVE_TAG] = {&dynamodb_service, "UntagResource", "dynamodb:UntagResource"},
    [DESCRIBE_DESTINATION] = {&dynamodb_service, "DescribeKinesisStreamingDestination",
                              "dynamodb:DescribeKinesisStreamingDestination"},
    [ENABLE] = {&dynamodb_service, "EnableKinesisStreamingDestination",
                "dynamodb:EnableKinesisStreamingDestination"},
    [UPDATE] = {&dynamodb_service, "UpdateKinesisStreamingDestination",
                "dynamodb:UpdateKinesisStreamingDestination"},
    [DISABLE] = {&dynamodb_service, "DisableKinesisStreamingDestination",
                 "dynamodb:DisableKinesisStreamingDestination"},
    [DELETE] = {&dynamodb_service, "DeleteTable", "dynamodb:DeleteTable"},
};

static int call(struct aws_client *client, int operation, const char *subject, json_t *input,
                json_t **output, struct error *err)
{
    int result = aws_json(client, &operations[operation], subject, input, output, err);
    json_decref(input);
    return result;
}

static char type_of(const json_t *attributes, const char *name)
{
    size_t i;
    json_t *attribute;
    json_array_foreach((json_t *)attributes, i, attribute)
    {
        const char *this = json_string_value(json_object_get(attribute, "AttributeName"));
        const char *type = json_string_value(json_object_get(attribute, "AttributeType"));
        if (this && type && strcmp(this, name) == 0)
            return *type;
    }
    return '?';
}

/* The partition key first, in whatever order they come. */
static void read_keys(const json_t *table, struct dynamodb_table *out)
{
    size_t i;
    json_t *element;
    json_array_foreach(json_object_get(table, "KeySchema"), i, element)
    {
        const char *kind = json_string_value(json_object_get(element, "KeyType"));
        size_t place = kind && strcmp(kind, "RANGE") == 0;
        struct dynamodb_key *key = &out->keys[place];
        aws_json_copy(key->name, sizeof(key->name), json_object_get(element, "AttributeName"));
        key->type = type_of(json_object_get(table, "AttributeDefinitions"), key->name);
        out->key_count = out->key_count > place + 1 ? out->key_count : place + 1;
    }
}

int dynamodb_describe_table(struct aws_client *client, const char *name,
                            struct dynamodb_table *table, struct error *err)
{
    struct error why = {0};
    json_t *answer = NULL;
    if (call(client, DESCRIBE_TABLE, name, json_pack("{s:s}", "TableName", name), &answer, &why) <
        0) {
        if (error_is(&why, "ResourceNotFoundException"))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    const json_t *found = json_object_get(answer, "Table");
    *table = (struct dynamodb_table){0};
    aws_json_copy(table->arn, sizeof(table->arn), json_object_get(found, "TableArn"));
    aws_json_copy(table->status, sizeof(table->status), json_object_get(found, "TableStatus"));
    read_keys(found, table);
    json_decref(answer);
    return 1;
}

int dynamodb_has_tag(struct aws_client *client, const char *table_arn, const char *key,
                     const char *value, struct error *err)
{
    json_t *answer = NULL;
    /* A resource has 50 tags at most, and a page holds more. */
    if (call(client, LIST_TAGS, table_arn, json_pack("{s:s}", "ResourceArn", table_arn), &answer,
             err) < 0)
        return -1;
    int found = aws_json_has_tag(json_object_get(answer, "Tags"), key, value);
    json_decref(answer);
    return found;
}

int dynamodb_set_tag(struct aws_client *client, const char *table_arn, const char *key,
                     const char *value, struct error *err)
{
    json_t *input = json_pack("{s:s, s:[{s:s, s:s}]}", "ResourceArn", table_arn, "Tags", "Key", key,
                              "Value", value);
    return call(client, SET_TAG, table_arn, input, NULL, err);
}

int dynamodb_remove_tag(struct aws_client *client, const char *table_arn, const char *key,
                        struct error *err)
{
    json_t *input = json_pack("{s:s, s:[s]}", "ResourceArn", table_arn, "TagKeys", key);
    return call(client, REMOVE_TAG, table_arn, input, NULL, err);
}

static bool is_off(const json_t *destination)
{
    const char *status = json_string_value(json_object_get(destination, "DestinationStatus"));
    return !status || strcmp(status, "DISABLED") == 0;
}

int dynamodb_find_destination(struct aws_client *client, const char *table,
                              struct dynamodb_destination *destination, struct error *err)
{
    json_t *answer = NULL, *one;
    size_t i;
    if (call(client, DESCRIBE_DESTINATION, table, json_pack("{s:s}", "TableName", table), &answer,
             err) < 0)
        return -1;
    int found = 0;
    json_array_foreach(json_object_get(answer, "KinesisDataStreamDestinations"), i, one)
    {
        if (found || is_off(one))
            continue;
        aws_json_copy(destination->stream_arn, sizeof(destination->stream_arn),
                      json_object_get(one, "StreamArn"));
        aws_json_copy(destination->status, sizeof(destination->status),
                      json_object_get(one, "DestinationStatus"));
        aws_json_copy(destination->precision, sizeof(destination->precision),
                      json_object_get(one, "ApproximateCreationDateTimePrecision"));
        aws_json_copy(destination->reason, sizeof(destination->reason),
                      json_object_get(one, "DestinationStatusDescription"));
        found = 1;
    }
    json_decref(answer);
    return found;
}

/* `setting`: the member that says how precise times are. */
static int change_destination(struct aws_client *client, int operation, const char *table,
                              const char *stream_arn, const char *setting, struct error *err)
{
    json_t *input = json_pack("{s:s, s:s}", "TableName", table, "StreamArn", stream_arn);
    json_object_set_new(input, setting,
                        json_pack("{s:s}", "ApproximateCreationDateTimePrecision", "MICROSECOND"));
    return call(client, operation, table, input, NULL, err);
}

int dynamodb_enable_destination(struct aws_client *client, const char *table,
                                const char *stream_arn, struct error *err)
{
    return change_destination(client, ENABLE, table, stream_arn,
                              "EnableKinesisStreamingConfiguration", err);
}

int dynamodb_refine_destination(struct aws_client *client, const char *table,
                                const char *stream_arn, struct error *err)
{
    return change_destination(client, UPDATE, table, stream_arn,
                              "UpdateKinesisStreamingConfiguration", err);
}

int dynamodb_disable_destination(struct aws_client *client, const char *table,
                                 const char *stream_arn, struct error *err)
{
    return call(client, DISABLE, table,
                json_pack("{s:s, s:s}", "TableName", table, "StreamArn", stream_arn), NULL, err);
}

int dynamodb_delete_table(struct aws_client *client, const char *name, struct error *err)
{
    return call(client, DELETE, name, json_pack("{s:s}", "TableName", name), NULL, err);
}
