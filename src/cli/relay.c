#include "cli/command.h"

#include <inttypes.h>

#include "base/memory.h"
#include "cli/interrupt.h"
#include "cli/relay_report.h"
#include "cli/sink_options.h"

struct relay_options {
    struct sink_options sink;
    int on_error; /* enum on_error */
    bool strict;
    bool no_create;
    int64_t timeout_ms;
};

/* In the order of enum on_error. */
static const char *const on_error_choices[] = {
    [ON_ERROR_DEAD_LETTER] = "dead-letter",
    [ON_ERROR_IGNORE] = "ignore",
    [ON_ERROR_RAISE] = "raise",
    [ON_ERROR_EXIT] = "exit",
    NULL,
};

static const struct cli_option options_table[] = {
    SINK_URL_OPTION(struct relay_options),
    SINK_TABLE_OPTION(struct relay_options),
    SINK_PASSWORD_OPTION(struct relay_options),
    SINK_COLUMN_TYPES_OPTION(struct relay_options),
    {.name = "on-error",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct relay_options, on_error),
     .value = "HOW",
     .help = "What becomes of records that cannot be applied: dead-letter keeps them in the table "
             "NAME_dead_letters; ignore counts and logs them; raise applies the rest and fails in "
             "the end; exit fails after the batch",
     .standard = "dead-letter",
     .choices = on_error_choices},
    {.name = "strict",
     .offset = offsetof(struct relay_options, strict),
     .help = "Exit with 1 if a record was set aside or ignored"},
    {.name = "timeout",
     .kind = OPTION_DURATION,
     .offset = offsetof(struct relay_options, timeout_ms),
     .value = "TIME",
     .help = "How long a batch is tried again while the sink is in trouble; 0: for ever",
     .standard = "60s"},
    {.name = "no-create",
     .offset = offsetof(struct relay_options, no_create),
     .help = "Do not make missing tables"},
    {0},
};

static bool is_url(const char *text)
{
    return strstr(text, "://") != NULL;
}

/* The last argument is the sink, unless it is known from elsewhere. */
static int split_arguments(const struct cli *cli, struct sink_options *sink, char **args,
                           size_t *count)
{
    bool last_is_url = is_url(args[*count - 1]);
    if (sink->url && last_is_url)
        return cli_misused(cli, "two sinks: one in --sink, one behind the sources");
    if (last_is_url)
        sink->url = args[--*count];
    if (*count == 0)
        return cli_misused(cli, "which source? Give a file, or - for standard input");
    for (size_t i = 0; i < *count; i++)
        if (is_url(args[i]))
            return cli_misused(cli, "a URL among the sources: the sink comes last, and there is "
                                    "but one");
    return CLI_DONE;
}

static int run(const struct cli *cli, const struct relay_options *options,
               struct sink_access *access, char **sources, size_t count)
{
    struct relay_report report = {.cli = cli,
                                  .public_url = buf_str(&access->public_url),
                                  .table = &access->table,
                                  .sources = (const char *const *)sources,
                                  .source_count = count,
                                  .on_terminal = !cli->quiet && isatty(STDERR_FILENO)};
    struct relay_config config = {
        .sources = report.sources,
        .source_count = count,
        .sink = access->sink,
        .clock = &clock_system,
        .on_error = (enum on_error)options->on_error,
        .timeout_ms = options->timeout_ms,
        .stop = &interrupted,
        .progress = report.on_terminal ? relay_report_progress : NULL,
        .progress_user = &report,
    };
    struct error err = {0};
    interrupt_catch();
    bool failed = relay_run(&config, &report.result, &err) != 0;
    report.failure = failed ? err.message : NULL;
    relay_report_end(&report);
    if (failed) {
        int status = cli_fail(cli, &err);
        cli_note(cli, "it can be run again: what was applied stays as it is");
        return status;
    }
    if (report.result.stopped) {
        cli_error(cli, "interrupted; it can be run again: what was applied stays as it is");
        return CLI_FAILED;
    }
    bool spotless = report.result.report.dead_letters + report.result.report.ignored == 0;
    return options->strict && !spotless ? CLI_FAILED : CLI_DONE;
}

static int relay(struct cli *cli, const void *values, char **args, size_t count)
{
    struct relay_options options = *(const struct relay_options *)values;
    int status = split_arguments(cli, &options.sink, args, &count);
    if (status != CLI_DONE)
        return status;
    struct error err = {0};
    cleanup_sink_access struct sink_access access;
    if (sink_access_open(cli, &options.sink, true, !options.no_create, &access, &err) != 0)
        return cli_fail(cli, &err);
    return run(cli, &options, &access, args, count);
}

const struct command command_relay = {
    .name = "relay",
    .summary = "applies changes from files or standard input to a table",
    .args = "SOURCE... [SINK]",
    .details =
        "Does here what the record processor does on Lambda. SOURCE is a file, or - for standard "
        "input: Lambda events of Kinesis records or of DynamoDB Streams, one or many, "
        "pretty-printed or not; or DynamoDB change records, one a line. SINK is the URL of the "
        "database; it may be given by --sink or SINK_URL instead, and without any of them it is "
        "that "
        "of the pipeline file.\n"
        "\n"
        "For every key the table ends up with the item as of the greatest change. Doing it again "
        "changes nothing.",
    .args_min = 1,
    .args_max = SIZE_MAX,
    .options = options_table,
    .options_size = sizeof(struct relay_options),
    .run = relay,
};
