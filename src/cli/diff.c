#include "cli/command.h"

#include <unistd.h>

#include "cli/deploy_screen.h"
#include "cli/diff_print.h"
#include "cli/pipeline_file.h"
#include "cli/screen.h"
#include "cli/stack_task.h"

struct diff_options {
    bool exit_code;
};

static const struct cli_option options_table[] = {
    {.name = "exit-code",
     .offset = offsetof(struct diff_options, exit_code),
     .help = "Exit with 1 if anything differs"},
    {0},
};

static int diff_it(struct cli *cli, const struct stack *stack, struct diffed *diffed,
                   struct error *err)
{
    struct deploy_screen screen;
    deploy_screen_init(&screen, cli, false);
    const struct stack_task task = {.cli = cli, .stack = stack, .ui = &screen.ui};
    int result = stack_task_diff(&task, diffed, err);
    deploy_screen_end(&screen);
    return result;
}

static int diff(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct diff_options *options = values;
    cleanup_stack struct stack stack = {0};
    cleanup_diffed struct diffed diffed = {0};
    cleanup_buf struct buf text = BUF_INIT(DIFF_TEXT_CAP);
    struct error err = {0};
    const struct diff_style style = {.colored = cli_colored(cli, stdout),
                                     .width = isatty(STDOUT_FILENO) ? screen_width() : 0};
    if (pipeline_file_read(cli, PIPELINE_REQUIRED | PIPELINE_PACKING | PIPELINE_AWS, &stack) !=
        PIPELINE_READ)
        return CLI_FAILED;
    if (diff_it(cli, &stack, &diffed, &err) < 0)
        return deploy_screen_fail(cli, &err);
    if (cli->json)
        diff_append_json(&diffed, &text);
    else
        diff_append_text(&diffed, &style, &text);
    fputs(buf_str(&text), stdout);
    return options->exit_code && diffed.differs ? CLI_FAILED : CLI_DONE;
}

const struct command command_diff = {
    .name = "diff",
    .summary = "shows what deploy would change",
    .args = "",
    .details =
        "Compares the stack of the pipeline with what its file makes now, without changing "
        "anything: resources with their properties, parameters, the code of the function, and what "
        "is outside of the stack. Marks what would be replaced, and what would be lost.",
    .options = options_table,
    .options_size = sizeof(struct diff_options),
    .run = diff,
};
