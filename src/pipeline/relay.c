#include "pipeline/relay.h"

#include <sys/stat.h>

#include "base/log.h"
#include "pipeline/source.h"

/* The patience with what is only a courtesy. */
#define REFRESH_MS 5000

struct relay {
    const struct relay_config *config;
    struct relay_result *result;
    struct pipeline *pipeline;
    int64_t started_ms;
    int64_t total_bytes;
    uint64_t bytes; /* of the sources that are done with */
    struct source source;

    size_t pending; /* records gathered and not applied yet */
    size_t pending_bytes;
    uint64_t first_line, last_line; /* of what is gathered */

    bool refused; /* under ON_ERROR_RAISE: the first of these failures is kept for the end */
    struct error first_refusal;
};

static bool stopped(const struct relay *relay)
{
    return relay->config->stop && *relay->config->stop;
}

static int64_t elapsed_ms(const struct relay *relay)
{
    struct clock *clock = relay->config->clock;
    return clock->steady_ms(clock) - relay->started_ms;
}

/* -1 as soon as one of the sources is no regular file. */
static int64_t size_of_sources(const struct relay_config *config)
{
    int64_t total = 0;
    for (size_t i = 0; i < config->source_count; i++) {
        struct stat status;
        const char *name = config->sources[i];
        if (strcmp(name, "-") == 0 || stat(name, &status) != 0 || !S_ISREG(status.st_mode))
            return -1;
        total += status.st_size;
    }
    return total;
}

static void show_progress(const struct relay *relay)
{
    if (!relay->config->progress)
        return;
    struct relay_progress progress = {
        .records = relay->result->report.records,
        .bytes = relay->bytes + relay->source.bytes,
        .total_bytes = relay->total_bytes,
        .elapsed_ms = elapsed_ms(relay),
    };
    relay->config->progress(&progress, relay->config->progress_user);
}

static int64_t deadline_of_batch(const struct relay *relay)
{
    struct clock *clock = relay->config->clock;
    int64_t timeout = relay->config->timeout_ms;
    return timeout ? clock->steady_ms(clock) + timeout : 0;
}

/* "file:12" or "file:12-2511", in front of the reason. */
static int locate(struct relay *relay, const struct error *why, struct error *err)
{
    const char *name = relay->source.name;
    unsigned long long first = relay->first_line, last = relay->last_line;
    *err = *why;
    if (first == last)
        return error_prefix(err, "%s:%llu", name, first);
    return error_prefix(err, "%s:%llu-%llu", name, first, last);
}

/* What became of the batch between first_line and last_line. */
static int settle(struct relay *relay, const struct outcome *outcome, const struct report *report,
                  struct error *err)
{
    report_add(&relay->result->report, report);
    show_progress(relay);
    if (outcome->complete)
        return 0;
    struct error failure;
    locate(relay, &outcome->error, &failure);
    if (outcome->refused && relay->config->on_error == ON_ERROR_RAISE) {
        if (!relay->refused)
            relay->first_refusal = failure;
        relay->refused = true;
        return 0;
    }
    if (err)
        *err = failure;
    return -1;
}

static int apply_pending(struct relay *relay, struct error *err)
{
    if (!relay->pending)
        return 0;
    struct outcome outcome = {0};
    struct report report = {0};
    pipeline_run_lines(relay->pipeline, deadline_of_batch(relay), &outcome, &report);
    relay->pending = 0;
    relay->pending_bytes = 0;
    return settle(relay, &outcome, &report, err);
}

static int apply_event(struct relay *relay, const struct source_piece *piece, struct error *err)
{
    if (apply_pending(relay, err) != 0)
        return -1;
    struct outcome outcome = {0};
    struct report report = {0};
    struct error why = {0};
    relay->first_line = relay->last_line = piece->line;
    if (pipeline_run_event(relay->pipeline, piece->bytes, deadline_of_batch(relay), &outcome,
                           &report, &why) != 0) {
        struct error located;
        locate(relay, &why, &located);
        if (err)
            *err = located;
        return -1;
    }
    return settle(relay, &outcome, &report, err);
}

static int add_record(struct relay *relay, const struct source_piece *piece, struct error *err)
{
    if (!relay->pending)
        relay->first_line = piece->line;
    relay->last_line = piece->line;
    pipeline_add_line(relay->pipeline, piece->bytes, view_str(relay->source.name), piece->line);
    relay->pending++;
    relay->pending_bytes += piece->bytes.len;
    if (relay->pending < RELAY_BATCH_RECORDS && relay->pending_bytes < RELAY_BATCH_BYTES)
        return 0;
    return apply_pending(relay, err);
}

/* 1: there may be more; 0: the source is done; -1. */
static int relay_piece(struct relay *relay, struct error *err)
{
    struct source_piece piece;
    struct error why = {0};
    if (source_next(&relay->source, relay->pending > 0, &piece, &why) != 0) {
        /* What came before the trouble is sound. */
        if (apply_pending(relay, err) == 0 && err)
            *err = why;
        return -1;
    }
    switch (piece.kind) {
    case SOURCE_EVENT: return apply_event(relay, &piece, err) == 0 ? 1 : -1;
    case SOURCE_RECORD: return add_record(relay, &piece, err) == 0 ? 1 : -1;
    case SOURCE_PAUSE: return apply_pending(relay, err) == 0 ? 1 : -1;
    case SOURCE_END: break;
    }
    return apply_pending(relay, err);
}

static int relay_source(struct relay *relay, const char *name, struct error *err)
{
    if (source_open(&relay->source, name, err) != 0)
        return -1;
    int more = 1;
    while (more > 0 && !stopped(relay))
        more = relay_piece(relay, err);
    /* What was gathered when the signal came is applied as well: it counts as the current batch. */
    if (more > 0 && apply_pending(relay, err) != 0)
        more = -1;
    relay->result->stopped = more > 0;
    relay->bytes += relay->source.bytes;
    source_close(&relay->source);
    return more < 0 ? -1 : 0;
}

static int relay_sources(struct relay *relay, struct error *err)
{
    const struct relay_config *config = relay->config;
    for (size_t i = 0; i < config->source_count && !relay->result->stopped; i++)
        if (relay_source(relay, config->sources[i], err) != 0)
            return -1;
    if (!relay->refused)
        return 0;
    if (err)
        *err = relay->first_refusal;
    return -1;
}

/* Whoever looks at the table next should find what was reported; it is applied in any case. */
static void show_rows(const struct relay *relay)
{
    struct sink *sink = relay->config->sink;
    struct clock *clock = relay->config->clock;
    struct error why = {0};
    if (sink->ops->refresh && relay->result->report.written &&
        sink->ops->refresh(sink, clock->steady_ms(clock) + REFRESH_MS, &why) != 0)
        log_debug("%s", why.message);
}

int relay_run(const struct relay_config *config, struct relay_result *result, struct error *err)
{
    *result = (struct relay_result){.report.iterator_age_ms = -1};
    struct relay relay = {
        .config = config,
        .result = result,
        .started_ms = config->clock->steady_ms(config->clock),
        .total_bytes = size_of_sources(config),
        .pipeline = pipeline_new(&(struct pipeline_config){
            .sink = config->sink,
            .clock = config->clock,
            .on_error = config->on_error,
            .letter_level = LOG_INFO,
            .hook = config->hook,
            .stop = config->stop,
        }),
    };
    int status = relay_sources(&relay, err);
    if (status == 0 && !result->stopped)
        show_rows(&relay);
    source_close(&relay.source);
    pipeline_free(relay.pipeline);
    result->elapsed_ms = elapsed_ms(&relay);
    return status;
}
