#include "stack/deploy_parts.h"

#include "stack/stack_state.h"
#include "stack/stack_template.h"

int deployment_look(struct deployment *deployment, struct error *err)
{
    cfn_stack_release(&deployment->stack);
    json_decref(deployment->template);
    deployment->template = NULL;
    int found = cfn_describe_stack(deployment->client, deployment->name, &deployment->stack, err);
    if (found < 0)
        return -1;
    enum stack_state state = stack_state_of(found ? deployment->stack.status : NULL);
    if (state == STACK_ABSENT || state == STACK_DELETED)
        return STACK_ABSENT;
    /* By its id, since it may be deleted meanwhile. */
    return stack_template_read(deployment->client, deployment->stack.id, &deployment->template,
                               err) < 0
               ? -1
               : (int)state;
}

static int wait_and_show(struct deployment *deployment, struct stack_watch *watch,
                         struct error *err)
{
    const struct deploy_ui *ui = deployment->deploy->ui;
    watch->on_event = ui->happen;
    watch->on_wait = ui->wait;
    watch->user = ui->user;
    if (ui->under_way)
        ui->under_way(ui->user, true);
    int result = stack_watch_wait(watch, err);
    if (ui->under_way)
        ui->under_way(ui->user, false);
    return result;
}

/* Another run, or somebody else. */
static int wait_for_end(struct deployment *deployment, struct error *err)
{
    cleanup_stack_watch struct stack_watch watch = {0};
    deployment_say(deployment, "%s is under way; waiting for its end", deployment->stack.status);
    if (stack_watch_begin(&watch, deployment->client, deployment->stack.id, err) < 0)
        return -1;
    return wait_and_show(deployment, &watch, err);
}

int deployment_find(struct deployment *deployment, struct error *err)
{
    for (;;) {
        int state = deployment_look(deployment, err);
        if (state != STACK_BUSY || !deployment->template)
            return state;
        if (wait_for_end(deployment, err) < 0)
            return -1;
    }
}

int deployment_check_owner(const struct deployment *deployment, struct error *err)
{
    if (deployment->template)
        return 0;
    return error_set(err, ERROR_SETTING, 0,
                     "there is a stack \"%s\" that lorry did not make, and updating it could cost "
                     "its table: choose another `project` or `stage`, and attach to its table and "
                     "stream with `existing: true` under `source: dynamodb:` and `stream:`",
                     deployment->name);
}

int deployment_refuse_stuck(const struct deployment *deployment, struct error *err)
{
    return error_set(
        err, ERROR_AWS, 200,
        "stack \"%s\" is %s (%s): mend what keeps CloudFormation from rolling back, then let it go "
        "on with `aws cloudformation continue-update-rollback --region %s --stack-name %s`",
        deployment->name, deployment->stack.status, deployment->stack.reason, deployment->region,
        deployment->name);
}

bool deployment_has(const struct deployment *deployment, const char *logical_id)
{
    return json_object_get(json_object_get(deployment->template, "Resources"), logical_id);
}

int deployment_watch(struct deployment *deployment, struct stack_watch *watch, struct error *err)
{
    cleanup_buf struct buf cause = BUF_INIT(BUF_TEXT_CAP);
    if (wait_and_show(deployment, watch, err) < 0)
        return -1;
    if (stack_status_is_success(buf_str(&watch->status)))
        return 0;
    stack_failure_explain(&watch->failure, &cause);
    return error_set(err, ERROR_AWS, 200, "stack \"%s\" is %s%s%s", deployment->name,
                     buf_str(&watch->status), cause.len ? ": " : "", buf_str(&cause));
}

static int remember_failure(void *user, const struct cfn_event *event, struct error *err)
{
    struct stack_watch *watch = user;
    (void)err;
    stack_failure_take(&watch->failure, buf_str(&watch->stack), event);
    return 0;
}

/* Why the attempt failed that left the stack behind. */
static void tell_failure(const struct deployment *deployment)
{
    const struct cfn_stack *stack = &deployment->stack;
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

static int remove_failed(struct deployment *deployment, struct error *err)
{
    const struct cfn_stack *stack = &deployment->stack;
    const struct deploy_ui *ui = deployment->deploy->ui;
    cleanup_stack_watch struct stack_watch watch = {0};
    tell_failure(deployment);
    /* After a rollback nothing is left that could be lost. */
    int agreed = strcmp(stack->status, "ROLLBACK_COMPLETE") == 0
                     ? 1
                     : ui->agree(ui->user, "delete what is left of it, and begin anew?", err);
    if (agreed < 0)
        return -1;
    if (!agreed)
        return error_set(err, ERROR_DECLINED, 0, "stack \"%s\" is %s, and can only be deleted",
                         deployment->name, stack->status);
    if (stack_watch_begin(&watch, deployment->client, stack->id, err) < 0 ||
        cfn_delete_stack(deployment->client, deployment->name, NULL, err) < 0)
        return -1;
    return deployment_watch(deployment, &watch, err);
}

int deployment_settle(struct deployment *deployment, struct error *err)
{
    for (;;) {
        int state = deployment_find(deployment, err);
        if (state < 0 || state == STACK_ABSENT)
            return state < 0 ? -1 : 0;
        if (deployment_check_owner(deployment, err) < 0)
            return -1;
        if (state == STACK_STUCK)
            return deployment_refuse_stuck(deployment, err);
        deployment->exists = state == STACK_READY;
        if (deployment->exists)
            return 0;
        if (remove_failed(deployment, err) < 0)
            return -1;
    }
}
