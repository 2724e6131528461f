#include "lambda/processor.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "lambda/metrics.h"
#include "lambda/runtime.h"
#include "lambda/settings.h"
#include "sink/password.h"
#include "sink/sink.h"
#include "json/writer.h"

#define SECRET_TIMEOUT_MS 5000
#define ANSWER_RESERVE_MS 1000

struct processor {
    const struct processor_config *config;
    struct settings settings;
    struct runtime runtime;
    struct aws_client aws;
    struct password_source *password; /* NULL: that of the URL */
    struct sink_config sink_config;
    struct sink *sink;
    struct pipeline *pipeline;
};

/* What an invocation leads to: go on, or the exit status. */
#define GO_ON (-1)

int64_t processor_deadline(struct clock *clock, int64_t deadline_ms)
{
    if (!deadline_ms)
        return 0;
    int64_t left_ms = deadline_ms - clock->now_us(clock) / 1000;
    int64_t reserve_ms = left_ms / 10 > ANSWER_RESERVE_MS ? left_ms / 10 : ANSWER_RESERVE_MS;
    int64_t deadline = clock->steady_ms(clock) + left_ms - reserve_ms;
    /* 0 would mean that there is none. */
    return deadline > 0 ? deadline : 1;
}

static const char *environment(const struct processor *processor, const char *name)
{
    const char *value = processor->config->environment(name);
    return value ? value : "";
}

static void open_sink(struct processor *processor, struct buf *problems)
{
    const struct settings *settings = &processor->settings;
    struct error err;
    if (!settings->sink_url.scheme || !settings->sink_table.table)
        return; /* which is a problem already */
    processor->sink_config = (struct sink_config){
        .url = &settings->sink_url,
        .table = settings->sink_table,
        .password = processor->password,
        .types = settings->column_types,
        .create_table = settings->create_table,
        .http = processor->config->http,
        .clock = processor->config->clock,
    };
    if (sink_open(&processor->sink_config, &processor->sink, &err) < 0)
        buf_printf(problems, "%s: %s\n", settings->sink_url_variable, err.message);
}

/* Puts everything together, connects to nothing. */
static void start(struct processor *processor, struct buf *problems)
{
    const struct processor_config *config = processor->config;
    struct settings *settings = &processor->settings;
    settings_load(settings, config->environment, problems);
    log_configure(&(struct log_setup){LOG_JSON, settings->log_level, settings->sql_echo});
    processor->runtime = (struct runtime){config->http, config->runtime_api};
    processor->aws = (struct aws_client){
        .http = config->http,
        .credentials = config->credentials,
        .clock = config->clock,
        .region = aws_region_environment(),
        .timeout_ms = SECRET_TIMEOUT_MS,
    };
    const struct password_place place = {
        .password = settings->password,
        .secret = settings->secret,
        .parameter = settings->parameter,
        .secret_key = settings->secret_key,
        .setting = settings->secret      ? "SINK_PASSWORD_SECRET"
                   : settings->parameter ? "SINK_PASSWORD_SSM"
                                         : "SINK_PASSWORD",
        .key_setting = "SINK_PASSWORD_SECRET_KEY",
    };
    processor->password = password_new(&place, &processor->aws);
    open_sink(processor, problems);
    processor->pipeline = pipeline_new(&(struct pipeline_config){
        .sink = processor->sink,
        .clock = config->clock,
        .on_error = settings->on_error,
        /* Nobody waits for the end of it, to be told of its table. */
        .letter_level = LOG_WARNING,
        .hook = config->hook,
        .purge_retention_us = settings->tombstone_retention_us,
    });
}

static void stop(struct processor *processor)
{
    pipeline_free(processor->pipeline);
    sink_close(processor->sink);
    password_free(processor->password);
    settings_release(&processor->settings);
}

static int refuse_settings(struct processor *processor, struct buf *problems)
{
    problems->len--; /* the last line end */
    struct view rest = buf_view(problems);
    while (rest.len) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        log_error("%.*s", (int)len, rest.ptr);
        rest = view_skip(rest, len + 1);
    }
    cleanup_free char *message = xstrndup(problems->ptr, problems->len);
    struct error err;
    if (runtime_init_error(&processor->runtime, "Lorry.WrongSetting", message, &err) != RUNTIME_OK)
        log_error("%s", err.message);
    return EXIT_WRONG_SETTING;
}

