#include "stack/deploy_parts.h"

#include <jansson.h>

#include "aws/dynamodb.h"
#include "aws/kinesis.h"
#include "base/clock.h"
#include "stack/stack_state.h"
#include "stack/template.h"

/* lorry's templates are JSON and say so; nothing else is touched. */
int deployment_read_template(const struct deployment *deployment, json_t **template,
                             struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT((size_t)4 << 20);
    if (cfn_get_template(deployment->client, deployment->name, &text, err) < 0)
        return -1;
    json_t *json = json_loadb(buf_str(&text), text.len, 0, NULL);
    if (json_is_object(json_object_get(json_object_get(json, "Metadata"), TEMPLATE_METADATA))) {
        *template = json;
        return 1;
    }
    json_decref(json);
    return 0;
}

static int check_owner(const struct deployment *deployment, struct error *err)
{
    json_t *template = NULL;
    int ours = deployment_read_template(deployment, &template, err);
    json_decref(template);
    if (ours)
        return ours < 0 ? -1 : 0;
    return error_set(err, ERROR_SETTING, 0,
                     "there is a stack \"%s\" that lorry did not make, and updating it could cost "
                     "its table: choose another `project` or `stage`, and attach to its table and "
                     "stream with `existing: true` under `source: dynamodb:` and `stream:`",
                     deployment->name);
}

int deployment_watch(struct deployment *deployment, struct stack_watch *watch, struct error *err)
{
    cleanup_buf struct buf cause = BUF_INIT(BUF_TEXT_CAP);
    watch->on_event = deployment->deploy->ui->happen;
    watch->user = deployment->deploy->ui->user;
    if (stack_watch_wait(watch, err) < 0)
        return -1;
    if (stack_status_is_success(buf_str(&watch->status)))
        return 0;
    stack_failure_explain(&watch->failure, &cause);
    return error_set(err, ERROR_AWS, 200, "stack \"%s\" is %s%s%s", deployment->name,
                     buf_str(&watch->status), cause.len ? ": " : "", buf_str(&cause));
}

/* Another run, or somebody else. */
int deployment_wait_for_end(struct deployment *deployment, const struct cfn_stack *stack,
                            struct error *err)
{
    cleanup_stack_watch struct stack_watch watch = {0};
    deployment_say(deployment, "%s is under way; waiting for its end", stack->status);
    if (stack_watch_begin(&watch, deployment->client, stack->id, err) < 0)
        return -1;
    watch.on_event = deployment->deploy->ui->happen;
    watch.user = deployment->deploy->ui->user;
    return stack_watch_wait(&watch, err);
}

static int remember_failure(void *user, const struct cfn_event *event, struct error *err)
{
    struct stack_watch *watch = user;
    (void)err;
    stack_failure_take(&watch->failure, buf_str(&watch->stack), event);
    return 0;
}

/* Why the attempt failed that left the stack behind. */
static void tell_failure(const struct deployment *deployment, const struct cfn_stack *stack)
{
    struct stack_watch past = {.stack = BUF_INIT(BUF_TEXT_CAP)};
    cleanup_buf struct buf cause = BUF_INIT(BUF_TEXT_CAP);
    const struct cfn_events events = {.stack = stack->id, .take = remember_failure, .user = &past};
    stack_failure_init(&past.failure);
    buf_append_str(&past.stack, stack->id);
    cfn_read_events(deployment->client, &events, NULL);
    stack_failure_explain(&past.failure, &cause);
    deployment_say(deployment, "an earlier attempt failed (%s)%s%s", stack->status,
                   cause.len ? ": " : "", buf_str(&cause));
    stack_watch_release(&past);
}

