#include "pipeline/pipeline.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "pipeline/fold.h"
#include "pipeline/retry.h"

/* Tombstones are looked for at the first batch of a process, then about once an hour. */
#define PURGE_INTERVAL_MS ((int64_t)3600 * 1000)
/* and only if this much time is left before the deadline. */
#define PURGE_TIME_MS 2000

struct pipeline {
    struct pipeline_config config;
    struct batch batch;
    bool applied;          /* what is in the batch was dealt with; the next line begins a new one */
    int64_t next_purge_ms; /* 0: at once */
};

/* A record of the batch that cannot be applied. */
struct misfit {
    const struct record *record;
    const char *reason;
};

/* One batch on its way. */
struct run {
    struct pipeline *pipeline;
    struct batch *batch;
    int64_t deadline;
    struct fold fold;
    struct sink_row *rows;  /* one per key: rows[k] is that of fold.keys[k] */
    struct misfit *misfits; /* at most one per record */
    size_t misfit_count;
    size_t poison_count; /* the first of them: known before anything is written */
    bool misfits_kept;   /* durably */
};

int on_error_parse(struct view text, enum on_error *on_error)
{
    static const struct view names[] = {
        [ON_ERROR_DEAD_LETTER] = VIEW("dead-letter"),
        [ON_ERROR_IGNORE] = VIEW("ignore"),
        [ON_ERROR_RAISE] = VIEW("raise"),
        [ON_ERROR_EXIT] = VIEW("exit"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (view_equal(names[i], text)) {
            *on_error = (enum on_error)i;
            return 0;
        }
    return -1;
}

void report_add(struct report *total, const struct report *batch)
{
    total->records += batch->records;
    total->written += batch->written;
    total->stale += batch->stale;
    total->duplicates += batch->duplicates;
    total->dropped += batch->dropped;
    total->dead_letters += batch->dead_letters;
    total->ignored += batch->ignored;
    total->raised += batch->raised;
    total->bytes += batch->bytes;
    total->purged += batch->purged;
    total->sink_ms += batch->sink_ms;
    if (batch->newest_version > total->newest_version)
        total->newest_version = batch->newest_version;
    total->iterator_age_ms = batch->iterator_age_ms;
}

struct pipeline *pipeline_new(const struct pipeline_config *config)
{
    struct pipeline *pipeline = xcalloc(1, sizeof(*pipeline));
    pipeline->config = *config;
    batch_init(&pipeline->batch, config->hook);
    return pipeline;
}

void pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline)
        return;
    batch_release(&pipeline->batch);
    free(pipeline);
}

static void add_misfit(struct run *run, const struct record *record, const char *reason)
{
    run->misfits[run->misfit_count++] = (struct misfit){record, reason};
}

/* Folds the batch and lays out one row per key. */
static void prepare(struct run *run)
{
    struct batch *batch = run->batch;
    fold_init(&run->fold, batch);
    run->rows = arena_calloc(&batch->arena, run->fold.count, sizeof(*run->rows));
    run->misfits = arena_calloc(&batch->arena, batch->count, sizeof(*run->misfits));
    for (size_t k = 0; k < run->fold.count; k++)
        run->rows[k].change = run->fold.keys[k].changes[0];
    for (size_t i = 0; i < batch->count; i++)
        if (batch->records[i].reason)
            add_misfit(run, &batch->records[i], batch->records[i].reason);
    run->poison_count = run->misfit_count;
}

/* Nothing of what was written is durable: start again from the first row. */
static void start_over(struct run *run)
{
    for (size_t k = 0; k < run->fold.count; k++) {
        run->fold.keys[k].current = 0;
        run->rows[k] = (struct sink_row){.change = run->fold.keys[k].changes[0]};
    }
    run->misfit_count = run->poison_count;
}

/* A refused row makes its change a misfit and gives the next older one of that key its place. True
 * if there is one. */
static bool fall_back(struct run *run, size_t k)
{
    struct fold_key *key = &run->fold.keys[k];
    struct sink_row *row = &run->rows[k];
    struct view reason = arena_copy(&run->batch->arena, view_str(row->reason));
    add_misfit(run, &run->batch->records[row->change->position], reason.ptr);
    if (++key->current == key->count)
        return false;
    *row = (struct sink_row){.change = key->changes[key->current]};
    return true;
}

/* Writes the rows from `first` on; those refused fall back until nothing is pending. Pending rows
 * are kept together in front for the next call, so that each round is as large as it can be. */
