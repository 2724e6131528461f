#include "aws/dynamodb.h"
#include "aws/kinesis.h"
#include "aws/waiter.h"
#include "stack/destroy_parts.h"
#include "stack/template.h"

#define INTERVAL_MS 3000
#define TIMEOUT_MS (15 * 60 * 1000)

/* Something that is asked about until it has come about. */
struct waiting {
    struct destruction *destruction;
    const char *name; /* of the table or the stream */
    const char *stream_arn;
};

static int wait_until(struct waiting *waiting, const char *what,
                      enum aws_wait_state (*poll)(void *user, struct error *err), struct error *err)
{
    const struct aws_waiter waiter = {
        .clock = waiting->destruction->destroy->client->clock,
        .what = what,
        .interval_ms = INTERVAL_MS,
        .timeout_ms = TIMEOUT_MS,
        .poll = poll,
        .user = waiting,
    };
    return aws_wait(&waiter, err);
}

/* Asks for the next step, if nothing is under way. */
static enum aws_wait_state detach(void *user, struct error *err)
{
    const struct waiting *waiting = user;
    struct aws_client *client = waiting->destruction->destroy->client;
    struct dynamodb_destination destination = {0};
    int found = dynamodb_find_destination(client, waiting->name, &destination, err);
    if (found < 0)
        return AWS_WAIT_FAILED;
    if (!found || strcmp(destination.stream_arn, waiting->stream_arn) != 0 ||
        strcmp(destination.status, "ENABLE_FAILED") == 0)
        return AWS_WAIT_DONE;
    if (strcmp(destination.status, "ACTIVE") != 0)
        return AWS_WAIT_AGAIN;
    deployment_say(&waiting->destruction->deployment,
                   "table %s is not going to send its changes to the stream any more",
                   waiting->name);
    return dynamodb_disable_destination(client, waiting->name, waiting->stream_arn, err) < 0
               ? AWS_WAIT_FAILED
               : AWS_WAIT_AGAIN;
}

int destruction_detach(struct destruction *destruction, struct error *err)
{
    const struct cfn_stack *stack = &destruction->deployment.stack;
    struct waiting waiting = {
        destruction,
        cfn_value(stack->outputs, stack->output_count, "TableName"),
        cfn_value(stack->outputs, stack->output_count, "StreamArn"),
    };
    struct dynamodb_table table;
    if (deployment_has(&destruction->deployment, TEMPLATE_TABLE) ||
        !deployment_has(&destruction->deployment, TEMPLATE_STREAM) || !waiting.name ||
        !waiting.stream_arn)
        return 0;
    int found = dynamodb_describe_table(destruction->destroy->client, waiting.name, &table, err);
    if (found <= 0)
        return found;
    return wait_until(&waiting, "the table to send no more changes to the stream", detach, err);
}

static enum aws_wait_state table_gone(void *user, struct error *err)
{
    const struct waiting *waiting = user;
    struct dynamodb_table table;
    int found =
        dynamodb_describe_table(waiting->destruction->destroy->client, waiting->name, &table, err);
    return found < 0 ? AWS_WAIT_FAILED : found ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

static enum aws_wait_state stream_gone(void *user, struct error *err)
{
    const struct waiting *waiting = user;
    struct kinesis_stream stream;
    int found =
        kinesis_describe_stream(waiting->destruction->destroy->client, waiting->name, &stream, err);
    return found < 0 ? AWS_WAIT_FAILED : found ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

static int delete_repository(struct aws_client *client, const char *name, struct error *err)
{
    return ecr_delete_repository(client, &(struct ecr_name){NULL, name}, err);
}

/* The table first: it sends into the stream. */
static const struct {
    const char *kind;
    int (*delete)(struct aws_client *client, const char *name, struct error *err);
    enum aws_wait_state (*gone)(void *user, struct error *err); /* NULL: at once */
} extras[] = {
    {"table", dynamodb_delete_table, table_gone},
    {"stream", kinesis_delete_stream, stream_gone},
    {"repository", delete_repository, NULL},
};

int destruction_delete_extras(struct destruction *destruction, struct error *err)
{
    for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
        const struct destroy_thing *thing = destruction_find(destruction, extras[i].kind);
        if (!destruction_is_extra(destruction, thing))
            continue;
        struct waiting waiting = {destruction, thing->name, NULL};
        if (extras[i].delete(destruction->destroy->client, thing->name, err) < 0)
            return -1;
        if (extras[i].gone && wait_until(&waiting, "it to be deleted", extras[i].gone, err) < 0)
            return -1;
        deployment_say(&destruction->deployment, "%s %s deleted", thing->kind, thing->name);
    }
    return 0;
}
