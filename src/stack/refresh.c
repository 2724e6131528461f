#include "stack/refresh.h"

#include <stdio.h>

#include "aws/lambda_function.h"
#include "aws/waiter.h"
#include "base/memory.h"
#include "stack/code_digest.h"
#include "stack/deploy_parts.h"
#include "stack/stack_state.h"
#include "stack/template.h"

#define INTERVAL_MS 2000
/* Lambda takes a large image apart before it runs. */
#define TIMEOUT_MS (15 * 60 * 1000)

/* A refreshment under way. */
struct refreshment {
    struct deployment deployment;
    struct refreshed *done;
    struct oci_digest package;
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

/* Waiting for a function. */
struct settling {
    const struct refreshment *refreshment;
    struct lambda_function *function;
};

static enum aws_wait_state look_at_function(void *user, struct error *err)
{
    struct settling *settling = user;
    struct lambda_function *function = settling->function;
    const char *name = settling->refreshment->done->function;
    lambda_function_release(function);
    int found = lambda_get_function(settling->refreshment->deployment.client, name, function, err);
    if (found < 0)
        return AWS_WAIT_FAILED;
    if (!found) {
        error_set(err, ERROR_AWS, 404,
                  "function \"%s\" has been deleted, and its stack does not know: `lorry destroy` "
                  "and `lorry deploy` make it again",
                  name);
        return AWS_WAIT_FAILED;
    }
    bool open = strcmp(function->state, "Pending") == 0 ||
                strcmp(function->update_status, "InProgress") == 0;
    return open ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

static int settle_function(const struct refreshment *refreshment, struct lambda_function *function,
                           struct error *err)
{
    struct settling settling = {refreshment, function};
    const struct aws_waiter waiter = {
        .clock = refreshment->deployment.client->clock,
        .what = "the function to run its new code",
        .interval_ms = INTERVAL_MS,
        .timeout_ms = TIMEOUT_MS,
        .poll = look_at_function,
        .user = &settling,
    };
    return aws_wait(&waiter, err);
}

static bool has_failed(const struct lambda_function *function)
{
    return strcmp(function->update_status, "Failed") == 0 || strcmp(function->state, "Failed") == 0;
}

static bool has_package(const struct refreshment *refreshment,
                        const struct lambda_function *function)
{
    struct oci_digest has;
    return code_digest_of_function(function, &has) && oci_digest_equal(&has, &refreshment->package);
}

/* Why the function does not run what it was given. */
static int refuse_function(const struct refreshment *refreshment,
                           const struct lambda_function *function, struct error *err)
{
    const char *name = refreshment->done->function;
    struct oci_digest runs = {"something else"};
    if (strcmp(function->update_status, "Failed") == 0)
        return error_set(err, ERROR_AWS, 200, "function \"%s\" was not updated: %s (%s)", name,
                         function->update_reason, function->update_code);
    if (strcmp(function->state, "Failed") == 0)
        return error_set(err, ERROR_AWS, 200, "function \"%s\" does not run: %s (%s)", name,
                         function->state_reason, function->state_code);
    code_digest_of_function(function, &runs);
    return error_set(err, ERROR_AWS, 200,
                     "function \"%s\" runs %s and not the package, %s: somebody else has changed "
                     "it meanwhile; refresh again",
                     name, runs.text, refreshment->package.text);
}

static int check_function(const struct refreshment *refreshment, struct error *err)
{
    cleanup_lambda_function struct lambda_function function = {0};
    if (settle_function(refreshment, &function, err) < 0)
        return -1;
    return has_package(refreshment, &function) && !has_failed(&function)
               ? 0
               : refuse_function(refreshment, &function, err);
}

/* CloudFormation changes nothing where the parameters are those of before. So it is given others
 * first: the image that the function runs, or the same zip package under another key. */
static int detour(struct deployment *deployment, const struct lambda_function *function,
                  struct error *err)
{
    if (!deployment->deploy->image)
        return deployment_upload(deployment, "again", err);
    if (!*function->resolved_image_uri)
        return error_set(err, ERROR_AWS, 200, "Lambda does not say which image it runs");
    deployment_set(deployment, TEMPLATE_IMAGE_URI, function->resolved_image_uri);
    return 0;
}

static int change_twice(struct refreshment *refreshment, const struct lambda_function *function,
                        struct error *err)
{
    struct deployment *deployment = &refreshment->deployment;
    struct cfn_pair right[DEPLOY_PARAMETERS_MAX];
    memcpy(right, deployment->parameters, sizeof(right));
    if (detour(deployment, function, err) < 0 || deployment_change(deployment, err) < 0)
        return -1;
    memcpy(deployment->parameters, right, sizeof(right));
    return deployment_change(deployment, err);
}

static int mend(struct refreshment *refreshment, const struct lambda_function *function,
                struct error *err)
{
    struct deployment *deployment = &refreshment->deployment;
    struct oci_digest runs = {"something else"};
    code_digest_of_function(function, &runs);
    deployment_say(deployment,
                   "function %s runs %s, which its stack did not give it: it is updated twice, "
                   "since CloudFormation sees nothing to change",
                   refreshment->done->function, runs.text);
    if (change_twice(refreshment, function, err) < 0)
        return error_prefix(err, "the function's code has been changed behind its stack, and");
    refreshment->done->mended = true;
    return check_function(refreshment, err);
}

/* What the function runs before anything is done. */
static int note_before(struct refreshment *refreshment, struct lambda_function *function,
                       struct error *err)
{
    const struct cfn_stack *stack = &refreshment->deployment.stack;
    const char *name = cfn_value(stack->outputs, stack->output_count, "FunctionName");
    struct refreshed *done = refreshment->done;
    snprintf(done->function, sizeof(done->function), "%s",
             name ? name : refreshment->deployment.pipeline->processor.name);
    if (settle_function(refreshment, function, err) < 0)
        return -1;
    code_digest_of_function(function, &done->before);
    return 0;
}

static int bring(struct refreshment *refreshment, struct error *err)
{
    cleanup_lambda_function struct lambda_function function = {0};
    struct deployment *deployment = &refreshment->deployment;
    if (note_before(refreshment, &function, err) < 0)
        return -1;
    bool as_wanted = is_as_wanted(deployment), has = has_package(refreshment, &function);
    if (as_wanted && has)
        return has_failed(&function) ? refuse_function(refreshment, &function, err) : 0;
    refreshment->done->changed = true;
    if (as_wanted)
        return mend(refreshment, &function, err);
    return deployment_change(deployment, err) < 0 ? -1 : check_function(refreshment, err);
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
    refreshment->done->code = refreshment->package;
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
        .package = code_digest_of_package(refresh->image, refresh->zip),
    };
    int result = run(&refreshment, err);
    deployment_release(&refreshment.deployment);
    return result;
}
