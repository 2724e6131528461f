#include "stack/deploy_parts.h"

#include "aws/dynamodb.h"
#include "aws/waiter.h"

#define INTERVAL_MS 3000
#define TIMEOUT_MS (15 * 60 * 1000)

static const char *table_of(const struct deployment *deployment)
{
    return deployment->pipeline->source.table;
}

static bool same_keys(const struct stack *pipeline, const struct dynamodb_table *table)
{
    static const char types[] = {[STACK_KEY_S] = 'S', [STACK_KEY_N] = 'N', [STACK_KEY_B] = 'B'};
    if (pipeline->source.key_count != table->key_count)
        return false;
    for (size_t i = 0; i < table->key_count; i++)
        if (strcmp(pipeline->source.keys[i].name, table->keys[i].name) != 0 ||
            types[pipeline->source.keys[i].type] != table->keys[i].type)
            return false;
    return true;
}

int deployment_check_keys(const struct deployment *deployment, const struct dynamodb_table *table,
                          struct error *err)
{
    cleanup_buf struct buf keys = BUF_INIT(BUF_TEXT_CAP);
    if (same_keys(deployment->pipeline, table))
        return 0;
    for (size_t i = 0; i < table->key_count; i++)
        buf_printf(&keys, "%s%s: %c", i ? ", " : "", table->keys[i].name, table->keys[i].type);
    return error_set(err, ERROR_SETTING, 0,
                     "table \"%s\" has other keys than the pipeline says: keys: {%s}",
                     table_of(deployment), buf_str(&keys));
}

/* A table has one destination only. */
static int check_destination(const struct deployment *deployment, struct error *err)
{
    struct dynamodb_destination destination = {0};
    int found =
        dynamodb_find_destination(deployment->client, table_of(deployment), &destination, err);
    if (found <= 0 || strcmp(destination.stream_arn, deployment->stream_arn) == 0)
        return found < 0 ? -1 : 0;
    return error_set(err, ERROR_SETTING, 0,
                     "table \"%s\" sends its changes to %s already, and it can have one stream "
                     "only: name that stream, with `existing: true`, or switch it off",
                     table_of(deployment), destination.stream_arn);
}

int deployment_check_table(struct deployment *deployment, struct error *err)
{
    struct dynamodb_table table;
    if (!deployment->pipeline->source.existing)
        return 0;
    int found = dynamodb_describe_table(deployment->client, table_of(deployment), &table, err);
    if (found < 0)
        return -1;
    if (!found)
        return error_set(err, ERROR_SETTING, 0,
                         "there is no table \"%s\" in region %s, and `existing: true` says that "
                         "there is",
                         table_of(deployment), deployment->region);
    if (deployment_check_keys(deployment, &table, err) < 0)
        return -1;
    return check_destination(deployment, err);
}

/* Before it is done: what is switched on has been noted, whatever comes in between. */
static int note_switching_on(const struct deployment *deployment, struct error *err)
{
    struct dynamodb_table table;
    struct error why = {0};
    int found = dynamodb_describe_table(deployment->client, table_of(deployment), &table, err);
    if (found <= 0)
        return found;
    if (dynamodb_set_tag(deployment->client, table.arn, DEPLOY_STREAMING_TAG, deployment->name,
                         &why) < 0)
        deployment_say(deployment,
                       "that lorry switches this on is not noted, and `lorry destroy` may leave it "
                       "on: %s",
                       why.message);
    return 0;
}

static int switch_on(const struct deployment *deployment, struct error *err)
{
    const char *table = table_of(deployment);
    deployment_say(deployment, "table %s is going to send its changes to the stream", table);
    if (note_switching_on(deployment, err) < 0)
        return -1;
    return dynamodb_enable_destination(deployment->client, table, deployment->stream_arn, err);
}

/* Asks for the next step, if nothing is under way: to be switched on, or to become precise. 1: it
 * is as it should be. */
static int step(struct deployment *deployment, struct error *err)
{
    struct dynamodb_destination destination = {0};
    const char *table = table_of(deployment), *stream = deployment->stream_arn;
    int found = dynamodb_find_destination(deployment->client, table, &destination, err);
    if (found < 0)
        return -1;
    if (found && strcmp(destination.status, "ENABLE_FAILED") != 0 &&
        strcmp(destination.status, "ACTIVE") != 0)
        return 0;
    if (!found || strcmp(destination.status, "ENABLE_FAILED") == 0)
        return switch_on(deployment, err);
    if (strcmp(destination.precision, "MICROSECOND") == 0)
        return 1;
    deployment_say(deployment, "the times of the changes of table %s become precise", table);
    return dynamodb_refine_destination(deployment->client, table, stream, err);
}

static enum aws_wait_state poll(void *user, struct error *err)
{
    int done = step(user, err);
    return done < 0 ? AWS_WAIT_FAILED : done ? AWS_WAIT_DONE : AWS_WAIT_AGAIN;
}

int deployment_attach(struct deployment *deployment, struct error *err)
{
    const struct aws_waiter waiter = {
        .clock = deployment->client->clock,
        .what = "the table to send its changes to the stream",
        .interval_ms = INTERVAL_MS,
        .timeout_ms = TIMEOUT_MS,
        .poll = poll,
        .user = deployment,
    };
    return deployment->pipeline->source.existing ? aws_wait(&waiter, err) : 0;
}
