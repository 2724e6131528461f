#include "aws/dynamodb.h"
#include "aws/kinesis.h"
#include "stack/destroy_parts.h"
#include "stack/template.h"

static const char with_data[] = "with all its data";
static const char not_ours[] = "it is not the pipeline's (`existing: true`)";

static const json_t *resource(const struct destruction *destruction, const char *logical_id)
{
    return json_object_get(json_object_get(destruction->deployment.template, "Resources"),
                           logical_id);
}

/* DeletionPolicy: "Retain", "RetainExceptOnCreate". */
static bool keeps(const struct destruction *destruction, const char *logical_id)
{
    const char *policy =
        json_string_value(json_object_get(resource(destruction, logical_id), "DeletionPolicy"));
    return policy && strncmp(policy, "Retain", strlen("Retain")) == 0;
}

static void note(struct destruction *destruction, const char *kind, const char *name,
                 const char *why, bool goes)
{
    struct destroyed *found = destruction->found;
    if (found->count < DESTROY_THINGS_MAX)
        found->things[found->count++] =
            (struct destroy_thing){kind, arena_copy(&found->arena, view_str(name)).ptr, why, goes};
}

static const char *output(const struct destruction *destruction, const char *name)
{
    return destruction->exists ? cfn_value(destruction->deployment.stack.outputs,
                                           destruction->deployment.stack.output_count, name)
                               : NULL;
}

/* What holds the data of the pipeline. */
struct holder {
    const char *kind, *logical_id, *output;
    const char *name; /* as the file of the pipeline says */
    bool existing;
    /* Whether there is one that bears the tags of the pipeline. */
    int (*is_ours)(const struct destruction *destruction, const char *name, struct error *err);
};

static int both(int project, int stage)
{
    return project < 0 || stage < 0 ? -1 : project && stage;
}

static int is_our_table(const struct destruction *destruction, const char *name, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    struct aws_client *client = destruction->destroy->client;
    struct dynamodb_table table;
    int found = dynamodb_describe_table(client, name, &table, err);
    if (found <= 0)
        return found;
    return both(dynamodb_has_tag(client, table.arn, "ProjectName", pipeline->project, err),
                dynamodb_has_tag(client, table.arn, "Stage", pipeline->stage, err));
}

static int is_our_stream(const struct destruction *destruction, const char *name, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    struct aws_client *client = destruction->destroy->client;
    struct kinesis_stream stream;
    int found = kinesis_describe_stream(client, name, &stream, err);
    if (found <= 0)
        return found;
    return both(kinesis_has_tag(client, name, "ProjectName", pipeline->project, err),
                kinesis_has_tag(client, name, "Stage", pipeline->stage, err));
}

/* What the stack keeps, or kept when it was deleted. */
static int survey_kept(struct destruction *destruction, const struct holder *holder,
                       const char *name, struct error *err)
{
    int ours = holder->is_ours(destruction, name, err);
    if (ours < 0)
        return -1;
    bool goes = ours && destruction->destroy->data;
    if (ours || deployment_has(&destruction->deployment, holder->logical_id))
        note(destruction, holder->kind, name,
             goes ? with_data : "it holds data, and only --data deletes it", goes);
    return 0;
}

static int survey_holder(struct destruction *destruction, const struct holder *holder,
                         struct error *err)
{
    const char *name = output(destruction, holder->output);
    if (!name)
        name = holder->name;
    if (deployment_has(&destruction->deployment, holder->logical_id) &&
        !keeps(destruction, holder->logical_id)) {
        note(destruction, holder->kind, name, with_data, true);
        return 0;
    }
    if (!holder->existing &&
        (!destruction->exists || deployment_has(&destruction->deployment, holder->logical_id)))
        return survey_kept(destruction, holder, name, err);
    if (destruction->exists)
        note(destruction, holder->kind, name, not_ours, false);
    return 0;
}

/* What took the records that Lambda gave up on. */
static void survey_failures(struct destruction *destruction)
{
    static const struct {
        const char *kind, *logical_id, *output;
    } places[] = {
        {"bucket", TEMPLATE_FAILURE_BUCKET, "FailureBucketName"},
        {"queue", TEMPLATE_FAILURE_QUEUE, "FailureQueueUrl"},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *name = output(destruction, places[i].output);
        bool kept = keeps(destruction, places[i].logical_id);
        if (name)
            note(destruction, places[i].kind, name,
                 kept ? "it takes what could not be processed; empty and delete it yourself"
                      : with_data,
                 !kept);
    }
}

static int survey_repository(struct destruction *destruction, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    struct aws_client *client = destruction->destroy->client;
    const struct ecr_name name = {destruction->deployment.account, pipeline->processor.repository};
    const struct ecr_tag project = {"ProjectName", pipeline->project};
    const struct ecr_tag stage = {"Stage", pipeline->stage};
    cleanup_ecr_repository struct ecr_repository repository = {0};
    struct error why = {0};
    if (ecr_describe_repository(client, &name, &repository, &why) < 0) {
        if (error_is(&why, "RepositoryNotFoundException"))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    int ours = both(ecr_has_tag(client, repository.arn, &project, err),
                    ecr_has_tag(client, repository.arn, &stage, err));
    if (ours >= 0)
        note(destruction, "repository", name.repository,
             ours ? "with all its images" : "its tags say that it is not of this pipeline", ours);
    return ours < 0 ? -1 : 0;
}

int destruction_survey(struct destruction *destruction, struct error *err)
{
    const struct stack *pipeline = destruction->destroy->stack;
    const struct holder table = {
        "table",
        TEMPLATE_TABLE,
        "TableName",
        pipeline->source.table,
        pipeline->source.existing,
        is_our_table,
    };
    const struct holder stream = {
        "stream",
        TEMPLATE_STREAM,
        "StreamName",
        pipeline->stream.name,
        pipeline->stream.existing,
        is_our_stream,
    };
    if (destruction->exists)
        note(destruction, "stack", destruction->deployment.name,
             "with function, role, event source mapping, log group and alarms", true);
    if (survey_holder(destruction, &table, err) < 0 || survey_holder(destruction, &stream, err) < 0)
        return -1;
    survey_failures(destruction);
    if (pipeline->processor.package != STACK_IMAGE)
        return 0;
    if (destruction->destroy->registry)
        return survey_repository(destruction, err);
    if (destruction->exists)
        note(destruction, "repository", pipeline->processor.repository,
             "only --registry deletes it", false);
    return 0;
}

const struct destroy_thing *destruction_find(const struct destruction *destruction,
                                             const char *kind)
{
    for (size_t i = 0; i < destruction->found->count; i++)
        if (strcmp(destruction->found->things[i].kind, kind) == 0)
            return &destruction->found->things[i];
    return NULL;
}

bool destruction_is_extra(const struct destruction *destruction, const struct destroy_thing *thing)
{
    static const struct {
        const char *kind, *logical_id;
    } holders[] = {{"table", TEMPLATE_TABLE}, {"stream", TEMPLATE_STREAM}};
    if (!thing || !thing->goes)
        return false;
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
        if (strcmp(thing->kind, holders[i].kind) == 0)
            return !deployment_has(&destruction->deployment, holders[i].logical_id) ||
                   keeps(destruction, holders[i].logical_id);
    return strcmp(thing->kind, "repository") == 0;
}
