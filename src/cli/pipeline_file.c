#include "cli/pipeline_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "stack/stack_file.h"

static const char *environment(const char *name)
{
    return getenv(name);
}

/* An emulator, by the option or for all of AWS. */
static bool is_emulated(const struct cli *cli)
{
    const char *url = getenv("AWS_ENDPOINT_URL"), *lambda = getenv("AWS_ENDPOINT_URL_LAMBDA");
    return cli->endpoint_url || (url && *url) || (lambda && *lambda);
}

const char *pipeline_file_path(const struct cli *cli)
{
    return cli->file ? cli->file : PIPELINE_FILE;
}

int pipeline_file_check(const struct cli *cli, struct stack *stack, struct findings *findings)
{
    const struct stack_file_options options = {
        .path = pipeline_file_path(cli),
        .stage = cli->stage,
        .environment = environment,
        .emulated = is_emulated(cli),
    };
    return stack_file_read(&options, stack, findings);
}

void pipeline_file_show(const struct cli *cli, const struct findings *findings, bool warnings)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].level == FINDING_ERROR || (warnings && !cli->quiet))
            findings_put(&findings->items[i], pipeline_file_path(cli), &text);
    fputs(buf_str(&text), stderr);
}

enum pipeline_file pipeline_file_read(const struct cli *cli, unsigned wanted, struct stack *stack)
{
    cleanup_findings struct findings findings = {0};
    if (!cli->file && access(PIPELINE_FILE, F_OK) != 0) {
        if (!(wanted & PIPELINE_REQUIRED))
            return PIPELINE_NONE;
        cli_error(cli, "there is no " PIPELINE_FILE " here: make one with `lorry init`, or name "
                       "it with --file");
        return PIPELINE_FAILED;
    }
    int status = pipeline_file_check(cli, stack, &findings);
    pipeline_file_show(cli, &findings, status < 0 || wanted & PIPELINE_WARNINGS || cli->verbose);
    if (status < 0) {
        cli_error(cli, "%s describes no pipeline that works: mend what is said above",
                  pipeline_file_path(cli));
        return PIPELINE_FAILED;
    }
    return PIPELINE_READ;
}
