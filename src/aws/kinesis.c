#include "aws/kinesis.h"

#include <string.h>

#include "aws/json.h"
#include "aws/paging.h"

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

static const struct aws_operation list_shards = {
    .service = &service,
    .name = "ListShards",
    .permission = "kinesis:ListShards",
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
    aws_json_copy(stream->mode, sizeof(stream->mode),
                  json_object_get(json_object_get(found, "StreamModeDetails"), "StreamMode"));
    stream->retention_hours =
        (int)json_integer_value(json_object_get(found, "RetentionPeriodHours"));
    stream->open_shards = (int)json_integer_value(json_object_get(found, "OpenShardCount"));
    const char *encryption = json_string_value(json_object_get(found, "EncryptionType"));
    stream->encrypted = encryption && strcmp(encryption, "KMS") == 0;
    json_decref(answer);
    return 1;
}

struct shard_listing {
    struct aws_client *client;
    const char *name;
    kinesis_take_shard *take;
    void *user;
};

static const char *text_of(const json_t *object, const char *name)
{
    const json_t *text = json_object_get(object, name);
    return json_is_string(text) ? json_string_value(text) : "";
}

static int take_shards(const struct shard_listing *listing, const json_t *page, struct error *err)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(page, "Shards"), i, one)
    {
        const json_t *range = json_object_get(one, "SequenceNumberRange");
        const struct kinesis_shard shard = {
            .id = text_of(one, "ShardId"),
            .parent = text_of(one, "ParentShardId"),
            .first = text_of(range, "StartingSequenceNumber"),
            .last = text_of(range, "EndingSequenceNumber"),
        };
        int result = listing->take(listing->user, &shard, err);
        if (result)
            return result;
    }
    return 0;
}

/* A token names the stream as well, and both together are refused [Kinesis API Reference
 * "ListShards"]. */
static int fetch_shards(void *user, const char *token, struct buf *next, struct error *err)
{
    const struct shard_listing *listing = user;
    json_t *input = token ? json_pack("{s:s}", "NextToken", token)
                          : json_pack("{s:s}", "StreamName", listing->name);
    json_t *page;
    int result = aws_json(listing->client, &list_shards, listing->name, input, &page, err);
    json_decref(input);
    if (result < 0)
        return -1;
    buf_append_str(next, text_of(page, "NextToken"));
    result = take_shards(listing, page, err);
    json_decref(page);
    return result;
}

int kinesis_list_shards(struct aws_client *client, const char *name, kinesis_take_shard *take,
                        void *user, struct error *err)
{
    struct shard_listing listing = {client, name, take, user};
    return aws_pages(fetch_shards, &listing, name, err);
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
