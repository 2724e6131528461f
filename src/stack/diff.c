#include "stack/diff.h"

#include "aws/dynamodb.h"
#include "aws/s3.h"
#include "base/memory.h"
#include "stack/code_digest.h"
#include "stack/deploy_parts.h"
#include "stack/stack_secret.h"
#include "stack/stack_state.h"
#include "stack/template.h"

/* A comparison under way. */
struct comparison {
    struct deployment deployment;
    struct diffed *found;
};

void diffed_release(struct diffed *diffed)
{
    template_diff_release(&diffed->template);
    json_decref(diffed->before);
    json_decref(diffed->after);
    arena_release(&diffed->arena);
}

static const char *keep(struct diffed *found, const char *text)
{
    return text ? arena_copy(&found->arena, view_str(text)).ptr : NULL;
}

/* What failed or is being deleted, deploy makes anew. */
static int find_stack(struct comparison *comparison, struct error *err)
{
    struct deployment *deployment = &comparison->deployment;
    struct diffed *found = comparison->found;
    int state = deployment_look(deployment, err);
    if (state < 0)
        return -1;
    if (state == STACK_ABSENT)
        return 0;
    if (deployment_check_owner(deployment, err) < 0)
        return -1;
    if (state == STACK_STUCK)
        return deployment_refuse_stuck(deployment, err);
    found->status = keep(found, deployment->stack.status);
    if (state == STACK_BUSY)
        deployment_say(deployment, "%s is under way: what follows may be different in a moment",
                       found->status);
    if (state == STACK_FAILED)
        deployment_say(deployment, "an earlier attempt failed (%s): `lorry deploy` begins anew",
                       found->status);
    else
        deployment->exists = true;
    return 0;
}

/* A resource that is there already becomes the stack's. */
static void mark_import(const struct comparison *comparison, const char *logical_id)
{
    struct template_diff *diff = &comparison->found->template;
    for (size_t i = 0; i < diff->resource_count; i++)
        if (strcmp(diff->resources[i].change.logical_id, logical_id) == 0)
            diff->resources[i].change.action = "Import";
}

static int compare_templates(struct comparison *comparison, struct error *err)
{
    struct deployment *deployment = &comparison->deployment;
    struct diffed *found = comparison->found;
    found->after = template_make(deployment->pipeline, err);
    if (!found->after)
        return -1;
    if (deployment->exists)
        found->before = json_incref(deployment->template);
    template_diff(found->before, found->after, &found->template);
    if (deployment->takes_table)
        mark_import(comparison, TEMPLATE_TABLE);
    if (deployment->takes_stream)
        mark_import(comparison, TEMPLATE_STREAM);
    return 0;
}

static void add_parameter(struct diffed *found, const struct diff_parameter *parameter)
{
    bool same =
        parameter->before && parameter->after && strcmp(parameter->before, parameter->after) == 0;
    if (!same)
        found->parameters[found->parameter_count++] = *parameter;
}

static bool is_secret(const json_t *template, const char *name)
{
    const json_t *parameter = json_object_get(json_object_get(template, "Parameters"), name);
    return json_is_true(json_object_get(parameter, "NoEcho"));
}

static void compare_parameters(struct comparison *comparison)
{
    struct deployment *deployment = &comparison->deployment;
    struct diffed *found = comparison->found;
    const struct cfn_stack *stack = &deployment->stack;
    json_t *wanted = json_object_get(found->after, "Parameters"), *parameter;
    size_t old_count = deployment->exists ? stack->parameter_count : 0;
    const char *name;
    found->parameters = arena_calloc(&found->arena, json_object_size(wanted) + old_count,
                                     sizeof(*found->parameters));
    json_object_foreach(wanted, name, parameter)
    {
        bool secret = is_secret(found->after, name);
        const char *before = cfn_value(stack->parameters, old_count, name);
        const char *after = cfn_value(deployment->parameters, deployment->parameter_count, name);
        add_parameter(found, &(struct diff_parameter){
                                 .name = keep(found, name),
                                 .before = secret ? NULL : keep(found, before),
                                 .after = secret ? NULL : keep(found, after),
                                 .secret = secret,
                             });
    }
    for (size_t i = 0; i < old_count; i++) {
        name = stack->parameters[i].name;
        bool secret = is_secret(found->before, name);
        if (!json_object_get(wanted, name))
            add_parameter(found,
                          &(struct diff_parameter){
                              .name = keep(found, name),
                              .before = secret ? NULL : keep(found, stack->parameters[i].value),
                              .secret = secret,
                          });
    }
}

