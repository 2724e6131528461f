#include "cli/command.h"

#include "aws/cloudformation.h"
#include "aws/lambda.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/plural.h"
#include "cli/aws_access.h"
#include "cli/interrupt.h"
#include "cli/pipeline_file.h"
#include "cli/replay_report.h"
#include "cli/sink_options.h"
#include "lambda/settings.h"
#include "pipeline/replay_s3.h"
#include "stack/log_choice.h"

/* The patience with what is only a courtesy. */
#define REFRESH_MS 5000
#define US_PER_HOUR INT64_C(3600000000)
#define RETENTION_VARIABLE "SINK_TOMBSTONE_RETENTION"

enum source { SOURCE_ALL, SOURCE_TABLE, SOURCE_S3, SOURCE_QUEUE };

struct replay_options {
    struct sink_options sink;
    bool list, dry_run, force, yes;
    int source; /* enum source */
    const char *from;
    const char *reason, *since, *until, *limit;
    int64_t timeout_ms;
};

/* In the order of enum source. */
static const char *const source_choices[] = {"all", "table", "s3", "queue", NULL};

static const struct cli_option options_table[] = {
    SINK_URL_OPTION(struct replay_options),
    SINK_TABLE_OPTION(struct replay_options),
    SINK_PASSWORD_OPTION(struct replay_options),
    SINK_COLUMN_TYPES_OPTION(struct replay_options),
    {.name = "list",
     .letter = 'l',
     .offset = offsetof(struct replay_options, list),
     .help = "Only show what is set aside"},
    {.name = "dry-run",
     .letter = 'n',
     .offset = offsetof(struct replay_options, dry_run),
     .help = "Only say what could be applied, what is still refused, and what would be held back"},
    {.name = "source",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct replay_options, source),
     .value = "WHICH",
     .help = "Where to look: table is NAME_dead_letters of the sink; s3 and queue are what the "
             "pipeline's `on-failure` names; all of them otherwise",
     .standard = "all",
     .choices = source_choices},
    {.name = "from",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct replay_options, from),
     .value = "URL",
     .help = "Take the objects below s3://BUCKET/PREFIX, and nothing else"},
    {.name = "reason",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct replay_options, reason),
     .value = "TEXT",
     .help = "Only what was set aside for a reason that has this text in it"},
    {.name = "since",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct replay_options, since),
     .value = "TIME",
     .help = "Only what was set aside since then: 2h, 7d, or 2026-11-23T22:10:33Z"},
    {.name = "until",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct replay_options, until),
     .value = "TIME",
     .help = "Only what was set aside before then"},
    {.name = "limit",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct replay_options, limit),
     .value = "COUNT",
     .help = "Stop after so many records; an object in S3 is taken whole"},
    {.name = "force",
     .offset = offsetof(struct replay_options, force),
     .help = "Apply also what would be held back"},
    {.name = "yes",
     .letter = 'y',
     .offset = offsetof(struct replay_options, yes),
     .help = "Do not ask, should the pipeline have a processor of its own"},
    {.name = "timeout",
     .kind = OPTION_DURATION,
     .offset = offsetof(struct replay_options, timeout_ms),
     .value = "TIME",
     .help = "How long a batch is tried again while the sink is in trouble; 0: for ever",
     .standard = "60s"},
    {0},
};

struct job {
    struct cli *cli;
    struct replay_options options;
    struct replay_filter filter;
    struct stack stack;
    bool has_stack;
    struct aws_access aws;
    struct s3_location place; /* bucket NULL: none */
    struct buf queue;         /* URL; empty: none */
    uint64_t odd_messages;    /* of the queue, that cannot be read */
    struct sink_access access;
    struct replay_report report;
};

static void job_release(struct job *job)
{
    replay_report_release(&job->report);
    sink_access_release(&job->access);
    s3_location_release(&job->place);
    buf_release(&job->queue);
    aws_access_release(&job->aws);
    stack_release(&job->stack);
}

static bool looks_at(const struct job *job, enum source source)
{
    int chosen = job->options.source;
    if (job->options.from)
        return source == SOURCE_S3;
    return chosen == SOURCE_ALL || chosen == (int)source;
}

/* ---- options ---- */

