#include "base/memory.h"
#include "stack/destroy_parts.h"
#include "stack/stack_secret.h"
#include "stack/template.h"

static const json_t *resource(const struct destruction *destruction, const char *logical_id)
{
    return json_object_get(json_object_get(destruction->deployment.template, "Resources"),
                           logical_id);
}

/* DeletionPolicy: "Retain", "RetainExceptOnCreate". */
bool destruction_keeps(const struct destruction *destruction, const char *logical_id)
{
    const char *policy =
        json_string_value(json_object_get(resource(destruction, logical_id), "DeletionPolicy"));
    return policy && strncmp(policy, "Retain", strlen("Retain")) == 0;
}

const char *destruction_output(const struct destruction *destruction, const char *name)
{
    return destruction->exists ? cfn_value(destruction->deployment.stack.outputs,
                                           destruction->deployment.stack.output_count, name)
                               : NULL;
}

void destruction_note(struct destruction *destruction, const struct destroy_thing *thing)
{
    struct destroyed *found = destruction->found;
    if (found->count == DESTROY_THINGS_MAX)
        return;
    struct destroy_thing *to = &found->things[found->count++];
    *to = *thing;
    to->name = arena_copy(&found->arena, view_str(thing->name)).ptr;
    to->why = arena_copy(&found->arena, view_str(thing->why)).ptr;
}

struct destroy_thing *destruction_find(const struct destruction *destruction, const char *kind)
{
    for (size_t i = 0; i < destruction->found->count; i++)
        if (strcmp(destruction->found->things[i].kind, kind) == 0)
            return &destruction->found->things[i];
    return NULL;
}

static int survey_stack(struct destruction *destruction, struct error *err)
{
    (void)err;
    if (destruction->exists || destruction->review)
        destruction_note(
            destruction,
            &(struct destroy_thing){"stack", destruction->deployment.name,
                                    destruction->review
                                        ? "there is nothing in it: a `lorry deploy` was broken off"
                                        : "with function, role, mapping, log group "
                                          "and alarms",
                                    DESTROY_WITH_STACK});
    return 0;
}

/* Zip packages: other stages have theirs beside it, or the very same, and a rollback needs it. */
static int survey_folder(struct destruction *destruction, struct error *err)
{
    const struct cfn_stack *stack = &destruction->deployment.stack;
    const char *bucket = cfn_value(stack->parameters, stack->parameter_count, TEMPLATE_CODE_BUCKET);
    const char *key = cfn_value(stack->parameters, stack->parameter_count, TEMPLATE_CODE_KEY);
    const char *slash = key ? strrchr(key, '/') : NULL;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    (void)err;
    if (!destruction->exists || !bucket || !slash)
        return 0;
    buf_printf(&name, "s3://%s/%.*s", bucket, (int)(slash + 1 - key), key);
    destruction_note(destruction,
                     &(struct destroy_thing){"folder", buf_str(&name),
                                             "it has the packages of all stages", DESTROY_NOT});
    return 0;
}

/* It may be used by others, and a deleted one is nothing that can be made again. */
static int survey_secret(struct destruction *destruction, struct error *err)
{
    struct stack_secret secret;
    if (!destruction->exists)
        return 0;
    if (stack_secret_find(destruction->deployment.client, destruction->destroy->stack, &secret,
                          err) < 0)
        return -1;
    if (secret.state == STACK_SECRET_THERE || secret.state == STACK_SECRET_UNKNOWN)
        destruction_note(destruction,
                         &(struct destroy_thing){secret.kind, secret.name,
                                                 "lorry deletes no passwords", DESTROY_NOT});
    return 0;
}

int destruction_survey(struct destruction *destruction, struct error *err)
{
    static destruction_look *const looks[] = {
        survey_stack,
        destruction_survey_streaming,
        destruction_survey_holders,
        destruction_survey_failures,
        survey_folder,
        destruction_survey_registry,
        survey_secret,
    };
    for (size_t i = 0; i < ARRAY_LEN(looks); i++)
        if (looks[i](destruction, err) < 0)
            return -1;
    return 0;
}
