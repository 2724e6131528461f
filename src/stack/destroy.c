#include "stack/destroy.h"

#include "stack/destroy_parts.h"
#include "stack/stack_state.h"

void destroyed_release(struct destroyed *destroyed)
{
    arena_release(&destroyed->arena);
}

static int look(struct destruction *destruction, struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    int state = deployment_find(deployment, err);
    if (state < 0 || state == STACK_ABSENT)
        return state < 0 ? -1 : 0;
    if (!deployment->template)
        return error_set(
            err, ERROR_SETTING, 0,
            "there is a stack \"%s\" that lorry did not make, and lorry does not delete it",
            deployment->name);
    destruction->exists = true;
    if (!deployment->stack.protected)
        return 0;
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
        stack_watch_begin(&watch, deployment->client, deployment->stack.id, err) < 0 ||
        cfn_delete_stack(deployment->client, deployment->stack.id, NULL, err) < 0)
        return -1;
    return deployment_watch(deployment, &watch, err);
}

static int run(struct destruction *destruction, struct error *err)
{
    if (deployment_begin(&destruction->deployment, err) < 0 || look(destruction, err) < 0 ||
        destruction_survey(destruction, err) < 0)
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
        .deployment = deployment_of(&deploy),
    };
    int result = run(&destruction, err);
    deployment_release(&destruction.deployment);
    return result;
}