static int read_time(const char *name, const char *text, int64_t *us, struct error *err)
{
    int64_t ms;
    if (!text)
        return 0;
    if (log_time_parse(text, clock_system.now_us(&clock_system), &ms, err) < 0)
        return error_prefix(err, "--%s", name);
    *us = ms * 1000;
    return 0;
}

static int read_filter(struct job *job, struct error *err)
{
    const struct replay_options *options = &job->options;
    int64_t limit = 0;
    job->filter.reason = view_str(options->reason);
    if (options->limit && parse_int64(view_str(options->limit), 1, INT64_MAX, &limit, err) < 0)
        return error_prefix(err, "--limit");
    job->filter.limit = (uint64_t)limit;
    if (read_time("since", options->since, &job->filter.since_us, err) < 0 ||
        read_time("until", options->until, &job->filter.until_us, err) < 0)
        return -1;
    if (options->since && options->until && job->filter.until_us < job->filter.since_us)
        return error_set(err, ERROR_SETTING, 0, "--until %s is before --since %s", options->until,
                         options->since);
    return 0;
}

static int check_options(const struct job *job)
{
    const struct replay_options *options = &job->options;
    if (options->list && options->dry_run)
        return cli_misused(job->cli, "--list and --dry-run exclude each other");
    if (options->list && options->force)
        return cli_misused(job->cli, "--list applies nothing: leave --force out");
    if (options->from && options->source != SOURCE_ALL && options->source != SOURCE_S3)
        return cli_misused(job->cli, "--from is a place in S3: --source %s does not go with it",
                           source_choices[options->source]);
    return CLI_DONE;
}

/* ---- sources ---- */

/* Who names the sink by hand means that, and not what else the folder's pipeline has. */
static int read_pipeline(struct job *job)
{
    const struct replay_options *options = &job->options;
    bool asked = job->cli->file || options->source == SOURCE_S3 || options->source == SOURCE_QUEUE;
    if (options->from || options->source == SOURCE_TABLE || (options->sink.url && !asked))
        return CLI_DONE;
    enum pipeline_file file =
        pipeline_file_read(job->cli, asked ? PIPELINE_REQUIRED : 0, &job->stack);
    if (file == PIPELINE_FAILED)
        return CLI_FAILED;
    job->has_stack = file == PIPELINE_READ;
    if (job->has_stack)
        job->options.sink.stack = &job->stack;
    return CLI_DONE;
}

static int find_deployed(struct job *job, struct error *err)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    struct cfn_stack stack = {0};
    stack_name(&job->stack, &name);
    int found = cfn_describe_stack(job->aws.client, buf_str(&name), &stack, err);
    if (found < 0)
        return error_prefix(err, "what Lambda gave up on cannot be looked for (--source table "
                                 "leaves it out)");
    if (!found && job->options.source != SOURCE_ALL)
        return error_set(err, ERROR_INPUT, 0, "the pipeline is not deployed: there is no stack %s",
                         buf_str(&name));
    if (!found)
        return 0;
    const char *bucket = cfn_value(stack.outputs, stack.output_count, "FailureBucketName");
    const char *queue = cfn_value(stack.outputs, stack.output_count, "FailureQueueUrl");
    if (bucket)
        job->place = (struct s3_location){xstrdup(bucket), xstrdup(LAMBDA_FAILURE_PREFIX)};
    buf_append_str(&job->queue, queue ? queue : "");
    cfn_stack_release(&stack);
    return 0;
}

/* A source that was asked for by name has to be there. */
static int check_sources(const struct job *job, struct error *err)
{
    static const char *const hints[] = {[SOURCE_S3] = "failure bucket (`on-failure: s3`)",
                                        [SOURCE_QUEUE] = "failure queue (`on-failure: sqs`)"};
    int source = job->options.source;
    bool there = source == SOURCE_S3 ? job->place.bucket != NULL : job->queue.len > 0;
    if (job->options.from || source == SOURCE_ALL || source == SOURCE_TABLE || there)
        return 0;
    return error_set(err, ERROR_INPUT, 0, "the deployed pipeline has no %s", hints[source]);
}