static int remove_failed(struct deployment *deployment, const struct cfn_stack *stack,
                         struct error *err)
{
    const struct deploy_ui *ui = deployment->deploy->ui;
    cleanup_stack_watch struct stack_watch watch = {0};
    tell_failure(deployment, stack);
    /* After a rollback nothing is left that could be lost. */
    int agreed = strcmp(stack->status, "ROLLBACK_COMPLETE") == 0
                     ? 1
                     : ui->agree(ui->user, "delete what is left of it, and begin anew?", err);
    if (agreed < 0)
        return -1;
    if (!agreed)
        return error_set(err, ERROR_SETTING, 0, "stack \"%s\" is %s, and can only be deleted",
                         deployment->name, stack->status);
    if (stack_watch_begin(&watch, deployment->client, stack->id, err) < 0 ||
        cfn_delete_stack(deployment->client, deployment->name, NULL, err) < 0)
        return -1;
    return deployment_watch(deployment, &watch, err);
}

/* 1: settled; 0: look again. */
static int settle(struct deployment *deployment, struct error *err)
{
    cleanup_cfn_stack struct cfn_stack stack = {0};
    int found = cfn_describe_stack(deployment->client, deployment->name, &stack, err);
    if (found < 0)
        return -1;
    switch (stack_state_of(found ? stack.status : NULL)) {
    case STACK_ABSENT:
    case STACK_DELETED: return 1;
    case STACK_BUSY: return deployment_wait_for_end(deployment, &stack, err);
    case STACK_STUCK:
        return error_set(
            err, ERROR_AWS, 200,
            "stack \"%s\" is %s (%s): mend what keeps CloudFormation from rolling "
            "back, then let it go on with `aws cloudformation continue-update-rollback "
            "--stack-name %s`",
            deployment->name, stack.status, stack.reason, deployment->name);
    case STACK_FAILED:
        return check_owner(deployment, err) < 0 ? -1 : remove_failed(deployment, &stack, err);
    case STACK_READY: break;
    }
    deployment->exists = true;
    return check_owner(deployment, err) < 0 ? -1 : 1;
}

int deployment_settle(struct deployment *deployment, struct error *err)
{
    int settled = 0;
    while (settled == 0)
        settled = settle(deployment, err);
    return settled < 0 ? -1 : 0;
}

/* Whether a kept resource bears the tags of this pipeline. */
static int judge_leftover(struct deployment *deployment, const char *what, const char *name,
                          int project, int stage, struct error *err)
{
    if (project < 0 || stage < 0)
        return -1;
    if (!project || !stage)
        return error_set(err, ERROR_SETTING, 0,
                         "there is a %s \"%s\" already, and its tags say that it is not of this "
                         "pipeline: say `existing: true` to use it as it is, or choose another "
                         "name",
                         what, name);
    deployment_say(deployment, "%s %s is there from before, and becomes part of the stack again",
                   what, name);
    deployment->has_leftover = true;
    return 0;
}

static int find_table(struct deployment *deployment, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    struct dynamodb_table table;
    int found =
        pipeline->source.existing
            ? 0
            : dynamodb_describe_table(deployment->client, pipeline->source.table, &table, err);
    if (found <= 0)
        return found;
    return judge_leftover(
        deployment, "table", pipeline->source.table,
        dynamodb_has_tag(deployment->client, table.arn, "ProjectName", pipeline->project, err),
        dynamodb_has_tag(deployment->client, table.arn, "Stage", pipeline->stage, err), err);
}

static int find_stream(struct deployment *deployment, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    const char *name = pipeline->stream.name;
    struct kinesis_stream stream;
    int found = pipeline->stream.existing
                    ? 0
                    : kinesis_describe_stream(deployment->client, name, &stream, err);
    if (found <= 0)
        return found;
    return judge_leftover(
        deployment, "stream", name,
        kinesis_has_tag(deployment->client, name, "ProjectName", pipeline->project, err),
        kinesis_has_tag(deployment->client, name, "Stage", pipeline->stage, err), err);
}

int deployment_find_leftovers(struct deployment *deployment, struct error *err)
{
    if (deployment->exists)
        return 0;
    return find_table(deployment, err) < 0 ? -1 : find_stream(deployment, err);
}
