#include "cli/command.h"

#include "cli/deploy_screen.h"
#include "cli/new_password.h"
#include "cli/next_step.h"
#include "cli/pipeline_file.h"
#include "cli/stack_task.h"
#include "json/writer.h"

#define OUTPUT_CAP ((size_t)1 << 20)

struct deploy_options {
    bool yes;
    bool no_create;
    bool revert_drift;
    const char *password_file;
};

static const struct cli_option options_table[] = {
    {.name = "yes",
     .letter = 'y',
     .offset = offsetof(struct deploy_options, yes),
     .help = "Do not ask before something is replaced or deleted"},
    {.name = "no-create",
     .offset = offsetof(struct deploy_options, no_create),
     .help = "Fail if the repository of the image is not there, instead of making it"},
    {.name = "revert-drift",
     .offset = offsetof(struct deploy_options, revert_drift),
     .help = "Make what was changed or deleted by other means what the stack says again"},
    {.name = "password-file",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct deploy_options, password_file),
     .value = "FILE",
     .help = "If the secret that the pipeline names is not there, make it with the first line of "
             "this file, which only you can read, or of standard input (-); else the password "
             "comes from SINK_PASSWORD or a prompt"},
    {0},
};

/* All that a deployment is made of. */
struct run {
    struct cli *cli;
    struct stack stack;
    struct deployed deployed;
};

static void run_release(struct run *run)
{
    stack_release(&run->stack);
    deployed_release(&run->deployed);
}

static void put_json(const struct deployed *deployed, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_string(&json, "stack", view_str(deployed->stack.id));
    json_member_string(&json, "status", view_str(deployed->stack.status));
    json_member_bool(&json, "changed", deployed->changed);
    json_put_name(&json, VIEW("outputs"));
    json_begin_object(&json);
    for (size_t i = 0; i < deployed->stack.output_count; i++)
        json_member_string(&json, deployed->stack.outputs[i].name,
                           view_str(deployed->stack.outputs[i].value));
    json_end_object(&json);
    json_end_object(&json);
}

static void put_lines(const struct deployed *deployed, struct buf *text)
{
    size_t width = 0;
    for (size_t i = 0; i < deployed->stack.output_count; i++) {
        size_t len = strlen(deployed->stack.outputs[i].name);
        width = len > width ? len : width;
    }
    buf_append_str(text, deployed->changed ? "deployed" : "nothing to change");
    for (size_t i = 0; i < deployed->stack.output_count; i++)
        buf_printf(text, "\n%-*s  %s", (int)width, deployed->stack.outputs[i].name,
                   deployed->stack.outputs[i].value);
}

static int deploy_it(struct run *run, const struct deploy_options *options, struct error *err)
{
    cleanup_new_password struct new_password password;
    struct deploy_screen screen;
    new_password_init(&password, run->cli, options->password_file);
    deploy_screen_init(&screen, run->cli, options->yes);
    deploy_screen_catch(&screen);
    const struct stack_task task = {
        .cli = run->cli,
        .stack = &run->stack,
        .ui = &screen.ui,
        .password = &password.source,
        .no_create = options->no_create,
        .revert_drift = options->revert_drift,
    };
    int result = stack_task_deploy(&task, &run->deployed, err);
    deploy_screen_end(&screen);
    return result;
}

/* A program that describes its stack has no such commands. */
static void tell_next(const struct cli *cli)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    if (!cli->described)
        cli_note(
            cli, "%s",
            next_step(cli, "`lorry status` says how it runs, `lorry logs` what it does", &arena));
}

static bool names_secret(const struct stack_password *password)
{
    return password->secret || password->ssm;
}

static int deploy(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct deploy_options *options = values;
    struct run run __attribute__((cleanup(run_release))) = {.cli = cli};
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_CAP);
    struct error err = {0};
    if (pipeline_file_read(cli,
                           PIPELINE_REQUIRED | PIPELINE_WARNINGS | PIPELINE_PACKING | PIPELINE_AWS,
                           &run.stack) != PIPELINE_READ)
        return CLI_FAILED;
    if (options->password_file && !names_secret(&run.stack.sink.password))
        return cli_misused(cli,
                           "--password-file is for a secret, and sink.password of %s names "
                           "none",
                           pipeline_file_path(cli));
    if (deploy_it(&run, options, &err) < 0)
        return deploy_screen_fail(cli, &err);
    if (cli->json)
        put_json(&run.deployed, &text);
    else
        put_lines(&run.deployed, &text);
    cli_put(&text);
    if (run.deployed.changed)
        tell_next(cli);
    return CLI_DONE;
}

const struct command command_deploy = {
    .name = "deploy",
    .summary = "makes the pipeline run, and again after any change",
    .args = "",
    .details =
        "Makes the package and puts it where Lambda takes it from, shows what the stack of the "
        "pipeline is going to change, has CloudFormation change it, and shows what happens. From "
        "nothing or from any earlier state; without a change, nothing is done.",
    .options = options_table,
    .options_size = sizeof(struct deploy_options),
    .run = deploy,
};
