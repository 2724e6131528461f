/* An existing table that sends its changes to a stream: CloudFormation does not know of it. It is
 * switched off if the stream is the stack's, or if the table has the note that this pipeline's
 * `deploy` switched it on. */
#include "aws/dynamodb.h"
#include "stack/destroy_parts.h"
#include "stack/template.h"

static const char *keep(struct destruction *destruction, const char *text)
{
    return arena_copy(&destruction->deployment.arena, view_str(text)).ptr;
}

/* The table may be that of another account or role: then it is as if there were no note. */
static int read_note(struct destruction *destruction, struct error *err)
{
    const struct deployment *deployment = &destruction->deployment;
    struct error why = {0};
    int tagged = dynamodb_has_tag(deployment->client, destruction->streaming.table_arn,
                                  DEPLOY_STREAMING_TAG, deployment->name, &why);
    destruction->streaming.tagged = tagged > 0;
    if (tagged >= 0)
        return 0;
    if (error_is(&why, "AccessDeniedException")) {
        deployment_say(deployment, "who switched on what table %s sends is not known: %s",
                       destruction->streaming.table, why.message);
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}

static void note(struct destruction *destruction, bool stream_is_ours)
{
    bool tagged = destruction->streaming.tagged;
    destruction->streaming.on = tagged || stream_is_ours;
    if (destruction->streaming.on)
        destruction_note(destruction,
                         &(struct destroy_thing){"streaming", destruction->streaming.table,
                                                 stream_is_ours ? "its changes went to the stream "
                                                                  "of this pipeline"
                                                                : "`lorry deploy` switched it on",
                                                 DESTROY_ALONG});
    else
        destruction_note(destruction,
                         &(struct destroy_thing){"streaming", destruction->streaming.table,
                                                 "it was not `lorry deploy` that switched it on",
                                                 DESTROY_NOT});
}

/* Where its changes go, and for whom that is. */
static int survey_table(struct destruction *destruction, struct error *err)
{
    struct dynamodb_destination destination = {0};
    if (read_note(destruction, err) < 0)
        return -1;
    int found = dynamodb_find_destination(destruction->deployment.client,
                                          destruction->streaming.table, &destination, err);
    if (found > 0 && strcmp(destination.stream_arn, destruction->streaming.stream_arn) == 0 &&
        strcmp(destination.status, "ENABLE_FAILED") != 0)
        note(destruction, deployment_has(&destruction->deployment, TEMPLATE_STREAM));
    return found < 0 ? -1 : 0;
}

int destruction_survey_streaming(struct destruction *destruction, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    const char *table = destruction_output(destruction, "TableName"),
               *stream = destruction_output(destruction, "StreamArn");
    struct dynamodb_table found;
    if (destruction->exists ? deployment_has(&destruction->deployment, TEMPLATE_TABLE)
                            : !pipeline->source.existing)
        return 0;
    destruction->streaming.table = table ? table : pipeline->source.table;
    destruction->streaming.stream_arn = stream ? stream : destruction->deployment.stream_arn;
    int there = dynamodb_describe_table(destruction->deployment.client,
                                        destruction->streaming.table, &found, err);
    if (there <= 0)
        return there;
    destruction->streaming.table_arn = keep(destruction, found.arn);
    return survey_table(destruction, err);
}

/* Asks for the next step, if nothing is under way. */
static enum aws_wait_state detach(void *user, struct error *err)
{
    const struct destruction *destruction = user;
    struct aws_client *client = destruction->deployment.client;
    const char *table = destruction->streaming.table, *stream = destruction->streaming.stream_arn;
    struct dynamodb_destination destination = {0};
    int found = dynamodb_find_destination(client, table, &destination, err);
    if (found < 0)
        return AWS_WAIT_FAILED;
    if (!found || strcmp(destination.stream_arn, stream) != 0 ||
        strcmp(destination.status, "ENABLE_FAILED") == 0)
        return AWS_WAIT_DONE;
    if (strcmp(destination.status, "ACTIVE") != 0)
        return AWS_WAIT_AGAIN;
    deployment_say(&destruction->deployment,
                   "table %s is not going to send its changes to the stream any more", table);
    return dynamodb_disable_destination(client, table, stream, err) < 0 ? AWS_WAIT_FAILED
                                                                        : AWS_WAIT_AGAIN;
}

int destruction_detach(struct destruction *destruction, struct error *err)
{
    struct error why = {0};
    if (destruction->streaming.on &&
        deployment_wait(&destruction->deployment, "the table to send no more changes to the stream",
                        detach, destruction, err) < 0)
        return -1;
    if (destruction->streaming.tagged &&
        dynamodb_remove_tag(destruction->deployment.client, destruction->streaming.table_arn,
                            DEPLOY_STREAMING_TAG, &why) < 0)
        deployment_say(&destruction->deployment, "the tag " DEPLOY_STREAMING_TAG " stays: %s",
                       why.message);
    return 0;
}
