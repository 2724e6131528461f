#include "cli/command.h"

#include "cli/event_kind.h"
#include "cli/pipeline_file.h"

static int event(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)values;
    (void)count;
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(EVENT_CAP);
    cleanup_stack struct stack stack = {0};
    enum pipeline_file file = pipeline_file_read(cli, 0, &stack);
    if (file == PIPELINE_FAILED)
        return CLI_FAILED;
    if (event_write(args[0], file == PIPELINE_READ ? &stack : NULL, &text, &err) < 0)
        return cli_fail(cli, &err);
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_event = {
    .name = "event",
    .summary = "prints an example event",
    .args = "kinesis|dynamodb|insert|modify|remove|poison",
    .details =
        "Prints an event as Lambda gets it from Kinesis, of this moment: kinesis is the documented "
        "one (a text that is no change), dynamodb an item that is inserted, then changed, poison a "
        "change that breaks off, between two good ones.",
    .args_min = 1,
    .args_max = 1,
    .run = event,
};
