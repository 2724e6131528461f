#include "stack/deploy_parts.h"
#include "stack/stack_secret.h"

static int refuse_deleted(const struct deployment *deployment, const struct stack_secret *secret,
                          struct error *err)
{
    return error_set(err, ERROR_SETTING, 0,
                     "secret \"%s\" is scheduled for deletion, and nobody can read it: bring it "
                     "back with `aws secretsmanager restore-secret --region %s --secret-id %s`, or "
                     "name another in sink.password",
                     secret->name, deployment->region, secret->name);
}

static int refuse_arn(const struct stack_secret *secret, struct error *err)
{
    return error_set(err, ERROR_SETTING, 0,
                     "%s \"%s\" is not there, and one that is named by its ARN is not made: "
                     "correct sink.password, or give a name instead",
                     secret->kind, secret->name);
}

static void tell_unused(const struct deployment *deployment, const struct stack_secret *secret)
{
    const struct deploy_password *password = deployment->deploy->password;
    if (password && password->given)
        deployment_say(deployment,
                       "%s %s is there, and stays as it is: the password from %s is not put into "
                       "it",
                       secret->kind, secret->name, password->given);
}

static int make(const struct deployment *deployment, const struct stack_secret *secret,
                struct error *err)
{
    struct deploy_password *from = deployment->deploy->password;
    if (secret->by_arn)
        return refuse_arn(secret, err);
    if (!from)
        return error_set(err, ERROR_SETTING, 0,
                         "%s \"%s\" is not there, and nobody has a password to make it with",
                         secret->kind, secret->name);
    const char *password = from->get(from, secret->kind, secret->name, err);
    if (!password)
        return -1;
    int made = stack_secret_make(deployment->client, deployment->pipeline, secret, password, err);
    if (made < 0)
        return -1;
    if (made)
        deployment_say(deployment, "%s %s made", secret->kind, secret->name);
    else
        deployment_say(deployment,
                       "%s %s has been made by somebody else meanwhile, and stays as "
                       "it is",
                       secret->kind, secret->name);
    return 0;
}

int deployment_make_secret(struct deployment *deployment, struct error *err)
{
    struct stack_secret secret;
    if (stack_secret_find(deployment->client, deployment->pipeline, &secret, err) < 0)
        return -1;
    switch (secret.state) {
    case STACK_SECRET_NONE: break;
    case STACK_SECRET_THERE: tell_unused(deployment, &secret); break;
    case STACK_SECRET_MISSING: return make(deployment, &secret, err);
    case STACK_SECRET_DELETING: return refuse_deleted(deployment, &secret, err);
    case STACK_SECRET_UNKNOWN:
        deployment_say(deployment, "whether %s %s is there is not known: %s", secret.kind,
                       secret.name, secret.why.message);
        break;
    }
    return 0;
}
