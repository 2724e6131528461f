#include "stack/destroy.h"

#include "base/memory.h"
#include "stack/destroy_parts.h"
#include "stack/stack_state.h"

void destroyed_release(struct destroyed *destroyed)
{
    arena_release(&destroyed->arena);
}

/* A name that deployment_change() makes. */
static int take_change_set(void *user, struct view name, struct error *err)
{
    static const struct view prefix = VIEW("lorry-");
    bool *others = user;
    (void)err;
    size_t digits = 0;
    struct view rest = view_skip(name, prefix.len);
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
        digits++;
    if (!view_starts_with(name, prefix) || !digits || digits < rest.len)
        *others = true;
    return 0;
}

static bool is_under_review(const struct deployment *deployment)
{
    const char *status = deployment->stack.status;
    return status && strcmp(status, "REVIEW_IN_PROGRESS") == 0;
}

/* A stack under review has no template, only the change sets that would make it. */
static int look_at_review(struct destruction *destruction, struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    bool others = false;
    if (change_set_list(deployment->client, deployment->name, take_change_set, &others, err) < 0)
        return -1;
    destruction->review = !others;
    if (others)
        deployment_say(deployment,
                       "stack %s is only under review, with change sets of others: it stays",
                       deployment->name);
    return 0;
}

static int refuse_protected(const struct destruction *destruction, struct error *err)
{
    return error_set(err, ERROR_SETTING, 0,
                     "stack \"%s\" is protected from being deleted: say `termination-protection: "
                     "false`, and `lorry deploy` first",
                     destruction->deployment.name);
}

static int look(struct destruction *destruction, struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    int state = deployment_find(deployment, err);
    if (state < 0)
        return -1;
    if (state == STACK_ABSENT)
        return is_under_review(deployment) ? look_at_review(destruction, err) : 0;
    if (!deployment->template)
        return error_set(
            err, ERROR_SETTING, 0,
            "there is a stack \"%s\" that lorry did not make, and lorry does not delete it",
            deployment->name);
    destruction->exists = true;
    return deployment->stack.protected ? refuse_protected(destruction, err) : 0;
}

static bool anything_goes(const struct destroyed *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->things[i].way != DESTROY_NOT)
            return true;
    return false;
}

static void tell(const struct destruction *destruction)
{
    const struct destroyed *found = destruction->found;
    if (!destruction->exists && !destruction->review)
        deployment_say(&destruction->deployment, "there is no stack %s",
                       destruction->deployment.name);
    for (size_t i = 0; i < found->count; i++) {
        const struct destroy_thing *thing = &found->things[i];
        bool goes = thing->way != DESTROY_NOT;
        deployment_say(&destruction->deployment, "  %s %s %s %s%s %s", goes ? "-" : " ",
                       thing->kind, thing->name, goes ? "goes" : "stays", goes ? "," : ":",
                       thing->why);
    }
    if (destruction_leaves_streaming(destruction))
        deployment_say(&destruction->deployment,
                       "the table goes on sending its changes to the stream, and both go on "
                       "costing money");
}

static int ask(const struct destruction *destruction, const char *question, struct error *err)
{
    const struct deploy_ui *ui = destruction->destroy->ui;
    int agreed = ui->agree(ui->user, question, err);
    if (agreed == 0)
        return error_set(err, ERROR_DECLINED, 0, "nothing has been changed");
    return agreed < 0 ? -1 : 0;
}

/* Whether something with data goes with the stack. */
static bool stack_takes_data(const struct destruction *destruction)
{
    for (size_t i = 0; i < destruction->found->count; i++) {
        const struct destroy_thing *thing = &destruction->found->things[i];
        if (thing->way == DESTROY_WITH_STACK && strcmp(thing->kind, "stack") != 0)
            return true;
    }
    return false;
}

static int ask_for_stack(const struct destruction *destruction, struct error *err)
{
    cleanup_buf struct buf question = BUF_INIT(BUF_TEXT_CAP);
    if (destruction->exists || destruction->review)
        buf_printf(&question, "delete stack %s%s?", destruction->deployment.name,
                   stack_takes_data(destruction) ? ", and THE DATA as said above" : "");
    else if (destruction->streaming.on)
        buf_printf(&question, "switch off what table %s sends to the stream?",
                   destruction->streaming.table);
    return question.len ? ask(destruction, buf_str(&question), err) : 0;
}

/* What goes by its own API, in this order. The table first: it sends into the stream. */
static const struct {
    const char *kind;
    destruction_delete *delete;
    const char *with; /* for the question */
} extras[] = {
    {"table", destruction_delete_table, "with all its items"},
    {"stream", destruction_delete_stream, "with all its records"},
    {"bucket", destruction_delete_bucket, "with all records that could not be processed"},
    {"queue", destruction_delete_queue, "with all its messages"},
    {"image", destruction_delete_image, "for good"},
    {"repository", destruction_delete_repository, "with all its images"},
};

/* All that has to be asked, before anything is done. */
static int ask_all(const struct destruction *destruction, struct error *err)
{
    cleanup_buf struct buf question = BUF_INIT(BUF_TEXT_CAP);
    if (ask_for_stack(destruction, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(extras); i++) {
        const struct destroy_thing *thing = destruction_find(destruction, extras[i].kind);
        if (!thing || thing->way != DESTROY_APART)
            continue;
        buf_clear(&question);
        buf_printf(&question, "DELETE %s %s %s? It cannot be undone.", thing->kind, thing->name,
                   extras[i].with);
        if (ask(destruction, buf_str(&question), err) < 0)
            return -1;
    }
    return 0;
}

static int delete_stack(struct destruction *destruction, struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    cleanup_stack_watch struct stack_watch watch = {0};
    if (!destruction->exists && !destruction->review)
        return 0;
    if (stack_watch_begin(&watch, deployment->client, deployment->stack.id, err) < 0 ||
        cfn_delete_stack(deployment->client, deployment->stack.id, NULL, err) < 0)
        return -1;
    if (deployment_watch(deployment, &watch, err) == 0)
        return 0;
    deployment_say(deployment, "what is deleted stays deleted: mend the cause, and run "
                               "`lorry destroy` again");
    return -1;
}

int destruction_delete_extras(struct destruction *destruction, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(extras); i++) {
        struct destroy_thing *thing = destruction_find(destruction, extras[i].kind);
        if (!thing || (thing->way != DESTROY_APART && thing->way != DESTROY_ALONG))
            continue;
        int stays = extras[i].delete(destruction, thing->name, err);
        if (stays < 0)
            return -1;
        if (stays)
            thing->way = DESTROY_NOT;
        else
            deployment_say(&destruction->deployment, "%s %s deleted", thing->kind, thing->name);
    }
    return 0;
}

static int run(struct destruction *destruction, struct error *err)
{
    if (deployment_begin(&destruction->deployment, err) < 0 || look(destruction, err) < 0 ||
        destruction_survey(destruction, err) < 0)
        return -1;
    tell(destruction);
    destruction->found->changed = anything_goes(destruction->found);
    if (ask_all(destruction, err) < 0 || destruction_detach(destruction, err) < 0 ||
        delete_stack(destruction, err) < 0)
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
