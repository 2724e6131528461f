#include "cli/command.h"

#include <signal.h>

#include "aws/logs.h"
#include "cli/aws_access.h"
#include "cli/http.h"
#include "cli/interrupt.h"
#include "cli/logs_print.h"
#include "cli/next_step.h"
#include "cli/pipeline_file.h"
#include "stack/log_choice.h"
#include "stack/log_group.h"
#include "stack/log_silence.h"
#include "stack/log_tail.h"

/* No line is written with a time further ahead [CloudWatch Logs API Reference, PutLogEvents]. */
#define AHEAD_MS ((int64_t)2 * 3600 * 1000)

struct logs_options {
    bool follow;
    const char *since;
    const char *until;
    const char *filter;
    bool errors;
    bool raw;
    const char *function;
    const char *group;
};

static const struct cli_option options_table[] = {
    {.name = "follow",
     .letter = 'F',
     .offset = offsetof(struct logs_options, follow),
     .help = "Go on with what is written, until Ctrl-C"},
    {.name = "since",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct logs_options, since),
     .value = "TIME",
     .help = "Where to begin: so long ago (30s, 10m, 2h, 1d), or at a time like "
             "2026-11-23T22:10:33Z",
     .standard = "10m"},
    {.name = "until",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct logs_options, until),
     .value = "TIME",
     .help = "Where to end, likewise; without it, now"},
    {.name = "filter",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct logs_options, filter),
     .value = "TEXT",
     .help = "Only lines with this text; or a filter pattern of CloudWatch Logs, if it begins with "
             "{, ?, % or a double quote"},
    {.name = "errors",
     .offset = offsetof(struct logs_options, errors),
     .help = "Only lines that stand out: warnings, errors, failed invocations"},
    {.name = "raw",
     .offset = offsetof(struct logs_options, raw),
     .help = "Print the lines as they were written, byte by byte"},
    {.name = "function",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct logs_options, function),
     .value = "NAME",
     .help = "The function (name or ARN), if not that of the pipeline"},
    {.name = "group",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct logs_options, group),
     .value = "NAME",
     .help = "The log group, if not that of a function"},
    {0},
};

struct logs {
    struct cli *cli;
    const struct logs_options *options;
    const char *function; /* of the pipeline, if it is its log; else NULL */
    struct buf group;
    struct buf pattern;
    int64_t from_ms;
    int64_t until_ms; /* below zero: now */
    struct aws_client *client;
    struct logs_print print;
};

static int take(void *user, const struct logs_event *events, size_t count, struct error *err)
{
    return logs_print_events(&((struct logs *)user)->print, events, count, err);
}

static const char *pattern_of(const struct logs *logs)
{
    return logs->pattern.len ? buf_str(&logs->pattern) : NULL;
}

static int64_t now_ms(void)
{
    return clock_system.now_us(&clock_system) / 1000;
}

static int print_past(struct logs *logs, struct error *err)
{
    const struct logs_filter filter = {
        .group = buf_str(&logs->group),
        .pattern = pattern_of(logs),
        .from_ms = logs->from_ms,
        .until_ms = logs->until_ms < 0 ? now_ms() + AHEAD_MS : logs->until_ms,
        .take = take,
        .user = logs,
    };
    if (logs->cli->json)
        logs_print_begin(&logs->print, filter.group, logs->from_ms, logs->until_ms);
    if (logs_filter_events(logs->client, &filter, err) < 0)
        return -1;
    if (logs->cli->json)
        return logs_print_end(&logs->print, err);
    if (logs->print.count == 0)
        cli_note(logs->cli, "there are no such lines in \"%s\" (--since %s)", filter.group,
                 logs->options->since);
    return 0;
}

static void note(void *user, const char *text)
{
    cli_note(((struct logs *)user)->cli, "%s", text);
}

static bool stop(void *user)
{
    (void)user;
    if (logs_print_is_vain())
        logs_print_give_up();
    return interrupted;
}

/* OpenSSL writes to connections that may be gone. */
static int follow(struct logs *logs, struct error *err)
{
    cleanup_buf struct buf arn = BUF_INIT(BUF_TEXT_CAP);
    struct aws_client live = *logs->client;
    interrupt_catch();
    signal(SIGPIPE, SIG_IGN);
    /* Without its ARN there is no live tail: that is told by the tail itself. */
    log_group_find(logs->client, buf_str(&logs->group), &arn, NULL);
    live.http = cli_http_new(logs->cli, err);
    if (!live.http)
        return -1;
    const struct log_tail tail = {
        .client = logs->client,
        .live = &live,
        .group = buf_str(&logs->group),
        .arn = buf_str(&arn),
        .pattern = pattern_of(logs),
        .from_ms = logs->from_ms,
        .show = take,
        .note = note,
        .stop = stop,
        .user = logs,
    };
    int result = log_tail_run(&tail, err);
    http_client_free(live.http);
    return result;
}

