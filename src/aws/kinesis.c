#include "aws/kinesis.h"

#include "aws/json.h"

static const struct aws_service service = {
    .name = "Kinesis",
    .host = "kinesis",
    .signing_name = "kinesis",
    .variable = "KINESIS",
    .protocol = &aws_protocol_json_1_1,
    .target = "Kinesis_20131202",
};

static const struct aws_operation describe_stream_summary = {
    .service = &service,
    .name = "DescribeStreamSummary",
    .permission = "kinesis:DescribeStreamSummary",
};

static const struct aws_operation list_tags_for_stream = {
    .service = &service,
    .name = "ListTagsForStream",
    .permission = "kinesis:ListTagsForStream",
};

static const struct aws_operation delete_stream = {
    .service = &service,
    .name = "DeleteStream",
    .permission = "kinesis:DeleteStream",
};

static int call(struct aws_client *client, const struct aws_operation *operation, const char *name,
                json_t **answer, struct error *err)
{
    json_t *input = json_pack("{s:s}", "StreamName", name);
    int result = aws_json(client, operation, name, input, answer, err);
    json_decref(input);
    return result;
}

int kinesis_describe_stream(struct aws_client *client, const char *name,
                            struct kinesis_stream *stream, struct error *err)
{
    struct error why = {0};
    json_t *answer = NULL;
    if (call(client, &describe_stream_summary, name, &answer, &why) < 0) {
        if (error_is(&why, "ResourceNotFoundException"))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    const json_t *found = json_object_get(answer, "StreamDescriptionSummary");
    *stream = (struct kinesis_stream){0};
    aws_json_copy(stream->arn, sizeof(stream->arn), json_object_get(found, "StreamARN"));
    aws_json_copy(stream->status, sizeof(stream->status), json_object_get(found, "StreamStatus"));
    stream->retention_hours =
        (int)json_integer_value(json_object_get(found, "RetentionPeriodHours"));
    json_decref(answer);
    return 1;
}

/* A stream has 50 tags at most, and a page holds as many. */
int kinesis_has_tag(struct aws_client *client, const char *name, const char *key, const char *value,
                    struct error *err)
{
    json_t *answer = NULL;
    if (call(client, &list_tags_for_stream, name, &answer, err) < 0)
        return -1;
    int found = aws_json_has_tag(json_object_get(answer, "Tags"), key, value);
    json_decref(answer);
    return found;
}

int kinesis_delete_stream(struct aws_client *client, const char *name, struct error *err)
{
    json_t *input = json_pack("{s:s, s:b}", "StreamName", name, "EnforceConsumerDeletion", 1);
    int result = aws_json(client, &delete_stream, name, input, NULL, err);
    json_decref(input);
    return result;
}