static int write_rows(struct run *run, struct error *err)
{
    struct sink *sink = run->pipeline->config.sink;
    size_t *pending = arena_calloc(&run->batch->arena, run->fold.count, sizeof(*pending));
    struct sink_row *rows = arena_calloc(&run->batch->arena, run->fold.count, sizeof(*rows));
    for (bool again = true; again;) {
        size_t count = 0;
        for (size_t k = 0; k < run->fold.count; k++)
            if (run->rows[k].state == ROW_PENDING)
                pending[count++] = k;
        for (size_t i = 0; i < count; i++)
            rows[i] = run->rows[pending[i]];
        int result = count ? sink->ops->write(sink, rows, count, run->deadline, err) : 0;
        for (size_t i = 0; i < count; i++)
            run->rows[pending[i]] = rows[i];
        again = false;
        for (size_t i = 0; i < count; i++)
            if (rows[i].state == ROW_REFUSED)
                again |= fall_back(run, pending[i]);
        if (result < 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            assert(rows[i].state != ROW_PENDING);
    }
    return 0;
}

static int keep_misfits(struct run *run, struct error *err)
{
    struct sink *sink = run->pipeline->config.sink;
    if (run->pipeline->config.on_error != ON_ERROR_DEAD_LETTER || run->misfit_count == 0)
        return 0;
    struct dead_letter *letters =
        arena_calloc(&run->batch->arena, run->misfit_count, sizeof(*letters));
    for (size_t i = 0; i < run->misfit_count; i++) {
        const struct record *record = run->misfits[i].record;
        letters[i] = (struct dead_letter){
            .stream = record->stream,
            .shard = record->shard,
            .sequence = batch_record_sequence(run->batch, record),
            .reason = view_str(run->misfits[i].reason),
            .record = record->raw,
        };
    }
    return sink->ops->keep_dead(sink, letters, run->misfit_count, run->deadline, err);
}

/* One try to make everything durable. */
static int apply_once(struct run *run, struct error *err)
{
    struct sink *sink = run->pipeline->config.sink;
    const struct change *sample = run->fold.count ? run->rows[0].change : NULL;
    if (sink->ops->begin(sink, sample, run->deadline, err) < 0)
        return -1;
    if (write_rows(run, err) < 0 || keep_misfits(run, err) < 0 ||
        sink->ops->commit(sink, run->deadline, err) < 0) {
        sink->ops->rollback(sink);
        return -1;
    }
    run->misfits_kept = true;
    return 0;
}

static int apply(struct run *run, struct error *err)
{
    const struct pipeline_config *config = &run->pipeline->config;
    bool keeps = config->on_error == ON_ERROR_DEAD_LETTER;
    if (run->fold.count == 0 && (!keeps || run->misfit_count == 0)) {
        run->misfits_kept = true;
        return 0;
    }
    struct retry retry;
    retry_init(&retry, config->clock, run->deadline, config->stop);
    while (apply_once(run, err) < 0) {
        if (config->sink->ops->transactional)
            start_over(run);
        if (!err->retry || !retry_wait(&retry))
            return -1;
        log_warning("the sink failed, trying again: %s", err->message);
    }
    return 0;
}

/* Whether every change of the key has been dealt with. */
static bool key_done(const struct run *run, size_t k)
{
    enum row_state state = run->rows[k].state;
    return state == ROW_WRITTEN || state == ROW_STALE || state == ROW_REFUSED;
}

/* The lowest position that was not dealt with durably; the number of records if all were. */
static size_t first_open(const struct run *run)
{
    size_t first = run->batch->count;
    for (size_t k = 0; k < run->fold.count; k++)
        for (size_t i = 0; !key_done(run, k) && i < run->fold.keys[k].count; i++)
            if (run->fold.keys[k].changes[i]->position < first)
                first = run->fold.keys[k].changes[i]->position;
    enum on_error on_error = run->pipeline->config.on_error;
    bool handled =
        on_error == ON_ERROR_IGNORE || (on_error == ON_ERROR_DEAD_LETTER && run->misfits_kept);
    for (size_t i = 0; !handled && i < run->misfit_count; i++) {
        size_t position = (size_t)(run->misfits[i].record - run->batch->records);
        if (position < first)
            first = position;
    }
    return first;
}

static void count_keys(const struct run *run, struct report *report)
{
    for (size_t k = 0; k < run->fold.count; k++) {
        const struct fold_key *key = &run->fold.keys[k];
        if (!key_done(run, k) || run->rows[k].state == ROW_REFUSED)
            continue;
        size_t folded = key->count - key->current - 1;
        size_t duplicates = fold_duplicates(key, key->current);
        report->duplicates += duplicates;
        report->stale += folded - duplicates + (run->rows[k].state == ROW_STALE);
        report->written += run->rows[k].state == ROW_WRITTEN;
        int64_t version = key->changes[key->current]->version;
        if (version > report->newest_version)
            report->newest_version = version;
    }
}

static void count_misfits(const struct run *run, struct report *report)
{
    switch (run->pipeline->config.on_error) {
    case ON_ERROR_DEAD_LETTER:
        report->dead_letters += run->misfits_kept ? run->misfit_count : 0;
        break;
    case ON_ERROR_IGNORE: report->ignored += run->misfit_count; break;
    case ON_ERROR_RAISE:
    case ON_ERROR_EXIT: report->raised += run->misfit_count; break;
    }
}

static void count_input(const struct run *run, struct report *report)
{
    const struct batch *batch = run->batch;
    report->records += batch->count;
    report->iterator_age_ms = -1;
    for (size_t i = 0; i < batch->count; i++)
        report->dropped += !batch->records[i].change && !batch->records[i].reason;
    int64_t arrival = batch->count ? batch_arrival_ms(&batch->records[batch->count - 1]) : 0;
    struct clock *clock = run->pipeline->config.clock;
    if (!arrival)
        return;
    /* Clocks differ: what has just come may seem to come from the future. */
    int64_t age_ms = clock->now_us(clock) / 1000 - arrival;
    report->iterator_age_ms = age_ms > 0 ? age_ms : 0;
}

/* Removes old tombstones, seldom; its failure is not the batch's. */
static void purge(struct run *run, struct report *report)
{
    struct pipeline *pipeline = run->pipeline;
    const struct pipeline_config *config = &pipeline->config;
    struct clock *clock = config->clock;
    int64_t now_ms = clock->steady_ms(clock);
    if (!config->purge_retention_us || !report->newest_version || now_ms < pipeline->next_purge_ms)
        return;
    if (run->deadline && run->deadline - now_ms < PURGE_TIME_MS)
        return;
    /* Not all processes at the same time. */
    pipeline->next_purge_ms =
        now_ms + PURGE_INTERVAL_MS * 3 / 4 + random_below(PURGE_INTERVAL_MS / 2);
    int64_t now_us = clock->now_us(clock);
    int64_t newest = report->newest_version < now_us ? report->newest_version : now_us;
    size_t purged = 0;
    struct error err;
    if (config->sink->ops->purge(config->sink, newest - config->purge_retention_us, run->deadline,
                                 &purged, &err) < 0)
        log_warning("old tombstones were not purged: %s", err.message);
    report->purged += purged;
}

/* One line each, but a flood says no more than its beginning does. */
#define MISFITS_LOGGED 20

static void log_misfits(const struct run *run)
{
    static const char *const verbs[] = {
        [ON_ERROR_DEAD_LETTER] = "set aside",
        [ON_ERROR_IGNORE] = "ignored",
        [ON_ERROR_RAISE] = "refused",
        [ON_ERROR_EXIT] = "refused",
    };
    enum on_error on_error = run->pipeline->config.on_error;
    const char *verb = verbs[on_error];
    enum log_level level =
        on_error == ON_ERROR_DEAD_LETTER ? run->pipeline->config.letter_level : LOG_WARNING;
    for (size_t i = 0; i < run->misfit_count && i < MISFITS_LOGGED; i++) {
        const struct record *record = run->misfits[i].record;
        struct view sequence = batch_record_sequence(run->batch, record);
        log_write(level, "record %zu (%.*s %.*s) %s: %s", (size_t)(record - run->batch->records),
                  VIEW_ARG(record->shard), VIEW_ARG(sequence), verb, run->misfits[i].reason);
    }
    if (run->misfit_count > MISFITS_LOGGED)
        log_write(level, "%zu more records %s", run->misfit_count - MISFITS_LOGGED, verb);
}

/* Overtaken in the batch, or the same change again. */
static void tell_folded(const struct fold_key *key, size_t from, enum record_fate *fates)
{
    for (size_t i = from + 1; i < key->count; i++)
        fates[key->changes[i]->position] =
            fold_is_duplicate(key, i) ? RECORD_DUPLICATE : RECORD_STALE;
}

static void tell_keys(const struct run *run, enum record_fate *fates)
{
    for (size_t k = 0; k < run->fold.count; k++) {
        const struct fold_key *key = &run->fold.keys[k];
        if (!key_done(run, k) || run->rows[k].state == ROW_REFUSED)
            continue;
        fates[key->changes[key->current]->position] =
            run->rows[k].state == ROW_STALE ? RECORD_STALE : RECORD_WRITTEN;
        tell_folded(key, key->current, fates);
    }
}

/* Of a batch that failed nothing counts as dealt with: applying it again changes nothing. */
static void tell_fates(const struct run *run, bool applied)
{
    const struct pipeline_config *config = &run->pipeline->config;
    struct batch *batch = run->batch;
    enum record_fate *fates = arena_calloc(&batch->arena, batch->count, sizeof(*fates));
    const char **reasons = arena_calloc(&batch->arena, batch->count, sizeof(*reasons));
    if (applied)
        tell_keys(run, fates);
    for (size_t i = 0; applied && i < batch->count; i++)
        if (!batch->records[i].change && !batch->records[i].reason)
            fates[i] = RECORD_DROPPED;
    for (size_t i = 0; applied && i < run->misfit_count; i++) {
        size_t position = (size_t)(run->misfits[i].record - batch->records);
        fates[position] = RECORD_MISFIT;
        reasons[position] = run->misfits[i].reason;
    }
    for (size_t i = 0; i < batch->count; i++)
        config->on_record(config->user, i, fates[i], reasons[i]);
}

static void conclude(struct run *run, bool applied, struct outcome *outcome)
{
    outcome->first_open = first_open(run);
    outcome->complete = outcome->first_open == run->batch->count;
    if (outcome->complete)
        return;
    outcome->identifier = run->batch->records[outcome->first_open].identifier;
    if (!applied)
        return;
    outcome->refused = true;
    error_set(&outcome->error, ERROR_INPUT, 0,
              "%zu of %zu records cannot be applied; the first: %s", run->misfit_count,
              run->batch->count, run->misfits[0].reason);
}

/* From the decoded batch to the outcome. */
static void run_batch(struct pipeline *pipeline, int64_t deadline, struct outcome *outcome,
                      struct report *report)
{
    struct clock *clock = pipeline->config.clock;
    struct run run = {.pipeline = pipeline, .batch = &pipeline->batch, .deadline = deadline};
    *outcome = (struct outcome){0};
    prepare(&run);
    count_input(&run, report);
    int64_t start = clock->steady_ms(clock);
    bool applied = apply(&run, &outcome->error) == 0;
    count_keys(&run, report);
    count_misfits(&run, report);
    if (applied)
        purge(&run, report);
    if (pipeline->config.on_record)
        tell_fates(&run, applied);
    else if (applied)
        log_misfits(&run);
    report->sink_ms += clock->steady_ms(clock) - start;
    conclude(&run, applied, outcome);
    fold_release(&run.fold);
    pipeline->applied = true;
}

int pipeline_run_event(struct pipeline *pipeline, struct view event, int64_t deadline,
                       struct outcome *outcome, struct report *report, struct error *err)
{
    batch_reset(&pipeline->batch);
    if (batch_add_event(&pipeline->batch, event, err) < 0)
        return -1;
    *report = (struct report){.bytes = event.len};
    run_batch(pipeline, deadline, outcome, report);
    return 0;
}

/* Unless it has begun already. */
static void begin_batch(struct pipeline *pipeline)
{
    if (pipeline->applied)
        batch_reset(&pipeline->batch);
    pipeline->applied = false;
}

void pipeline_add_line(struct pipeline *pipeline, struct view line, struct view stream,
                       uint64_t number)
{
    begin_batch(pipeline);
    batch_add_line(&pipeline->batch, line, stream, number);
}

void pipeline_add_letter(struct pipeline *pipeline, const struct letter *letter)
{
    begin_batch(pipeline);
    batch_add_letter(&pipeline->batch, letter);
}

void pipeline_run_lines(struct pipeline *pipeline, int64_t deadline, struct outcome *outcome,
                        struct report *report)
{
    *report = (struct report){0};
    for (size_t i = 0; i < pipeline->batch.count; i++)
        report->bytes += pipeline->batch.records[i].raw.len;
    run_batch(pipeline, deadline, outcome, report);
}
