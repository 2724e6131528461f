#include "cli/command.h"

#include "cli/deploy_screen.h"
#include "cli/pipeline_file.h"
#include "cli/stack_task.h"
#include "json/writer.h"

struct refresh_options {
    bool yes;
};

static const struct cli_option options_table[] = {
    {.name = "yes",
     .letter = 'y',
     .offset = offsetof(struct refresh_options, yes),
     .help = "Do not ask, should something be replaced"},
    {0},
};

static int refresh_it(struct cli *cli, const struct refresh_options *options,
                      const struct stack *stack, struct refreshed *refreshed, struct error *err)
{
    struct deploy_screen screen;
    deploy_screen_init(&screen, cli, options->yes);
    deploy_screen_catch(&screen);
    const struct stack_task task = {.cli = cli, .stack = stack, .ui = &screen.ui};
    int result = stack_task_refresh(&task, refreshed, err);
    deploy_screen_end(&screen);
    return result;
}

static void put_json(const struct refreshed *refreshed, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_string(&json, "stack", view_str(refreshed->stack.id));
    json_member_string(&json, "status", view_str(refreshed->stack.status));
    json_member_bool(&json, "changed", refreshed->changed);
    json_member_bool(&json, "mended", refreshed->mended);
    json_member_string(&json, "function", view_str(refreshed->function));
    json_member_string(&json, "code", view_str(refreshed->code.text));
    json_member_text(&json, "code_before", view_str(refreshed->before.text));
    json_end_object(&json);
}

static int refresh(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    cleanup_stack struct stack stack = {0};
    cleanup_refreshed struct refreshed refreshed = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (pipeline_file_read(cli,
                           PIPELINE_REQUIRED | PIPELINE_WARNINGS | PIPELINE_PACKING | PIPELINE_AWS,
                           &stack) != PIPELINE_READ)
        return CLI_FAILED;
    if (refresh_it(cli, values, &stack, &refreshed, &err) < 0)
        return deploy_screen_fail(cli, &err);
    if (cli->json)
        put_json(&refreshed, &text);
    else
        buf_printf(&text, "%s\n%s runs %s", refreshed.changed ? "refreshed" : "nothing to change",
                   refreshed.function, refreshed.code.text);
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_refresh = {
    .name = "refresh",
    .summary = "brings a new package to the function, and changes nothing else",
    .args = "",
    .details =
        "Makes the package and puts it where Lambda takes it from, has CloudFormation update the "
        "stack of the pipeline with that and nothing else, and waits until the function runs it. "
        "Other changes of pipeline.yaml are left for `lorry deploy`. A function whose code has "
        "been changed by other means gets the package, too.",
    .options = options_table,
    .options_size = sizeof(struct refresh_options),
    .run = refresh,
};