static int find_sources(struct job *job, struct error *err)
{
    const char *from = job->options.from;
    bool anywhere = from || (job->has_stack && job->options.source != SOURCE_TABLE);
    if (from && s3_location_parse(from, &job->place, err) < 0)
        return error_prefix(err, "--from");
    if (!anywhere)
        return 0;
    if (aws_access_open(job->cli, job->has_stack ? job->stack.region : NULL, &job->aws, err) < 0)
        return -1;
    job->options.sink.aws = job->aws.client;
    if (!from && find_deployed(job, err) < 0)
        return -1;
    return check_sources(job, err);
}

/* That of the sink, or of what Lambda gave up on. */
static const struct stack *stack_of(const struct job *job)
{
    return job->access.stack ? job->access.stack : job->options.sink.stack;
}

/* What such a processor alters or drops would be applied as it was delivered. */
static int agree_to_go_around(const struct job *job)
{
    const struct stack *stack = stack_of(job);
    if (job->report.mode != REPLAY_MODE_APPLY || !stack || !stack->processor.entrypoint)
        return CLI_DONE;
    cli_warning(job->cli,
                "the pipeline has a processor of its own (%s), whose callback is not run here: "
                "changes are applied as they were delivered",
                stack->processor.entrypoint);
    return cli_confirm(job->cli, job->options.yes, "Apply them like that?");
}

static const char *retention_of(const struct stack *stack)
{
    const char *value = getenv(RETENTION_VARIABLE);
    for (size_t i = 0; !(value && *value) && stack && i < stack->processor.environment_count; i++)
        if (strcmp(stack->processor.environment[i].name, RETENTION_VARIABLE) == 0)
            value = stack->processor.environment[i].value;
    return value && *value ? value : NULL;
}

/* As the processor of the pipeline has it. */
static int read_retention(const struct job *job, int64_t *retention_us, struct error *err)
{
    const struct stack *stack = stack_of(job);
    const char *value = retention_of(stack);
    if (!value && stack) {
        *retention_us = stack_tombstone_hours(stack) * US_PER_HOUR;
        return 0;
    }
    if (settings_read_retention(view_str(value ? value : SETTINGS_RETENTION), retention_us, err) <
        0)
        return error_prefix(err, RETENTION_VARIABLE);
    return 0;
}

/* ---- running ---- */

static int show_queue(struct job *job, struct error *err)
{
    struct replay_queue queue = {
        .client = job->aws.client,
        .url = buf_str(&job->queue),
        .filter = &job->filter,
        .take = replay_report_range,
        .user = &job->report,
    };
    if (replay_queue_show(&queue, err) < 0)
        return -1;
    job->report.more_ranges = queue.more;
    job->odd_messages = queue.unreadable;
    if (queue.unreadable)
        cli_warning(job->cli, "%llu message%s of the queue %s no invocation record%s of Lambda",
                    (unsigned long long)queue.unreadable, plural_s((int64_t)queue.unreadable),
                    queue.unreadable == 1 ? "is" : "are", plural_s((int64_t)queue.unreadable));
    return 0;
}

static int run_sources(struct job *job, struct replay *replay, struct error *err)
{
    const struct replay_run run = {
        .filter = &job->filter,
        .list = job->options.list,
        .on_item = replay_report_item,
        .on_batch = replay_report_batch,
        .user = &job->report,
        .totals = &job->report.totals,
    };
    if (looks_at(job, SOURCE_TABLE) && replay_table(replay, &run, err) < 0)
        return -1;
    if (looks_at(job, SOURCE_S3) && job->place.bucket &&
        replay_s3(replay, &run, job->aws.client, &job->place, err) < 0)
        return -1;
    return looks_at(job, SOURCE_QUEUE) && job->queue.len ? show_queue(job, err) : 0;
}

/* Whoever looks at the table next should find what was reported; it is applied in any case. */
static void show_rows(const struct job *job)
{
    struct sink *sink = job->access.sink;
    if (sink->ops->refresh && job->report.totals.verdicts[REPLAY_WRITTEN])
        sink->ops->refresh(sink, clock_system.steady_ms(&clock_system) + REFRESH_MS, NULL);
}

/* Where there is nothing, one may have looked for the wrong table. */
static void explain_nothing(const struct job *job)
{
    struct table_info info = {0};
    const struct table_name *name = &job->access.table;
    if (job->report.totals.records || !looks_at(job, SOURCE_TABLE) ||
        job->access.sink->ops->show(job->access.sink, &info, NULL) < 0)
        return;
    if (!info.exists && info.dead_letters <= 0)
        cli_warning(job->cli, "there is no table %s%s%s in %s, and no dead letters of it",
                    name->schema ? name->schema : "", name->schema ? "." : "", name->table,
                    buf_str(&job->access.public_url));
    table_info_release(&info);
}

