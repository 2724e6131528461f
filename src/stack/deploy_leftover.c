/* What an earlier stack kept is taken over by ImportExistingResources. CloudFormation wants a
 * literal name, a policy that retains, and that no stack has it [CloudFormation User Guide "Import
 * AWS resources into a CloudFormation stack automatically"]; it takes a resource as it is. */
#include "aws/dynamodb.h"
#include "aws/kinesis.h"
#include "stack/deploy_parts.h"
#include "stack/template.h"

/* A resource of that name, which the stack does not have. */
struct leftover {
    const char *what, *name;
    const char *existing; /* where the file may say `existing: true` */
    int ours;             /* deployment_owns() */
};

static int judge(const struct deployment *deployment, const struct leftover *leftover,
                 struct error *err)
{
    if (leftover->ours < 0) {
        error_prefix(err, "whether it is of this pipeline cannot be seen; `existing: true` uses it "
                          "as it is");
        return error_prefix(err, "there is a %s \"%s\" already", leftover->what, leftover->name);
    }
    if (!leftover->ours)
        return error_set(err, ERROR_SETTING, 0,
                         "there is a %s \"%s\" already, and its tags say that it is not of this "
                         "pipeline: say `existing: true` under `%s:` to use it as it is, or choose "
                         "another name",
                         leftover->what, leftover->name, leftover->existing);
    if (!deployment->pipeline->source.retain)
        return error_set(err, ERROR_SETTING, 0,
                         "%s \"%s\" is there from before, and CloudFormation takes only what is "
                         "kept: say `retain: true`, or `existing: true` under `%s:` to use it as "
                         "it is, or delete it with `lorry destroy --data`",
                         leftover->what, leftover->name, leftover->existing);
    return 0;
}

static void take_over(const struct deployment *deployment, const struct leftover *leftover)
{
    deployment_say(deployment, "%s %s is there from before, and becomes part of the stack again",
                   leftover->what, leftover->name);
}

int deployment_owns(const struct deployment *deployment, deployment_has_tag *has_tag,
                    const char *name, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    int ours = has_tag(deployment->client, name, "ProjectName", pipeline->project, err);
    return ours > 0 ? has_tag(deployment->client, name, "Stage", pipeline->stage, err) : ours;
}

static int find_table(struct deployment *deployment, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    struct dynamodb_table table;
    struct leftover leftover = {"table", pipeline->source.table, "source: dynamodb", -1};
    if (pipeline->source.existing || deployment_has(deployment, TEMPLATE_TABLE))
        return 0;
    int found = dynamodb_describe_table(deployment->client, leftover.name, &table, err);
    if (found <= 0)
        return found;
    leftover.ours = deployment_owns(deployment, dynamodb_has_tag, table.arn, err);
    if (judge(deployment, &leftover, err) < 0 || deployment_check_keys(deployment, &table, err) < 0)
        return -1;
    deployment->takes_table = true;
    take_over(deployment, &leftover);
    return 0;
}

static int find_stream(struct deployment *deployment, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    struct kinesis_stream stream;
    struct leftover leftover = {"stream", pipeline->stream.name, "stream", -1};
    if (pipeline->stream.existing || deployment_has(deployment, TEMPLATE_STREAM))
        return 0;
    int found = kinesis_describe_stream(deployment->client, leftover.name, &stream, err);
    if (found <= 0)
        return found;
    leftover.ours = deployment_owns(deployment, kinesis_has_tag, leftover.name, err);
    if (judge(deployment, &leftover, err) < 0)
        return -1;
    deployment->takes_stream = true;
    take_over(deployment, &leftover);
    return 0;
}

int deployment_find_leftovers(struct deployment *deployment, struct error *err)
{
    return find_table(deployment, err) < 0 ? -1 : find_stream(deployment, err);
}
