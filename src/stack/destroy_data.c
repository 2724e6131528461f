/* Table and stream: what holds the data of the pipeline. */
#include "aws/dynamodb.h"
#include "aws/kinesis.h"
#include "stack/destroy_parts.h"
#include "stack/template.h"

/* One of the two. */
struct holder {
    const char *kind, *logical_id, *output;
    const char *name; /* as the file of the pipeline says */
    bool existing;
    /* Whose it is; -1 and `err`. */
    int (*find_owner)(const struct destruction *destruction, const char *name, struct error *err);
};

enum owner {
    OWNER_NONE, /* there is none of that name */
    OWNER_OTHERS,
    OWNER_PIPELINE, /* it bears the tags of the pipeline */
};

static int owner_of(const struct destruction *destruction, deployment_has_tag *has_tag,
                    const char *name, struct error *err)
{
    int ours = deployment_owns(&destruction->deployment, has_tag, name, err);
    return ours < 0 ? -1 : ours ? OWNER_PIPELINE : OWNER_OTHERS;
}

static int find_owner_of_table(const struct destruction *destruction, const char *name,
                               struct error *err)
{
    struct dynamodb_table table;
    int found = dynamodb_describe_table(destruction->destroy->client, name, &table, err);
    if (found <= 0)
        return found < 0 ? -1 : OWNER_NONE;
    return owner_of(destruction, dynamodb_has_tag, table.arn, err);
}

static int find_owner_of_stream(const struct destruction *destruction, const char *name,
                                struct error *err)
{
    struct kinesis_stream stream;
    int found = kinesis_describe_stream(destruction->destroy->client, name, &stream, err);
    if (found <= 0)
        return found < 0 ? -1 : OWNER_NONE;
    return owner_of(destruction, kinesis_has_tag, name, err);
}

/* What the stack keeps, or kept when it was deleted. */
static int survey_kept(struct destruction *destruction, const struct holder *holder,
                       const char *name, struct error *err)
{
    int owner = holder->find_owner(destruction, name, err);
    if (owner < 0)
        return -1;
    bool goes = owner == OWNER_PIPELINE && destruction->destroy->data;
    bool has = deployment_has(&destruction->deployment, holder->logical_id);
    if (owner == OWNER_PIPELINE || (owner == OWNER_OTHERS && has))
        destruction_note(destruction,
                         &(struct destroy_thing){holder->kind, name,
                                                 goes ? "with all its data"
                                                      : "it holds data, and only --data deletes it",
                                                 goes ? DESTROY_APART : DESTROY_NOT});
    return 0;
}

static int survey_holder(struct destruction *destruction, const struct holder *holder,
                         struct error *err)
{
    const char *name = destruction_output(destruction, holder->output);
    bool has = deployment_has(&destruction->deployment, holder->logical_id);
    if (!name)
        name = holder->name;
    if (has && !destruction_keeps(destruction, holder->logical_id)) {
        destruction_note(
            destruction,
            &(struct destroy_thing){holder->kind, name, "with all its data", DESTROY_WITH_STACK});
        return 0;
    }
    if (!holder->existing && (!destruction->exists || has))
        return survey_kept(destruction, holder, name, err);
    if (destruction->exists)
        destruction_note(destruction,
                         &(struct destroy_thing){holder->kind, name,
                                                 "it is not the pipeline's (`existing: true`)",
                                                 DESTROY_NOT});
    return 0;
}

int destruction_survey_holders(struct destruction *destruction, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    const struct holder table = {
        "table",
        TEMPLATE_TABLE,
        "TableName",
        pipeline->source.table,
        pipeline->source.existing,
        find_owner_of_table,
    };
    const struct holder stream = {
        "stream",
        TEMPLATE_STREAM,
        "StreamName",
        pipeline->stream.name,
        pipeline->stream.existing,
        find_owner_of_stream,
    };
    if (survey_holder(destruction, &table, err) < 0)
        return -1;
    return survey_holder(destruction, &stream, err);
}

static bool stays(const struct destruction *destruction, const char *kind, const char *logical_id)
{
    const struct destroy_thing *thing = destruction_find(destruction, kind);
    return thing && thing->way == DESTROY_NOT && destruction_keeps(destruction, logical_id);
}

bool destruction_leaves_streaming(const struct destruction *destruction)
{
    return stays(destruction, "table", TEMPLATE_TABLE) &&
           stays(destruction, "stream", TEMPLATE_STREAM);
}

/* Something that is asked about until it is gone. */
struct waiting {
    struct aws_client *client;
    const char *name;
};

static enum aws_wait_state table_gone(void *user, struct error *err)
{
    const struct waiting *waiting = user;
    struct dynamodb_table table;
    int found = dynamodb_describe_table(waiting->client, waiting->name, &table, err);
    return found < 0 ? AWS_WAIT_FAILED : found ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

static enum aws_wait_state stream_gone(void *user, struct error *err)
{
    const struct waiting *waiting = user;
    struct kinesis_stream stream;
    int found = kinesis_describe_stream(waiting->client, waiting->name, &stream, err);
    return found < 0 ? AWS_WAIT_FAILED : found ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

int destruction_delete_table(struct destruction *destruction, const char *name, struct error *err)
{
    struct waiting waiting = {destruction->destroy->client, name};
    if (dynamodb_delete_table(waiting.client, name, err) < 0)
        return -1;
    return deployment_wait(&destruction->deployment, "the table to be deleted", table_gone,
                           &waiting, err);
}

int destruction_delete_stream(struct destruction *destruction, const char *name, struct error *err)
{
    struct waiting waiting = {destruction->destroy->client, name};
    if (kinesis_delete_stream(waiting.client, name, err) < 0)
        return -1;
    return deployment_wait(&destruction->deployment, "the stream to be deleted", stream_gone,
                           &waiting, err);
}