static int run(struct job *job, struct error *err)
{
    int64_t retention_us = 0;
    if (read_retention(job, &retention_us, err) < 0)
        return -1;
    struct replay *replay = replay_new(&(struct replay_config){
        .sink = job->access.sink,
        .clock = &clock_system,
        .retention_us = retention_us,
        .timeout_ms = job->options.timeout_ms,
        .force = job->options.force,
        .dry_run = job->options.dry_run,
        .stop = &interrupted,
    });
    interrupt_catch();
    int result = run_sources(job, replay, err);
    job->report.stopped = replay_stopped(replay);
    show_rows(job);
    replay_free(replay);
    if (result == 0)
        explain_nothing(job);
    return result;
}

/* Whether everything that was wanted is dealt with; looking alone deals with nothing. */
static bool is_spotless(const struct job *job)
{
    const struct replay_totals *totals = &job->report.totals;
    if (job->report.stopped)
        return false;
    if (job->report.mode != REPLAY_MODE_APPLY)
        return true;
    return totals->verdicts[REPLAY_REFUSED] + totals->verdicts[REPLAY_HELD] +
               totals->unreadable_objects + job->report.ranges + job->odd_messages ==
           0;
}

static int conclude(struct job *job, bool failed, const struct error *why)
{
    struct error err = {0};
    job->report.public_url = buf_str(&job->access.public_url);
    job->report.table = &job->access.table;
    job->report.failure = failed ? why->message : NULL;
    if (replay_report_end(&job->report, &err) < 0)
        return cli_fail(job->cli, &err);
    if (failed) {
        int status = sink_access_fail(job->cli, &job->access, why);
        if (job->report.mode == REPLAY_MODE_APPLY && job->report.totals.records)
            cli_note(job->cli, "it can be run again: what was applied stays as it is");
        return status;
    }
    if (job->report.stopped)
        cli_error(job->cli, "interrupted; it can be run again: what was applied stays as it is");
    return is_spotless(job) ? CLI_DONE : CLI_FAILED;
}

static int open_and_run(struct job *job)
{
    struct error err = {0};
    if (read_filter(job, &err) < 0)
        return cli_fail(job->cli, &err);
    int status = read_pipeline(job);
    if (status != CLI_DONE)
        return status;
    bool applies = job->report.mode == REPLAY_MODE_APPLY;
    if (find_sources(job, &err) < 0 ||
        sink_access_open(job->cli, &job->options.sink, true, applies, &job->access, &err) < 0)
        return cli_fail(job->cli, &err);
    status = agree_to_go_around(job);
    if (status != CLI_DONE)
        return status;
    bool failed = run(job, &err) < 0;
    return conclude(job, failed, &err);
}

static int replay(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    struct job job = {.cli = cli, .options = *(const struct replay_options *)values};
    int status = check_options(&job);
    if (status != CLI_DONE)
        return status;
    job.queue = BUF_INIT(BUF_TEXT_CAP);
    replay_report_init(&job.report, cli);
    job.report.mode = job.options.list      ? REPLAY_MODE_LIST
                      : job.options.dry_run ? REPLAY_MODE_DRY_RUN
                                            : REPLAY_MODE_APPLY;
    status = open_and_run(&job);
    job_release(&job);
    return status;
}

const struct command command_replay = {
    .name = "replay",
    .summary = "sends what was set aside through the processing again",
    .args = "",
    .details =
        "Applies dead letters again, with the same guard as the record processor: those of the "
        "sink's table NAME_dead_letters, and the records that Lambda gave up on, in the failure "
        "bucket of the pipeline. What is dealt with is deleted there, and only that; a change that "
        "was overtaken counts as dealt with. It is safe to do it again at any time.\n"
        "\n"
        "Held back, unless --force, is a change that is older than the tombstones that are kept "
        "and whose key has no row: the item may have been removed since. A failure queue has no "
        "records, only where in the stream they are: that is shown, with the time until the "
        "stream forgets them.",
    .options = options_table,
    .options_size = sizeof(struct replay_options),
    .run = replay,
};
