#include "stack/refresh.h"

#include <stdio.h>

#include "base/memory.h"
#include "stack/code_digest.h"
#include "stack/deploy_parts.h"
#include "stack/stack_state.h"
#include "stack/template.h"

/* A refreshment under way. */
struct refreshment {
    struct deployment deployment;
    struct refreshed *done;
};

void refreshed_release(struct refreshed *refreshed)
{
    cfn_stack_release(&refreshed->stack);
}

static const char *setting_of_function(const struct deployment *deployment, const char *name)
{
    const json_t *function =
        json_object_get(json_object_get(deployment->template, "Resources"), TEMPLATE_FUNCTION);
    const json_t *value = json_object_get(json_object_get(function, "Properties"), name);
    const char *text = json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
    return text ? text : "";
}

/* What the package has to fit to. */
static int check_fit(const struct deployment *deployment, struct error *err)
{
    const struct stack *pipeline = deployment->pipeline;
    const struct {
        const char *name, *wanted;
    } settings[] = {
        {"PackageType", pipeline->processor.package == STACK_IMAGE ? "Image" : "Zip"},
        {"FunctionName", pipeline->processor.name},
        {"Architectures", stack_architecture_name(pipeline->processor.architecture)},
    };
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const char *found = setting_of_function(deployment, settings[i].name);
        if (strcmp(found, settings[i].wanted) != 0)
            return error_set(err, ERROR_SETTING, 0,
                             "the function of stack \"%s\" has %s %s, and the pipeline says %s: "
                             "that is more than a new package, and takes `lorry deploy`",
                             deployment->name, settings[i].name, found, settings[i].wanted);
    }
    return 0;
}

static int find_stack(struct deployment *deployment, struct error *err)
{
    int state = deployment_find(deployment, err);
    if (state < 0)
        return -1;
    if (state == STACK_ABSENT)
        return error_set(err, ERROR_SETTING, 0, "there is no stack \"%s\": `lorry deploy` makes it",
                         deployment->name);
    if (deployment_check_owner(deployment, err) < 0)
        return -1;
    if (state == STACK_STUCK)
        return deployment_refuse_stuck(deployment, err);
    if (state == STACK_FAILED)
        return error_set(err, ERROR_SETTING, 0,
                         "stack \"%s\" is %s, there is nothing to refresh: `lorry deploy` begins "
                         "anew",
                         deployment->name, deployment->stack.status);
    deployment->exists = true;
    deployment->keeps_template = true;
    return check_fit(deployment, err);
}

/* All parameters that are not the package's stay as they are. */
static void keep_others(struct deployment *deployment)
{
    const struct cfn_stack *stack = &deployment->stack;
    for (size_t i = 0; i < stack->parameter_count; i++)
        if (!cfn_value(deployment->parameters, deployment->parameter_count,
                       stack->parameters[i].name))
            deployment_set(deployment, stack->parameters[i].name, NULL);
}

static bool is_as_wanted(const struct deployment *deployment)
{
    const struct cfn_stack *stack = &deployment->stack;
    for (size_t i = 0; i < deployment->parameter_count; i++) {
        const struct cfn_pair *wanted = &deployment->parameters[i];
        const char *has = cfn_value(stack->parameters, stack->parameter_count, wanted->name);
        if (wanted->value && (!has || strcmp(has, wanted->value) != 0))
            return false;
    }
    return true;
}

/* The parameters first; what the function runs then is another matter. */
static int bring(struct refreshment *refreshment, struct error *err)
{
    struct deployment *deployment = &refreshment->deployment;
    struct refreshed *done = refreshment->done;
    snprintf(done->function, sizeof(done->function), "%s", deployment_function(deployment));
    if (deployment_look_at_code(deployment, &done->before, err) < 0)
        return -1;
    int changed = is_as_wanted(deployment) ? 0 : deployment_change(deployment, err);
    int mended = changed < 0 ? -1 : deployment_ensure_code(deployment, err);
    if (mended < 0)
        return -1;
    done->mended = mended;
    done->changed = changed || mended;
    return 0;
}

static int run(struct refreshment *refreshment, struct error *err)
{
    struct deployment *deployment = &refreshment->deployment;
    if (deployment_begin(deployment, err) < 0 || find_stack(deployment, err) < 0 ||
        deployment_publish(deployment, err) < 0)
        return -1;
    keep_others(deployment);
    if (bring(refreshment, err) < 0)
        return -1;
    return cfn_describe_stack(deployment->client, deployment->name, &refreshment->done->stack,
                              err) < 0
               ? -1
               : 0;
}

int refresh_run(const struct refresh *refresh, struct refreshed *refreshed, struct error *err)
{
    const struct deploy deploy = {.client = refresh->client,
                                  .stack = refresh->stack,
                                  .ui = refresh->ui,
                                  .image = refresh->image,
                                  .zip = refresh->zip};
    struct refreshment refreshment = {
        .deployment = deployment_of(&deploy),
        .done = refreshed,
    };
    refreshed->code = code_digest_of_package(refresh->image, refresh->zip);
    int result = run(&refreshment, err);
    deployment_release(&refreshment.deployment);
    return result;
}
