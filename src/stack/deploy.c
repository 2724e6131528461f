#include "stack/deploy.h"

#include "aws/sts.h"
#include "stack/deploy_parts.h"
#include "stack/template.h"

#define INTERVAL_MS 2000
/* Lambda takes a large image apart before it runs; the others are sooner done. */
#define TIMEOUT_MS (15 * 60 * 1000)

void deployed_release(struct deployed *deployed)
{
    cfn_stack_release(&deployed->stack);
}

void deployment_say(const struct deployment *deployment, const char *format, ...)
{
    const struct deploy_ui *ui = deployment->deploy->ui;
    cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    ui->say(ui->user, buf_str(&line));
}

int deployment_wait(const struct deployment *deployment, const char *what,
                    enum aws_wait_state (*poll)(void *user, struct error *err), void *user,
                    struct error *err)
{
    const struct deploy_ui *ui = deployment->deploy->ui;
    const struct aws_waiter waiter = {
        .clock = deployment->client->clock,
        .what = what,
        .interval_ms = INTERVAL_MS,
        .timeout_ms = TIMEOUT_MS,
        .poll = poll,
        .user = user,
        .tell = ui->wait,
        .tell_user = ui->user,
    };
    return aws_wait(&waiter, err);
}

static void forget(const struct cfn_pair *parameter)
{
    if (parameter->value)
        explicit_bzero((char *)parameter->value, strlen(parameter->value));
}

struct deployment deployment_of(const struct deploy *deploy)
{
    return (struct deployment){
        .deploy = deploy, .client = deploy->client, .pipeline = deploy->stack};
}

void deployment_release(struct deployment *deployment)
{
    for (size_t i = 0; i < deployment->parameter_count; i++)
        forget(&deployment->parameters[i]);
    json_decref(deployment->template);
    cfn_stack_release(&deployment->stack);
    arena_release(&deployment->arena);
}

void deployment_set(struct deployment *deployment, const char *parameter, const char *value)
{
    const char *kept = value ? arena_copy(&deployment->arena, view_str(value)).ptr : NULL;
    size_t i = 0;
    while (i < deployment->parameter_count &&
           strcmp(deployment->parameters[i].name, parameter) != 0)
        i++;
    if (i == DEPLOY_PARAMETERS_MAX)
        return;
    deployment->parameter_count += i == deployment->parameter_count;
    deployment->parameters[i] =
        (struct cfn_pair){arena_copy(&deployment->arena, view_str(parameter)).ptr, kept};
}

int deployment_begin(struct deployment *deployment, struct error *err)
{
    cleanup_sts_identity struct sts_identity identity = {0};
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    if (sts_get_caller_identity(deployment->client, &identity, err) < 0)
        return -1;
    stack_name(deployment->pipeline, &name);
    deployment->name = arena_copy(&deployment->arena, buf_view(&name)).ptr;
    deployment->account = arena_copy(&deployment->arena, view_str(identity.account)).ptr;
    deployment->region = deployment->client->region;
    buf_clear(&name);
    buf_printf(&name, "arn:%s:kinesis:%s:%s:stream/%s", aws_partition(deployment->region),
               deployment->region, deployment->account, deployment->pipeline->stream.name);
    deployment->stream_arn = arena_copy(&deployment->arena, buf_view(&name)).ptr;
    deployment_say(deployment, "stack %s in account %s, region %s", deployment->name,
                   deployment->account, deployment->region);
    return 0;
}

/* It is no part of a template: a setting of the stack itself. */
static int protect(const struct deployment *deployment, struct cfn_stack *stack, struct error *err)
{
    bool wanted = deployment->pipeline->termination_protection;
    if (stack->protected == wanted)
        return 0;
    if (cfn_protect(deployment->client, deployment->name, wanted, err) < 0)
        return -1;
    stack->protected = wanted;
    deployment_say(deployment, "the stack is %s being deleted",
                   wanted ? "protected from" : "no longer protected from");
    return 0;
}

/* The secrets on the way into parameters. */
struct secrets {
    struct deployment *deployment;
    int result;
    struct error *err;
};

static void take_secret(void *user, const struct template_secret *secret)
{
    struct secrets *secrets = user;
    if (secrets->result < 0)
        return;
    const char *value =
        template_secret_value(secret, secrets->deployment->deploy->environment, secrets->err);
    if (value)
        deployment_set(secrets->deployment, secret->parameter, value);
    else
        secrets->result = -1;
}

static int set_secrets(struct deployment *deployment, struct error *err)
{
    struct secrets secrets = {deployment, 0, err};
    template_each_secret(deployment->pipeline, take_secret, &secrets);
    return secrets.result;
}

static int run(struct deployment *deployment, struct deployed *deployed, struct error *err)
{
    if (set_secrets(deployment, err) < 0 || deployment_begin(deployment, err) < 0 ||
        deployment_check_existing(deployment, err) < 0 || deployment_settle(deployment, err) < 0 ||
        deployment_find_leftovers(deployment, err) < 0 ||
        deployment_make_secret(deployment, err) < 0 || deployment_publish(deployment, err) < 0)
        return -1;
    int changed = deployment_change(deployment, err);
    if (changed < 0)
        return -1;
    if (deployment_attach(deployment, err) < 0)
        return -1;
    if (deployment_look(deployment, err) < 0)
        return -1;
    int mended = deployment_ensure_code(deployment, err);
    if (mended < 0)
        return -1;
    deployed->changed = changed || mended;
    if (cfn_describe_stack(deployment->client, deployment->name, &deployed->stack, err) < 0)
        return -1;
    return protect(deployment, &deployed->stack, err);
}

int deploy_run(const struct deploy *deploy, struct deployed *deployed, struct error *err)
{
    cleanup_deployment struct deployment deployment = deployment_of(deploy);
    return run(&deployment, deployed, err);
}
