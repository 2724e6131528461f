#include "cli/aws_access.h"
#include "cli/command.h"
#include "cli/next_step.h"
#include "cli/pipeline_file.h"
#include "cli/screen.h"
#include "cli/status_screen.h"
#include "cli/status_sink.h"

#define OUTPUT_CAP ((size_t)1 << 20)

struct status_options {
    struct sink_options sink;
    bool no_sink;
    bool no_package;
};

static const struct cli_option options_table[] = {
    {.name = "no-sink",
     .offset = offsetof(struct status_options, no_sink),
     .help = "Do not look at the sink: it can only be reached from the function, say"},
    {.name = "no-package",
     .offset = offsetof(struct status_options, no_package),
     .help = "Do not make the package to compare it with that of the function"},
    SINK_PASSWORD_OPTION(struct status_options),
    {0},
};

/* The stack is the first: it names the others, and without it there are none. */
static void look(struct cli *cli, const struct status_options *options, struct survey *survey)
{
    struct sink_options sink = options->sink;
    survey_stack(survey);
    if (survey->stack.part.state == SURVEY_ABSENT)
        return;
    survey_function(survey);
    survey_mappings(survey);
    survey_stream(survey);
    survey_destination(survey);
    survey_failures(survey);
    survey_metrics(survey);
    survey_log(survey);
    if (!options->no_package && survey->function.part.state == SURVEY_FOUND)
        survey_package(survey);
    sink.stack = survey->pipeline;
    sink.aws = survey->client;
    if (!options->no_sink)
        status_survey_sink(cli, &sink, survey);
}

/* Who looked at one stage shall not act on another. */
static void complete(const struct cli *cli, struct status *status)
{
    status->headline = next_step(cli, status->headline, &status->arena);
    for (size_t i = 0; i < status->count; i++)
        status->findings[i].next = next_step(cli, status->findings[i].next, &status->arena);
}

static int print(const struct cli *cli, const struct survey *survey)
{
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_CAP);
    cleanup_status struct status status = {0};
    status_judge(survey, &status);
    complete(cli, &status);
    const struct status_screen screen = {survey, &status, screen_width(), cli_colored(cli, stdout)};
    if (cli->json) {
        status_json_append(survey, &status, &text);
        buf_append_char(&text, '\n');
    } else {
        status_screen_append(&screen, &text);
    }
    fputs(buf_str(&text), stdout);
    return status.verdict == STATUS_IS_HEALTHY ? CLI_DONE : CLI_FAILED;
}

static int run(struct cli *cli, const struct status_options *options, const struct stack *stack)
{
    cleanup_aws_access struct aws_access access = {0};
    cleanup_survey struct survey survey = {0};
    struct error err = {0};
    if (aws_access_open(cli, stack->region, &access, &err) < 0 ||
        survey_begin(&survey, access.client, stack, &err) < 0)
        return cli_fail(cli, &err);
    look(cli, options, &survey);
    return print(cli, &survey);
}

static int status(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    cleanup_stack struct stack stack = {0};
    if (pipeline_file_read(cli, PIPELINE_REQUIRED, &stack) != PIPELINE_READ)
        return CLI_FAILED;
    return run(cli, values, &stack);
}

const struct command command_status = {
    .name = "status",
    .summary = "says whether the pipeline runs, what is wrong, and what to do",
    .args = "",
    .details =
        "Looks at stack, table, stream, event source mapping, function, sink, and at what could "
        "not be applied, and says first what it means. The exit status is 0 if all is well, and 1 "
        "if something is wrong, is not deployed or cannot be looked at.",
    .options = options_table,
    .options_size = sizeof(struct status_options),
    .run = status,
};
