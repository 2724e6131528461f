#include "stack/deploy_parts.h"

#include "aws/dynamodb.h"
#include "aws/kinesis.h"

#define FAILURES_OF_BEFORE 2

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
    if (!deployment->pipeline->source.key_count || same_keys(deployment->pipeline, table))
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

static int is_missing(const struct deployment *deployment, const char *kind, const char *name,
                      struct error *err)
{
    return error_set(err, ERROR_SETTING, 0,
                     "there is no %s \"%s\" in region %s, and `existing: true` says that there is",
                     kind, name, deployment->region);
}

/* A record that the stream has forgotten goes nowhere: not to the place for failures either. */
static void compare_ages(const struct deployment *deployment, const struct kinesis_stream *stream)
{
    int max_age_s = deployment->pipeline->processor.batch.max_age_s;
    if (max_age_s > 0 && stream->retention_hours > 0 && max_age_s > stream->retention_hours * 3600)
        deployment_say(deployment,
                       "stream %s keeps its records for %d hours, less than "
                       "`processor.batch.max-age`: in a longer outage they are lost",
                       deployment->pipeline->stream.name, stream->retention_hours);
}

static int check_stream(const struct deployment *deployment, struct error *err)
{
    const char *name = deployment->pipeline->stream.name;
    struct kinesis_stream stream;
    int found = kinesis_describe_stream(deployment->client, name, &stream, err);
    if (found <= 0)
        return found < 0 ? -1 : is_missing(deployment, "stream", name, err);
    compare_ages(deployment, &stream);
    return 0;
}

static int check_table(const struct deployment *deployment, struct error *err)
{
    struct dynamodb_table table;
    int found = dynamodb_describe_table(deployment->client, table_of(deployment), &table, err);
    if (found < 0)
        return -1;
    if (!found)
        return is_missing(deployment, "table", table_of(deployment), err);
    if (deployment_check_keys(deployment, &table, err) < 0)
        return -1;
    return check_destination(deployment, err);
}

int deployment_check_existing(struct deployment *deployment, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    if (pipeline->stream.existing && check_stream(deployment, err) < 0)
        return -1;
    return pipeline->source.existing ? check_table(deployment, err) : 0;
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

/* A table that is being attached. */
struct attaching {
    struct deployment *deployment;
    bool switched_on; /* here: if that fails, trying again does not help */
    int failures;     /* seen since: the first ones may be those of before */
};

static int switch_on(struct attaching *attaching, const char *reason, struct error *err)
{
    const struct deployment *deployment = attaching->deployment;
    const char *table = table_of(deployment);
    if (attaching->switched_on && attaching->failures++ < FAILURES_OF_BEFORE)
        return 0;
    if (attaching->switched_on)
        return error_set(
            err, ERROR_AWS, 200,
            "DynamoDB \"%s\": its changes cannot be sent to the stream: "
            "ENABLE_FAILED%s%s; is the stream active, and may whoever deploys write to "
            "it, and \"iam:CreateServiceLinkedRole\"?",
            table, *reason ? ": " : "", reason);
    attaching->switched_on = true;
    deployment_say(deployment, "table %s is going to send its changes to the stream", table);
    if (note_switching_on(deployment, err) < 0)
        return -1;
    return dynamodb_enable_destination(deployment->client, table, deployment->stream_arn, err);
}

/* Asks for the next step, if nothing is under way: to be switched on, or to become precise. 1: it
 * is as it should be. */
static int step(struct attaching *attaching, struct error *err)
{
    const struct deployment *deployment = attaching->deployment;
    struct dynamodb_destination destination = {0};
    const char *table = table_of(deployment), *stream = deployment->stream_arn;
    int found = dynamodb_find_destination(deployment->client, table, &destination, err);
    if (found < 0)
        return -1;
    if (!found && attaching->switched_on)
        return 0;
    if (!found || strcmp(destination.status, "ENABLE_FAILED") == 0)
        return switch_on(attaching, destination.reason, err);
    if (strcmp(destination.status, "ACTIVE") != 0)
        return 0;
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
    struct attaching attaching = {deployment, false};
    if (!deployment->pipeline->source.existing)
        return 0;
    return deployment_wait(deployment, "the table to send its changes to the stream", poll,
                           &attaching, err);
}
