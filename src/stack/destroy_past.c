/* Stacks of the same name that have been deleted: what is left of them is found by their events,
 * since the names of a bucket and a queue that CloudFormation made stand nowhere else. */
#include "base/memory.h"
#include "stack/destroy_parts.h"
#include "stack/stack_template.h"
#include "stack/template.h"

/* So many are looked at, the latest first: what lorry only had under review counts as well. */
#define PAST_MAX 8

struct past {
    struct arena arena;
    struct view name;
    struct past_stack {
        const char *id;
        int64_t deleted_us;
    } stacks[PAST_MAX];
    size_t count;
};

static void past_release(struct past *past)
{
    arena_release(&past->arena);
}

static int take_stack(void *user, const struct cfn_deleted *stack, struct error *err)
{
    struct past *past = user;
    (void)err;
    if (!view_equal(stack->name, past->name))
        return 0;
    size_t at = past->count;
    while (at > 0 && past->stacks[at - 1].deleted_us < stack->deleted_us)
        at--;
    if (at == PAST_MAX)
        return 0;
    past->count += past->count < PAST_MAX;
    memmove(&past->stacks[at + 1], &past->stacks[at],
            (past->count - at - 1) * sizeof(past->stacks[0]));
    past->stacks[at] =
        (struct past_stack){arena_copy(&past->arena, stack->id).ptr, stack->deleted_us};
    return 0;
}

/* What one of them has kept. */
struct kept {
    struct arena arena;
    const char *bucket, *queue; /* NULL: none */
};

static void kept_release(struct kept *kept)
{
    arena_release(&kept->arena);
}

static int take_event(void *user, const struct cfn_event *event, struct error *err)
{
    struct kept *kept = user;
    const struct {
        const char *logical_id, **name;
    } places[] = {{TEMPLATE_FAILURE_BUCKET, &kept->bucket}, {TEMPLATE_FAILURE_QUEUE, &kept->queue}};
    (void)err;
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (strcmp(event->status, "DELETE_SKIPPED") == 0 && *event->physical_id &&
            strcmp(event->logical_id, places[i].logical_id) == 0)
            *places[i].name = arena_copy(&kept->arena, view_str(event->physical_id)).ptr;
    return 0;
}

/* As `take` does. */
static int look_at(struct destruction *destruction, const char *id, destruction_take_past *take,
                   struct error *err)
{
    struct aws_client *client = destruction->deployment.client;
    struct kept kept __attribute__((cleanup(kept_release))) = {0};
    json_t *template = NULL;
    int ours = stack_template_read(client, id, &template, err);
    json_decref(template);
    if (ours <= 0)
        return ours;
    const struct cfn_events events = {.stack = id, .take = take_event, .user = &kept};
    if (cfn_read_events(client, &events, err) < 0)
        return -1;
    return take(destruction, kept.bucket, kept.queue, err);
}

static int look_back(struct destruction *destruction, destruction_take_past *take,
                     struct error *err)
{
    struct deployment *deployment = &destruction->deployment;
    struct past past __attribute__((cleanup(past_release))) = {.name = view_str(deployment->name)};
    int result = cfn_list_deleted(deployment->client, take_stack, &past, err);
    for (size_t i = 0; i < past.count && result == 0; i++)
        result = look_at(destruction, past.stacks[i].id, take, err);
    return result < 0 ? -1 : 0;
}

int destruction_look_back(struct destruction *destruction, destruction_take_past *take,
                          struct error *err)
{
    struct error why = {0};
    if (look_back(destruction, take, &why) == 0)
        return 0;
    if (error_is(&why, "AccessDenied")) {
        deployment_say(&destruction->deployment,
                       "what a stack of before has left behind cannot be seen: %s", why.message);
        return 0;
    }
    if (err)
        *err = why;
    return -1;
}
