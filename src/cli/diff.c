#include "cli/command.h"

#include "cli/aws_access.h"
#include "cli/deploy_screen.h"
#include "cli/diff_print.h"
#include "cli/pipeline_file.h"
#include "stack/package.h"

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
    cleanup_package struct package package = {0};
    cleanup_aws_access struct aws_access access = {0};
    struct deploy_screen screen;
    if (package_make(stack, &package, err) < 0 ||
        aws_access_open(cli, stack->region, &access, err) < 0)
        return -1;
    deploy_screen_init(&screen, cli, false);
    const struct diff diff = {
        .client = access.client,
        .stack = stack,
        .ui = &screen.ui,
        .image = package.kind == STACK_IMAGE ? &package.image : NULL,
        .zip = package.kind == STACK_ZIP ? &package.zip : NULL,
    };
    int result = diff_run(&diff, diffed, err);
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
    struct error err = {0};
    if (pipeline_file_read(cli, PIPELINE_REQUIRED | PIPELINE_PACKING | PIPELINE_AWS, &stack) !=
        PIPELINE_READ)
        return CLI_FAILED;
    if (diff_it(cli, &stack, &diffed, &err) < 0)
        return cli_fail(cli, &err);
    if (cli->json)
        diff_print_json(&diffed);
    else
        diff_print_text(cli, &diffed);
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
