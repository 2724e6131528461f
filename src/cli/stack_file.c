#include "cli/command.h"

#include "cli/pipeline_file.h"
#include "cli/stack_object.h"
#include "stack/yaml_write.h"

static int file(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)values;
    (void)args;
    (void)count;
    cleanup_stack struct stack stack = {0};
    cleanup_secret struct buf text = BUF_INIT(STACK_FILE_CAP);
    if (pipeline_file_read(cli, PIPELINE_REQUIRED, &stack) != PIPELINE_READ)
        return CLI_FAILED;
    yaml_append_tree(cli->described->root, &text);
    fputs(buf_str(&text), stdout);
    return CLI_DONE;
}

const struct command command_stack_file = {
    .name = "file",
    .summary = "prints the pipeline.yaml that says the same",
    .args = "",
    .details = "Prints the file that says what this program says, for the commands of `lorry`, "
               "which take it with `--file -`.",
    .run = file,
};
