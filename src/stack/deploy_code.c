/* Whether the function of a stack runs the package, and what is done if somebody changed its code.
 */
#include "aws/lambda_function.h"
#include "stack/code_digest.h"
#include "stack/deploy_parts.h"
#include "stack/template.h"

/* Waiting for a function. */
struct settling {
    struct aws_client *client;
    const char *name;
    struct lambda_function *function;
};

static enum aws_wait_state look(void *user, struct error *err)
{
    struct settling *settling = user;
    struct lambda_function *function = settling->function;
    lambda_function_release(function);
    int found = lambda_get_function(settling->client, settling->name, function, err);
    if (found < 0)
        return AWS_WAIT_FAILED;
    if (!found) {
        error_set(err, ERROR_AWS, 404,
                  "function \"%s\" has been deleted, and its stack does not know: `lorry deploy "
                  "--revert-drift` makes it again",
                  settling->name);
        return AWS_WAIT_FAILED;
    }
    bool open = strcmp(function->state, "Pending") == 0 ||
                strcmp(function->update_status, "InProgress") == 0;
    return open ? AWS_WAIT_AGAIN : AWS_WAIT_DONE;
}

static int settle(const struct deployment *deployment, struct lambda_function *function,
                  struct error *err)
{
    struct settling settling = {deployment->client, deployment_function(deployment), function};
    return deployment_wait(deployment, "the function to run its new code", look, &settling, err);
}

static struct oci_digest digest_of(const struct lambda_function *function)
{
    struct oci_digest digest = {"other code"};
    code_digest_of_function(function, &digest);
    return digest;
}

static bool has_failed(const struct lambda_function *function)
{
    return strcmp(function->update_status, "Failed") == 0 || strcmp(function->state, "Failed") == 0;
}

/* Why the function does not run what it was given. */
static int refuse(const struct deployment *deployment, const struct lambda_function *function,
                  const struct oci_digest *package, struct error *err)
{
    const char *name = deployment_function(deployment);
    struct oci_digest runs = digest_of(function);
    if (strcmp(function->update_status, "Failed") == 0)
        return error_set(err, ERROR_AWS, 200, "function \"%s\" was not updated: %s (%s)", name,
                         function->update_reason, function->update_code);
    if (strcmp(function->state, "Failed") == 0)
        return error_set(err, ERROR_AWS, 200, "function \"%s\" does not run: %s (%s)", name,
                         function->state_reason, function->state_code);
    return error_set(err, ERROR_AWS, 200,
                     "function \"%s\" runs %s and not the package, %s: somebody else has changed "
                     "it meanwhile; do it again",
                     name, runs.text, package->text);
}

/* CloudFormation changes nothing where the parameters are those of before. So it is given others
 * first: the image that the function runs, or the same zip package under another key. */
static int detour(struct deployment *deployment, const struct lambda_function *function,
                  struct error *err)
{
    if (!deployment->deploy->image)
        return deployment_upload_zip(deployment, "again", err);
    if (!*function->resolved_image_uri)
        return error_set(err, ERROR_AWS, 200, "Lambda does not say which image it runs");
    deployment_set(deployment, TEMPLATE_IMAGE_URI, function->resolved_image_uri);
    return 0;
}

static int change_twice(struct deployment *deployment, const struct lambda_function *function,
                        struct error *err)
{
    if (detour(deployment, function, err) < 0 || deployment_change(deployment, err) < 0 ||
        deployment_name_package(deployment, err) < 0)
        return -1;
    return deployment_change(deployment, err);
}

static int mend(struct deployment *deployment, const struct lambda_function *function,
                struct error *err)
{
    deployment_say(deployment,
                   "function %s runs %s, which its stack did not give it: it is updated twice, "
                   "since CloudFormation sees nothing to change",
                   deployment_function(deployment), digest_of(function).text);
    deployment->exists = true;
    if (change_twice(deployment, function, err) < 0)
        return error_prefix(err, "the function's code has been changed behind its stack, and");
    return 0;
}

/* What Lambda does not tell, is not held against it. */
static bool has_other(const struct lambda_function *function, const struct oci_digest *package)
{
    struct oci_digest has;
    return code_digest_of_function(function, &has) && !oci_digest_equal(&has, package);
}

const char *deployment_function(const struct deployment *deployment)
{
    const struct cfn_stack *stack = &deployment->stack;
    const char *name = cfn_value(stack->outputs, stack->output_count, "FunctionName");
    return name ? name : deployment->pipeline->processor.name;
}

int deployment_look_at_code(const struct deployment *deployment, struct oci_digest *runs,
                            struct error *err)
{
    cleanup_lambda_function struct lambda_function function = {0};
    if (settle(deployment, &function, err) < 0)
        return -1;
    code_digest_of_function(&function, runs);
    return 0;
}

int deployment_ensure_code(struct deployment *deployment, struct error *err)
{
    const struct deploy *deploy = deployment->deploy;
    struct oci_digest package = code_digest_of_package(deploy->image, deploy->zip);
    cleanup_lambda_function struct lambda_function function = {0};
    if (settle(deployment, &function, err) < 0)
        return -1;
    bool mends = has_other(&function, &package);
    if (mends && (mend(deployment, &function, err) < 0 || settle(deployment, &function, err) < 0))
        return -1;
    if (has_failed(&function) || has_other(&function, &package))
        return refuse(deployment, &function, &package, err);
    return mends;
}
