#include "aws/sqs.h"

#include "aws/json.h"
#include "base/memory.h"
#include "base/parse.h"

static const struct aws_service service = {
    .name = "SQS",
    .host = "sqs",
    .signing_name = "sqs",
    .variable = "SQS",
    .protocol = &aws_protocol_json_1_0,
    .target = "AmazonSQS",
};

static const struct aws_operation get_queue_attributes = {
    .service = &service,
    .name = "GetQueueAttributes",
    .permission = "sqs:GetQueueAttributes",
};

static const struct aws_operation receive_message = {
    .service = &service,
    .name = "ReceiveMessage",
    .permission = "sqs:ReceiveMessage",
};

static const struct aws_operation delete_queue = {
    .service = &service,
    .name = "DeleteQueue",
    .permission = "sqs:DeleteQueue",
};

/* Numbers, as texts. */
static const struct {
    const char *name;
    size_t offset;
} attributes[] = {
    {"ApproximateNumberOfMessages", offsetof(struct sqs_queue, waiting)},
    {"ApproximateNumberOfMessagesNotVisible", offsetof(struct sqs_queue, in_flight)},
    {"ApproximateNumberOfMessagesDelayed", offsetof(struct sqs_queue, delayed)},
    {"MessageRetentionPeriod", offsetof(struct sqs_queue, retention_s)},
};

static json_t *input_for(const char *url)
{
    json_t *names = json_array();
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
        json_array_append_new(names, json_string(attributes[i].name));
    return json_pack("{s:s, s:o}", "QueueUrl", url, "AttributeNames", names);
}

static void read_queue(const json_t *answer, struct sqs_queue *queue)
{
    const json_t *found = json_object_get(answer, "Attributes");
    *queue = (struct sqs_queue){0};
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        const json_t *text = json_object_get(found, attributes[i].name);
        if (json_is_string(text))
            parse_int64(view_str(json_string_value(text)), 0, INT64_MAX,
                        (int64_t *)((char *)queue + attributes[i].offset), NULL);
    }
}

/* How the JSON protocol and the older one call a queue that is not there. */
static bool is_absence(const struct error *why)
{
    return error_is(why, "QueueDoesNotExist") ||
           error_is(why, "AWS.SimpleQueueService.NonExistentQueue");
}

int sqs_describe_queue(struct aws_client *client, const char *url, struct sqs_queue *queue,
                       struct error *err)
{
    struct error why = {0};
    json_t *input = input_for(url), *answer;
    int result = aws_json(client, &get_queue_attributes, url, input, &answer, &why);
    json_decref(input);
    if (result == 0) {
        read_queue(answer, queue);
        json_decref(answer);
        return 1;
    }
    if (is_absence(&why))
        return 0;
    if (err)
        *err = why;
    return -1;
}

static int take_messages(const json_t *list, sqs_take *take, void *user, struct error *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *message = json_array_get(list, i);
        const json_t *id = json_object_get(message, "MessageId");
        const json_t *body = json_object_get(message, "Body");
        if (!json_is_string(id) || !json_is_string(body))
            return error_set(err, ERROR_AWS, 200, "SQS: the answer has a message that is none");
        const struct sqs_message given = {
            json_string_value(id), view_of(json_string_value(body), json_string_length(body))};
        int result = take(user, &given, err);
        if (result != 0)
            return result;
    }
    return 0;
}

int sqs_peek(struct aws_client *client, const char *url, int hidden_s, sqs_take *take, void *user,
             struct error *err)
{
    json_t *answer,
        *input = json_pack("{s:s, s:i, s:i, s:i}", "QueueUrl", url, "MaxNumberOfMessages",
                           SQS_MESSAGES_MAX, "VisibilityTimeout", hidden_s, "WaitTimeSeconds", 1);
    int result = aws_json(client, &receive_message, url, input, &answer, err);
    json_decref(input);
    if (result < 0)
        return -1;
    const json_t *list = json_object_get(answer, "Messages");
    result = take_messages(list, take, user, err);
    if (result >= 0)
        result = (int)json_array_size(list);
    json_decref(answer);
    return result;
}

int sqs_delete_queue(struct aws_client *client, const char *url, struct error *err)
{
    struct error why = {0};
    json_t *input = json_pack("{s:s}", "QueueUrl", url);
    int result = aws_json(client, &delete_queue, url, input, NULL, &why);
    json_decref(input);
    if (result == 0 || is_absence(&why))
        return 0;
    if (err)
        *err = why;
    return -1;
}