/* Where nothing calls the function, nothing is logged: silence is no sign that all is well. */
static void explain_silence(const struct logs *logs)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (logs->function && log_silence_explain(logs->client, logs->function, &text))
        cli_warning(logs->cli, "%s", next_step(logs->cli, buf_str(&text), &arena));
}

static int show(struct logs *logs, struct error *err)
{
    if (logs->options->follow) {
        explain_silence(logs);
        return follow(logs, err);
    }
    if (print_past(logs, err) < 0)
        return -1;
    explain_silence(logs);
    return 0;
}

static enum logs_form form_of(const struct cli *cli, const struct logs_options *options)
{
    if (cli->json)
        return options->follow ? LOGS_JSON_LINES : LOGS_JSON;
    return options->raw ? LOGS_RAW : LOGS_READABLE;
}

static int run(struct logs *logs, const char *region, struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    struct error why = {0};
    if (aws_access_open(logs->cli, region, &access, err) < 0)
        return -1;
    logs->client = access.client;
    if (logs->options->function &&
        log_group_check_region(logs->options->function, access.client->region, err) < 0)
        return error_prefix(err, "--function");
    logs_print_init(&logs->print, logs->cli, form_of(logs->cli, logs->options));
    logs->print.alarming = logs->options->errors;
    int result = show(logs, &why);
    logs_print_release(&logs->print);
    if (result < 0 && error_is(&why, "ResourceNotFoundException"))
        return log_group_missing(logs->client, buf_str(&logs->group), err);
    if (result < 0 && logs->options->filter && error_is(&why, "InvalidParameterException"))
        error_prefix(&why, "--filter %s", logs->options->filter);
    if (result < 0)
        *err = why;
    return result;
}

static int read_times(struct logs *logs, struct error *err)
{
    const struct logs_options *options = logs->options;
    int64_t now_us = clock_system.now_us(&clock_system);
    if (log_time_parse(options->since, now_us, &logs->from_ms, err) < 0)
        return error_prefix(err, "--since");
    logs->until_ms = -1;
    if (!options->until)
        return 0;
    if (log_time_parse(options->until, now_us, &logs->until_ms, err) < 0)
        return error_prefix(err, "--until");
    if (logs->until_ms < logs->from_ms)
        return error_set(err, ERROR_SETTING, 0, "--until %s is before --since %s", options->until,
                         options->since);
    return 0;
}

static int read_choice(struct logs *logs, const struct stack *stack, struct error *err)
{
    const struct logs_options *options = logs->options;
    if (!options->group && !options->function)
        logs->function = stack->processor.name;
    if (options->group)
        buf_append_str(&logs->group, options->group);
    else
        log_group_of_function(options->function ? options->function : stack->processor.name,
                              &logs->group);
    if (log_group_check(buf_str(&logs->group), err) < 0 || read_times(logs, err) < 0)
        return -1;
    if (options->filter && log_pattern_append(options->filter, &logs->pattern, err) < 0)
        return error_prefix(err, "--filter");
    return 0;
}

static int check_options(const struct cli *cli, const struct logs_options *options)
{
    if (options->group && options->function)
        return cli_misused(cli, "--group and --function exclude each other");
    if (options->raw && cli->json)
        return cli_misused(cli, "--raw and --json exclude each other");
    if (options->follow && options->until)
        return cli_misused(cli, "--follow has no end: it does not go with --until");
    return CLI_DONE;
}

static int logs(struct cli *cli, const void *values, char **args, size_t count)
{
    const struct logs_options *options = values;
    struct logs logs = {.cli = cli,
                        .options = options,
                        .group = BUF_INIT(BUF_TEXT_CAP),
                        .pattern = BUF_INIT(BUF_TEXT_CAP)};
    struct error err = {0};
    cleanup_stack struct stack stack = {0};
    if (count)
        return command_misplaced(cli, "logs", args[0]);
    int status = check_options(cli, options);
    if (status != CLI_DONE)
        return status;
    if (pipeline_file_read(cli, 0, &stack) == PIPELINE_FAILED)
        return CLI_FAILED;
    if (!options->group && !options->function && !stack.processor.name)
        return cli_misused(cli,
                           "which function? There is no %s here, and neither --function NAME nor "
                           "--group NAME",
                           PIPELINE_FILE);
    if (read_choice(&logs, &stack, &err) < 0 || run(&logs, stack.region, &err) < 0)
        status = cli_fail(cli, &err);
    buf_release(&logs.group);
    buf_release(&logs.pattern);
    return status;
}

const struct command command_logs = {
    .name = "logs",
    .summary = "prints the function's log, and follows it",
    .args = "",
    .details = "Prints what the function of the pipeline has written lately, made readable, the "
               "oldest first; with --follow also what it writes from now on. `lorry logs groups` "
               "lists the log groups there are.",
    .args_max = 1, /* which is refused */
    .options = options_table,
    .options_size = sizeof(struct logs_options),
    .run = logs,
};
