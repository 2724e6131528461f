#include "cli/command.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/plural.h"

static void configure_log(const struct cli *cli)
{
    log_configure(&(struct log_setup){
        .format = LOG_TEXT,
        .level = cli->verbose ? LOG_DEBUG
                 : cli->quiet ? LOG_ERROR
                              : LOG_WARNING,
        .sql = cli->verbose,
    });
}

/* An argument may be a URL: it is not repeated. */
static int check_arguments(const struct command *command, const struct cli *cli, size_t count)
{
    if (count < command->args_min)
        return cli_misused(cli, "something is missing: %s %s", cli->name, command->args);
    if (count > command->args_max)
        return cli_misused(cli, "%zu argument%s too many: %s%s%s", count - command->args_max,
                           plural_s((int64_t)count - command->args_max), cli->name,
                           *command->args ? " " : "", command->args);
    return CLI_DONE;
}

int command_run(const struct command *command, struct cli *cli, int argc, char **argv)
{
    cleanup_free void *options = xcalloc(1, command->options_size ? command->options_size : 1);
    struct options_target target = {.options = command->options,
                                    .values = options,
                                    .cli = cli,
                                    .args = command->args,
                                    .details = command->details};
    size_t count = (size_t)options_parse(&target, argc, argv);
    if (cli->quiet && cli->verbose)
        return cli_misused(cli, "--quiet and --verbose exclude each other");
    int status = check_arguments(command, cli, count);
    if (status != CLI_DONE)
        return status;
    configure_log(cli);
    return command->run(cli, options, argv, count);
}
