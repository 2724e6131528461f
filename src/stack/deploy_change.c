#include "stack/deploy_parts.h"

#include <inttypes.h>

#include "base/clock.h"
#include "stack/template.h"

/* A change set in the making. */
struct making {
    struct deployment *deployment;
    const char *name;
    struct change_set *set;
};

static enum aws_wait_state look(void *user, struct error *err)
{
    struct making *making = user;
    struct deployment *deployment = making->deployment;
    change_set_release(making->set);
    if (change_set_describe(deployment->client, deployment->name, making->name, making->set, err) <
        0)
        return AWS_WAIT_FAILED;
    bool open = strcmp(making->set->status, "CREATE_PENDING") == 0 ||
                strcmp(making->set->status, "CREATE_IN_PROGRESS") == 0;
    return open ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

/* Inline, or where it has been put since it is too large for that. */
struct given_template {
    struct buf body, url;
};

static void given_template_release(struct given_template *template)
{
    buf_release(&template->body);
    buf_release(&template->url);
}

static int give_template(struct deployment *deployment, struct given_template *given,
                         struct error *err)
{
    if (deployment->keeps_template)
        return 0;
    json_t *template = template_make(deployment->pipeline, err);
    if (!template)
        return -1;
    template_append_json(template, &given->body);
    json_decref(template);
    if (given->body.len <= TEMPLATE_INLINE_MAX)
        return 0;
    return deployment_upload_template(deployment, buf_view(&given->body), &given->url, err);
}

static void add_tag(void *user, const char *name, const char *value)
{
    struct deploy_tags *tags = user;
    if (tags->count < DEPLOY_TAGS_MAX)
        tags->items[tags->count++] = (struct cfn_pair){name, value};
}

struct deploy_tags deployment_tags(const struct deployment *deployment)
{
    struct deploy_tags tags = {0};
    template_each_tag(deployment->pipeline, add_tag, &tags);
    return tags;
}

/* With the template, the tags of the stack stay: whether leaving them out does that, is said for
 * UpdateStack only [CloudFormation API Reference]. */
static int create(struct making *making, struct error *err)
{
    struct deployment *deployment = making->deployment;
    const struct cfn_stack *stack = &deployment->stack;
    const struct deploy_tags tags = deployment_tags(deployment);
    struct given_template given __attribute__((cleanup(given_template_release))) = {
        BUF_INIT((size_t)4 << 20), BUF_INIT(BUF_TEXT_CAP)};
    if (give_template(deployment, &given, err) < 0)
        return -1;
    const struct change_set_request request = {
        .stack = deployment->name,
        .name = making->name,
        .create = !deployment->exists,
        .template_body = given.url.len ? NULL : given.body.ptr,
        .template_url = given.url.ptr,
        .parameters = deployment->parameters,
        .parameter_count = deployment->parameter_count,
        .tags = deployment->keeps_template ? stack->tags : tags.items,
        .tag_count = deployment->keeps_template ? stack->tag_count : tags.count,
        .revert_drift = deployment->exists && deployment->deploy->revert_drift,
        .import_existing = deployment->takes_table || deployment->takes_stream,
    };
    return change_set_create(deployment->client, &request, err);
}

/* What was only to be looked at leaves nothing behind: a stack that is not there yet has its review
 * deleted with it. */
static void discard(const struct making *making)
{
    const struct deployment *deployment = making->deployment;
    change_set_delete(deployment->client, deployment->name, making->name, NULL);
    if (!deployment->exists)
        cfn_delete_stack(deployment->client, deployment->name, NULL, NULL);
}

static int agree(const struct making *making, struct error *err)
{
    static const char *const questions[] = {
        [CHANGE_REPLACES] = "replace what is marked with \"!\"?",
        [CHANGE_LOSES] = "DELETE DATA, as said above?",
    };
    const struct deploy_ui *ui = making->deployment->deploy->ui;
    enum change_gravity gravity = change_set_gravity(making->set);
    ui->show(ui->user, making->set);
    if (gravity == CHANGE_HARMLESS)
        return 0;
    int agreed = ui->agree(ui->user, questions[gravity], err);
    if (agreed == 0)
        return error_set(err, ERROR_DECLINED, 0, "nothing has been changed");
    return agreed < 0 ? -1 : 0;
}

static int execute(const struct making *making, struct error *err)
{
    struct deployment *deployment = making->deployment;
    cleanup_stack_watch struct stack_watch watch = {0};
    cleanup_cfn_stack struct cfn_stack stack = {0};
    if (cfn_describe_stack(deployment->client, deployment->name, &stack, err) < 0 ||
        stack_watch_begin(&watch, deployment->client, stack.id, err) < 0 ||
        change_set_execute(deployment->client, deployment->name, making->name, making->name, err) <
            0)
        return -1;
    return deployment_watch(deployment, &watch, err);
}

static int judge(const struct making *making, struct error *err)
{
    const struct change_set *set = making->set;
    if (change_set_is_empty(set))
        return 0;
    if (strcmp(set->status, "FAILED") == 0)
        return error_set(err, ERROR_AWS, 200, "CloudFormation refuses the changes: %s",
                         set->reason);
    return agree(making, err) < 0 ? -1 : 1;
}

int deployment_change(struct deployment *deployment, struct error *err)
{
    cleanup_change_set struct change_set set = {0};
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    struct making making = {deployment, NULL, &set};
    buf_printf(&name, "lorry-%" PRId64, clock_system.now_us(&clock_system));
    making.name = buf_str(&name);
    if (create(&making, err) < 0)
        return -1;
    if (deployment_wait(deployment, "the change set", look, &making, err) < 0)
        return -1;
    int verdict = judge(&making, err);
    if (verdict <= 0) {
        discard(&making);
        return verdict;
    }
    return execute(&making, err) < 0 ? -1 : 1;
}