static void write_metrics(const struct processor *processor, const struct invocation *invocation,
                          const struct report *report)
{
    struct clock *clock = processor->config->clock;
    const char *name = environment(processor, "AWS_LAMBDA_FUNCTION_NAME");
    cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
    metrics_append(
        &(struct metrics){.function_name = view_str(*name ? name : "lorry-processor"),
                          .request_id = invocation->request_id,
                          .log_level = view_str(environment(processor, "AWS_LAMBDA_LOG_LEVEL")),
                          .time_us = clock->now_us(clock),
                          .report = report},
        &line);
    log_json_line(buf_view(&line));
}

/* Why an invocation fails, as it is answered. */
struct failure {
    const char *type;
    const char *advice;
};

static struct failure classify(const struct outcome *outcome)
{
    if (outcome->refused)
        return (struct failure){"Lorry.RecordsRefused",
                                "ON_ERROR=dead-letter would set such records aside"};
    if (outcome->error.retry || outcome->error.domain == ERROR_NET)
        return (struct failure){"Lorry.SinkUnavailable",
                                "nothing is lost: the batch has to be delivered again"};
    return (struct failure){"Lorry.SinkRefused",
                            "nothing is lost: the batch has to be delivered again once this is "
                            "mended"};
}

static enum runtime_state respond_open(struct processor *processor,
                                       const struct invocation *invocation, struct view identifier,
                                       struct error *err)
{
    cleanup_buf struct buf json = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer writer;
    json_writer_init(&writer, &json);
    json_begin_object(&writer);
    json_put_name(&writer, VIEW("batchItemFailures"));
    json_begin_array(&writer);
    if (identifier.len) {
        json_begin_object(&writer);
        json_member_string(&writer, "itemIdentifier", identifier);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return runtime_respond(&processor->runtime, invocation, buf_view(&json), err);
}

static enum runtime_state answer(struct processor *processor, const struct invocation *invocation,
                                 const struct outcome *outcome, struct error *err)
{
    if (outcome->complete)
        return respond_open(processor, invocation, (struct view){0}, err);
    struct failure failure = classify(outcome);
    cleanup_buf struct buf message = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&message, "%s; %s", outcome->error.message, failure.advice);
    log_error("%s", buf_str(&message));
    if (processor->settings.report_failures && outcome->identifier.len && !outcome->refused)
        return respond_open(processor, invocation, outcome->identifier, err);
    return runtime_fail(&processor->runtime, invocation, failure.type, buf_str(&message), err);
}

static int next_step(enum runtime_state state, const struct error *err)
{
    if (state != RUNTIME_GONE)
        return GO_ON;
    log_error("%s", err->message);
    return EXIT_FAILURE;
}

static int handle(struct processor *processor, const struct invocation *invocation)
{
    struct outcome outcome = {0};
    struct report report = {0};
    struct error err = {0};
    int64_t deadline = processor_deadline(processor->config->clock, invocation->deadline_ms);
    if (pipeline_run_event(processor->pipeline, invocation->event, deadline, &outcome, &report,
                           &err) < 0) {
        log_error("%s", err.message);
        char message[ERROR_MESSAGE_SIZE];
        memcpy(message, err.message, sizeof(message));
        return next_step(
            runtime_fail(&processor->runtime, invocation, "Lorry.NotAnEvent", message, &err), &err);
    }
    write_metrics(processor, invocation, &report);
    if (!outcome.complete && processor->settings.on_error == ON_ERROR_EXIT) {
        int status = outcome.refused ? EXIT_RECORD_REFUSED : EXIT_NO_DATABASE;
        log_error("%s; ON_ERROR=exit: ending with %d", outcome.error.message, status);
        return status;
    }
    return next_step(answer(processor, invocation, &outcome, &err), &err);
}

static int step(struct processor *processor)
{
    cleanup_invocation struct invocation invocation = {0};
    struct error err = {0};
    enum runtime_state state = runtime_next(&processor->runtime, &invocation, &err);
    if (state != RUNTIME_OK)
        return next_step(state, &err);
    log_set_request(invocation.request_id);
    int result = handle(processor, &invocation);
    log_set_request((struct view){0});
    return result;
}

static int loop(struct processor *processor)
{
    const struct settings *settings = &processor->settings;
    if (settings->use_batch_processing && !settings->report_failures)
        log_warning(
            "USE_BATCH_PROCESSING alone fails batches whole: where the event source mapping "
            "has ReportBatchItemFailures, set REPORT_BATCH_ITEM_FAILURES=true");
    int status = GO_ON;
    while (status == GO_ON)
        status = step(processor);
    return status;
}

int processor_run(const struct processor_config *config)
{
    struct processor processor = {.config = config};
    cleanup_buf struct buf problems = BUF_INIT(BUF_TEXT_CAP);
    start(&processor, &problems);
    int status = problems.len ? refuse_settings(&processor, &problems) : loop(&processor);
    stop(&processor);
    return status;
}
