#include "cli/package.h"

#include "cli/pipeline_file.h"

void package_choice_release(struct package_choice *choice)
{
    stack_release(&choice->stack);
}

int package_choose(const struct cli *cli, const char *entrypoint, struct package_choice *choice)
{
    enum pipeline_file file =
        pipeline_file_read(cli, PIPELINE_PACKING | PIPELINE_AWS, &choice->stack);
    if (file == PIPELINE_FAILED)
        return CLI_FAILED;
    if (file == PIPELINE_READ)
        choice->source = package_source_of(&choice->stack);
    if (entrypoint)
        choice->source.executable = entrypoint;
    return CLI_DONE;
}