static void compare_tag(struct diffed *found, const char *name, const char *before,
                        const char *after)
{
    if (!before || !after || strcmp(before, after) != 0)
        found->tags[found->tag_count++] = (struct diff_parameter){
            .name = keep(found, name), .before = keep(found, before), .after = keep(found, after)};
}

/* A stack that is made has them as all its resources have. */
static void compare_tags(struct comparison *comparison)
{
    const struct cfn_stack *stack = &comparison->deployment.stack;
    const struct deploy_tags tags = deployment_tags(&comparison->deployment);
    struct diffed *found = comparison->found;
    if (!comparison->deployment.exists)
        return;
    found->tags = arena_calloc(&found->arena, tags.count + stack->tag_count, sizeof(*found->tags));
    for (size_t i = 0; i < tags.count; i++)
        compare_tag(found, tags.items[i].name,
                    cfn_value(stack->tags, stack->tag_count, tags.items[i].name),
                    tags.items[i].value);
    for (size_t i = 0; i < stack->tag_count; i++)
        if (!cfn_value(tags.items, tags.count, stack->tags[i].name))
            compare_tag(found, stack->tags[i].name, stack->tags[i].value, NULL);
}

static int compare_code(struct comparison *comparison, struct error *err)
{
    const struct deployment *deployment = &comparison->deployment;
    const struct deploy *deploy = deployment->deploy;
    const struct cfn_stack *stack = &deployment->stack;
    struct diffed *found = comparison->found;
    cleanup_lambda_function struct lambda_function function = {0};
    found->built = code_digest_of_package(deploy->image, deploy->zip);
    if (!deployment->exists)
        return 0;
    code_digest_of_stack(stack, &found->stated);
    const char *name = cfn_value(stack->outputs, stack->output_count, "FunctionName");
    int there = name ? lambda_get_function(deployment->client, name, &function, err) : 0;
    if (there > 0)
        code_digest_of_function(&function, &found->running);
    else if (name && there == 0)
        deployment_say(deployment,
                       "function %s has been deleted, and its stack does not know: `lorry deploy "
                       "--revert-drift` makes it again",
                       name);
    return there < 0 ? -1 : 0;
}

static void add_thing(struct diffed *found, const char *kind, const char *name, const char *what)
{
    if (found->thing_count < DIFF_THINGS_MAX)
        found->things[found->thing_count++] = (struct diff_thing){kind, keep(found, name), what};
}

/* What cannot be looked at is no failure of the whole. */
static void note_thing(struct comparison *comparison, int there, const char *kind, const char *name,
                       const struct error *why)
{
    if (there == 0)
        add_thing(comparison->found, kind, name, "is made");
    if (there < 0)
        deployment_say(&comparison->deployment, "whether %s %s is there is not known: %s", kind,
                       name, why->message);
}

static void look_for_repository(struct comparison *comparison)
{
    const struct deployment *deployment = &comparison->deployment;
    const struct ecr_name name = {deployment->account, deployment->pipeline->processor.repository};
    cleanup_ecr_repository struct ecr_repository repository = {0};
    struct error why = {0};
    int there = ecr_describe_repository(deployment->client, &name, &repository, &why) == 0 ? 1
                : error_is(&why, "RepositoryNotFoundException")                            ? 0
                                                                                           : -1;
    note_thing(comparison, there, "repository", name.repository, &why);
}

static void look_for_bucket(struct comparison *comparison)
{
    const struct deployment *deployment = &comparison->deployment;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    struct error why = {0};
    deployment_append_bucket(deployment, &name);
    int there = s3_find_bucket(deployment->client, buf_str(&name), deployment->account, &why);
    note_thing(comparison, there, "bucket", buf_str(&name), &why);
}

