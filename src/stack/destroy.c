#include "stack/destroy.h"

#include "stack/destroy_parts.h"
#include "stack/stack_state.h"

void destroyed_release(struct destroyed *destroyed)
{
    arena_release(&destroyed->arena);
}

static int check_owner(struct destruction *destruction, struct error *err)
{
    const struct deployment *deployment = &destruction->deployment;
    int ours = deployment_read_template(deployment, &destruction->template, err);
    if (ours)
        return ours < 0 ? -1 : 0;
    return error_set(
        err, ERROR_SETTING, 0,
        "there is a stack \"%s\" that lorry did not make, and lorry does not delete it",
        deployment->name);
}

/* 1: looked at; 0: look again. */
static int look(struct destruction *destruction, struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    struct cfn_stack *stack = &destruction->stack;
    cfn_stack_release(stack);
    *stack = (struct cfn_stack){0};
    int found = cfn_describe_stack(deployment->client, deployment->name, stack, err);
    if (found < 0)
        return -1;
    switch (stack_state_of(found ? stack->status : NULL)) {
    case STACK_ABSENT:
    case STACK_DELETED: return 1;
    case STACK_BUSY: return deployment_wait_for_end(deployment, stack, err);
    default: break;
    }
    if (check_owner(destruction, err) < 0)
        return -1;
    destruction->exists = true;
    if (!stack->protected)
        return 1;
    return error_set(err, ERROR_SETTING, 0,
                     "stack \"%s\" is protected from being deleted: say `termination-protection: "
                     "false`, and `lorry deploy` first",
                     deployment->name);
}

static bool anything_goes(const struct destroyed *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->things[i].goes)
            return true;
    return false;
}

static void tell(const struct destruction *destruction)
{
    const struct destroyed *found = destruction->found;
    if (!destruction->exists)
        deployment_say(&destruction->deployment, "there is no stack %s",
                       destruction->deployment.name);
    for (size_t i = 0; i < found->count; i++) {
        const struct destroy_thing *thing = &found->things[i];
        deployment_say(&destruction->deployment, "  %s %s %s %s%s %s", thing->goes ? "-" : " ",
                       thing->kind, thing->name, thing->goes ? "goes" : "stays",
                       thing->goes ? "," : ":", thing->why);
    }
}

static int ask(const struct destruction *destruction, const char *question, struct error *err)
{
    const struct deploy_ui *ui = destruction->destroy->ui;
    int agreed = ui->agree(ui->user, question, err);
    if (agreed == 0)
        return error_set(err, ERROR_SETTING, 0, "nothing has been changed");
    return agreed < 0 ? -1 : 0;
}

/* Whether something with data goes with the stack. */
static bool stack_takes_data(const struct destruction *destruction)
{
    for (size_t i = 0; i < destruction->found->count; i++) {
        const struct destroy_thing *thing = &destruction->found->things[i];
        if (thing->goes && strcmp(thing->kind, "stack") != 0 &&
            !destruction_is_extra(destruction, thing))
            return true;
    }
    return false;
}

static int ask_for_extra(const struct destruction *destruction, const char *kind, const char *with,
                         struct error *err)
{
    cleanup_buf struct buf question = BUF_INIT(BUF_TEXT_CAP);
    const struct destroy_thing *thing = destruction_find(destruction, kind);
    if (!destruction_is_extra(destruction, thing))
        return 0;
    buf_printf(&question, "DELETE %s %s %s? It cannot be undone.", kind, thing->name, with);
    return ask(destruction, buf_str(&question), err);
}

/* All that has to be asked, before anything is done. */
static int ask_all(const struct destruction *destruction, struct error *err)
{
    cleanup_buf struct buf question = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&question, "delete stack %s%s?", destruction->deployment.name,
               stack_takes_data(destruction) ? ", and THE DATA as said above" : "");
    if (destruction->exists && ask(destruction, buf_str(&question), err) < 0)
        return -1;
    if (ask_for_extra(destruction, "table", "with all its items", err) < 0 ||
        ask_for_extra(destruction, "stream", "with all its records", err) < 0)
        return -1;
    return ask_for_extra(destruction, "repository",
                         "with all its images, those of other stages as well", err);
}

static int delete_stack(struct destruction *destruction, struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    cleanup_stack_watch struct stack_watch watch = {0};
    if (!destruction->exists)
        return 0;
    if (destruction_detach(destruction, err) < 0 ||
        stack_watch_begin(&watch, deployment->client, destruction->stack.id, err) < 0 ||
        cfn_delete_stack(deployment->client, destruction->stack.id, NULL, err) < 0)
        return -1;
    return deployment_watch(deployment, &watch, err);
}

static int run(struct destruction *destruction, struct error *err)
{
    int looked = 0;
    if (deployment_begin(&destruction->deployment, err) < 0)
        return -1;
    while (looked == 0)
        looked = look(destruction, err);
    if (looked < 0 || destruction_survey(destruction, err) < 0)
        return -1;
    tell(destruction);
    destruction->found->changed = anything_goes(destruction->found);
    if (ask_all(destruction, err) < 0 || delete_stack(destruction, err) < 0)
        return -1;
    return destruction_delete_extras(destruction, err);
}

int destroy_run(const struct destroy *destroy, struct destroyed *destroyed, struct error *err)
{
    const struct deploy deploy = {
        .client = destroy->client, .stack = destroy->stack, .ui = destroy->ui};
    struct destruction destruction = {
        .destroy = destroy,
        .found = destroyed,
        .deployment = {.deploy = &deploy, .client = destroy->client, .pipeline = destroy->stack},
    };
    int result = run(&destruction, err);
    cfn_stack_release(&destruction.stack);
    json_decref(destruction.template);
    arena_release(&destruction.deployment.arena);
    return result;
}
