#include "cli/command.h"

#include "base/memory.h"
#include "cli/help_json.h"

#define JSON_CAP ((size_t)1 << 20)

static int put_json(const struct command *only)
{
    cleanup_buf struct buf text = BUF_INIT(JSON_CAP);
    help_put_json(only, &text);
    cli_put(&text);
    return CLI_DONE;
}

static int explain(struct cli *cli, const struct command *command)
{
    const char *name = command->name;
    cleanup_buf struct buf usage = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&usage, "lorry %s", name);
    struct options_target target = {.options = command->options,
                                    .cli = cli,
                                    .args = command->args,
                                    .details = command->details};
    options_help(&target, buf_str(&usage));
    return CLI_DONE;
}

static int help(struct cli *cli, const void *options, char **args, size_t count)
{
    (void)options;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < count; i++)
        buf_printf(&name, "%s%s", i ? " " : "", args[i]);
    const struct command *command = command_find(buf_str(&name));
    if (cli->json && (command || count == 0))
        return put_json(command);
    if (command)
        return explain(cli, command);
    if (count == 0 || (count == 1 && command_is_group(args[0]))) {
        command_help_list(cli, buf_str(&name));
        return CLI_DONE;
    }
    return command_is_group(args[0]) ? command_unknown(cli, args[0], args[1])
                                     : command_unknown(cli, "", args[0]);
}

const struct command command_help = {
    .name = "help",
    .summary = "explains a command",
    .args = "[COMMAND]",
    .details =
        "Prints what 'lorry COMMAND --help' prints, or the list of the commands. With --json, all "
        "commands and options as data.",
    .args_max = 2,
    .run = help,
};