static bool needs_bucket(const struct comparison *comparison)
{
    cleanup_buf struct buf template = BUF_INIT((size_t)4 << 20);
    template_append_json(comparison->found->after, &template);
    return comparison->deployment.deploy->zip || template.len > TEMPLATE_INLINE_MAX;
}

static int look_for_secret(struct comparison *comparison, struct error *err)
{
    const struct deployment *deployment = &comparison->deployment;
    struct stack_secret secret;
    if (stack_secret_find(deployment->client, deployment->pipeline, &secret, err) < 0)
        return -1;
    if (secret.state == STACK_SECRET_MISSING)
        note_thing(comparison, 0, secret.kind, secret.name, NULL);
    if (secret.state == STACK_SECRET_UNKNOWN)
        note_thing(comparison, -1, secret.kind, secret.name, &secret.why);
    if (secret.state == STACK_SECRET_DELETING)
        add_thing(comparison->found, secret.kind, secret.name,
                  "is scheduled for deletion: `lorry deploy` refuses that");
    return 0;
}

/* Of a table that the stack does not own. */
static int look_at_destination(struct comparison *comparison, struct error *err)
{
    const struct deployment *deployment = &comparison->deployment;
    const char *table = deployment->pipeline->source.table;
    struct dynamodb_destination destination = {0};
    if (!deployment->pipeline->source.existing)
        return 0;
    int found = dynamodb_find_destination(deployment->client, table, &destination, err);
    if (found < 0)
        return -1;
    if (!found || strcmp(destination.status, "ENABLE_FAILED") == 0)
        add_thing(comparison->found, "table", table, "is made to send its changes to the stream");
    else if (strcmp(destination.precision, "MICROSECOND") != 0)
        add_thing(comparison->found, "table", table, "is made to send times in microseconds");
    return 0;
}

static int look_outside(struct comparison *comparison, struct error *err)
{
    if (comparison->deployment.deploy->image)
        look_for_repository(comparison);
    if (needs_bucket(comparison))
        look_for_bucket(comparison);
    return look_for_secret(comparison, err) < 0 ? -1 : look_at_destination(comparison, err);
}

/* A secret of before is taken for the same. */
static bool parameters_differ(const struct comparison *comparison)
{
    const struct diffed *found = comparison->found;
    for (size_t i = 0; i < found->parameter_count; i++) {
        const char *name = found->parameters[i].name;
        if (!found->parameters[i].secret ||
            is_secret(found->before, name) != is_secret(found->after, name))
            return true;
    }
    return false;
}

static bool differs(const struct comparison *comparison)
{
    const struct diffed *found = comparison->found;
    bool code = *found->running.text && !oci_digest_equal(&found->running, &found->built);
    return !comparison->deployment.exists || code || found->template.resource_count ||
           found->template.outputs.count || parameters_differ(comparison) || found->tag_count ||
           found->protected_before != found->protected_after || found->thing_count;
}

static int run(struct comparison *comparison, struct error *err)
{
    struct deployment *deployment = &comparison->deployment;
    struct diffed *found = comparison->found;
    if (deployment_begin(deployment, err) < 0 || deployment_check_existing(deployment, err) < 0 ||
        find_stack(comparison, err) < 0 || deployment_find_leftovers(deployment, err) < 0 ||
        deployment_name_package(deployment, err) < 0 || compare_templates(comparison, err) < 0)
        return -1;
    found->name = keep(found, deployment->name);
    found->protected_before = deployment->exists && deployment->stack.protected;
    found->protected_after = deployment->pipeline->termination_protection;
    compare_parameters(comparison);
    compare_tags(comparison);
    if (compare_code(comparison, err) < 0 || look_outside(comparison, err) < 0)
        return -1;
    found->differs = differs(comparison);
    return 0;
}

int diff_run(const struct diff *diff, struct diffed *diffed, struct error *err)
{
    const struct deploy deploy = {.client = diff->client,
                                  .stack = diff->stack,
                                  .ui = diff->ui,
                                  .image = diff->image,
                                  .zip = diff->zip};
    struct comparison comparison = {deployment_of(&deploy), diffed};
    int result = run(&comparison, err);
    deployment_release(&comparison.deployment);
    return result;
}
