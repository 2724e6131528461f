#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "faulty_sink.h"
#include "judge.h"
#include "pipeline/pipeline.h"
#include "target.h"

/* Time that passes when somebody waits for it. */
static int64_t now_us(struct clock *clock)
{
    return clock_system.now_us(clock);
}

static int64_t steady_ms(struct clock *clock)
{
    return clock_system.steady_ms(clock);
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    (void)ms;
    sched_yield();
}

struct clock property_clock = {now_us, steady_ms, sleep_ms};

struct span {
    size_t begin, end;
};

/* One history being applied by several writers. */
struct play {
    const struct target *target;
    const struct history *history;
    void *database;
    unsigned fault_percent;
    pthread_mutex_t lock;
    struct rng rng;     /* below: under the lock */
    struct span *spans; /* batches that nobody has taken yet */
    size_t span_count;
};

static bool take_span(struct play *play, struct span *span, uint64_t *seed)
{
    pthread_mutex_lock(&play->lock);
    bool found = play->span_count > 0;
    if (found)
        *span = play->spans[--play->span_count];
    *seed = rng_next(&play->rng);
    pthread_mutex_unlock(&play->lock);
    return found;
}

/* No run of faults is that long: the sink refuses. */
#define STUCK_MAX 500

/* Counts the deliveries in a row that were for nothing. */
static void note_progress(const struct outcome *outcome, size_t done, unsigned *stuck)
{
    *stuck = done ? 0 : *stuck + 1;
    if (*stuck < STUCK_MAX)
        return;
    fprintf(stderr, "no progress any more: %s\n", outcome->error.message);
    abort();
}

/* Delivers a batch once. Returns how much of it was dealt with, as the event source mapping would
 * see it: all, up to the reported record, or nothing. */
static size_t deliver_once(struct pipeline *pipeline, const struct history *history,
                           struct span span, unsigned *stuck)
{
    char *event = history_event(history, span.begin, span.end);
    struct outcome outcome;
    struct report report;
    struct error err = {0};
    size_t done = span.end - span.begin;
    if (pipeline_run_event(pipeline, view_str(event), 0, &outcome, &report, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    if (!outcome.complete)
        done = outcome.identifier.len ? outcome.first_open : 0;
    else if (report.records !=
             report.written + report.stale + report.duplicates + report.dead_letters) {
        fprintf(stderr, "the report does not add up\n");
        abort();
    }
    note_progress(&outcome, done, stuck);
    free(event);
    return done;
}

struct writer {
    struct sink *sink;
    struct pipeline *pipeline;
};

static void writer_start(struct writer *writer, struct play *play, uint64_t seed)
{
    writer->sink =
        faulty_sink_new(play->target->open(play->database, seed), seed, play->fault_percent);
    struct pipeline_config config = {.sink = writer->sink, .clock = &property_clock};
    writer->pipeline = pipeline_new(&config);
}

static void writer_stop(struct writer *writer)
{
    pipeline_free(writer->pipeline);
    sink_close(writer->sink);
}

static void *run_writer(void *argument)
{
    struct play *play = argument;
    struct span span;
    struct writer writer;
    uint64_t seed;
    bool more = take_span(play, &span, &seed);
    unsigned stuck = 0;
    writer_start(&writer, play, seed);
    while (more) {
        while (span.begin < span.end) {
            span.begin += deliver_once(writer.pipeline, play->history, span, &stuck);
            if (faulty_sink_crashed(writer.sink)) {
                writer_stop(&writer);
                writer_start(&writer, play, ++seed);
            }
        }
        more = take_span(play, &span, &seed);
    }
    writer_stop(&writer);
    return NULL;
}

/* Cuts the stream into batches; some are delivered again later. They are handed out from the end.
 */
static void cut_spans(struct play *play)
{
    size_t count = play->history->count;
    play->spans = calloc(2 * count + 1, sizeof(*play->spans));
    for (size_t begin = play->history->anchor; begin < count;) {
        size_t end = begin + 1 + rng_below(&play->rng, 20);
        struct span span = {begin, end < count ? end : count};
        play->spans[play->span_count++] = span;
        if (rng_chance(&play->rng, 15))
            play->spans[play->span_count++] = span;
        begin = span.end;
    }
    for (size_t i = play->span_count; i-- > 1;) {
        size_t j = rng_below(&play->rng, i + 1);
        struct span swap = play->spans[i];
        play->spans[i] = play->spans[j];
        play->spans[j] = swap;
    }
}

static void deliver_anchor(struct play *play)
{
    struct writer writer;
    unsigned percent = play->fault_percent;
    play->fault_percent = 0;
    writer_start(&writer, play, rng_next(&play->rng));
    struct span span = {0, play->history->anchor};
    unsigned stuck = 0;
    while (span.begin < span.end)
        span.begin += deliver_once(writer.pipeline, play->history, span, &stuck);
    writer_stop(&writer);
    play->fault_percent = percent;
}

static bool judge(const struct play *play, bool quiet)
{
    json_t *expected = history_expected(play->history), *rows = play->target->rows(play->database);
    json_t *misfits = history_misfits(play->history),
           *dead = play->target->dead_letters(play->database);
    bool right =
        judge_rows(expected, rows, quiet) && judge_keys("dead letters", misfits, dead, quiet);
    json_decref(expected);
    json_decref(rows);
    json_decref(misfits);
    json_decref(dead);
    return right;
}

static bool run_history(const struct target *target, uint64_t seed, bool quiet)
{
    struct rng rng = {seed};
    struct history history;
    history_make(&history, &rng, &target->options);
    struct play play = {
        .target = target, .history = &history, .database = target->create(seed), .rng = rng};
    play.fault_percent = rng_chance(&play.rng, 60) ? (unsigned)rng_below(&play.rng, 15) : 0;
    pthread_mutex_init(&play.lock, NULL);
    cut_spans(&play);
    deliver_anchor(&play);
    pthread_t threads[4];
    size_t writers = 1 + rng_below(&play.rng, 4);
    for (size_t i = 0; i < writers; i++)
        pthread_create(&threads[i], NULL, run_writer, &play);
    for (size_t i = 0; i < writers; i++)
        pthread_join(threads[i], NULL);
    bool right = judge(&play, quiet);
    if (!right && !quiet)
        fprintf(stderr,
                "history with seed %llu (LORRY_SEED=%llu LORRY_HISTORIES=1), %zu writers, %u %% "
                "faults\n",
                (unsigned long long)seed, (unsigned long long)seed, writers, play.fault_percent);
    free(play.spans);
    target->destroy(play.database);
    history_release(&history);
    return right;
}

size_t run_histories(const struct target *target, uint64_t seed, size_t count, bool quiet)
{
    size_t right = 0;
    log_configure(&(struct log_setup){.format = LOG_TEXT, .level = LOG_ERROR});
    for (size_t i = 0; i < count; i++) {
        bool ok = run_history(target, seed + i, quiet);
        right += ok;
        if (!ok && !quiet)
            break;
    }
    return right;
}

uint64_t choose_seed(void)
{
    const char *given = getenv("LORRY_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 1000003;
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

size_t choose_count(size_t normal)
{
    const char *given = getenv("LORRY_HISTORIES");
    return given ? strtoull(given, NULL, 10) : normal;
}

json_t *query_rows(struct sink *sink, const char *statement, bool optional)
{
    struct query_result result;
    struct error err = {0};
    json_t *rows = json_array();
    if (sink->ops->query(sink, view_str(statement), &result, &err) < 0) {
        if (optional)
            return rows;
        fprintf(stderr, "%s: %s\n", statement, err.message);
        abort();
    }
    for (size_t r = 0; r < result.row_count; r++) {
        json_t *row = json_object();
        for (size_t c = 0; c < result.column_count; c++) {
            struct view cell = result.cells[r * result.column_count + c], name = result.columns[c];
            char column[64];
            snprintf(column, sizeof(column), "%.*s", VIEW_ARG(name));
            json_object_set_new(
                row, column,
                json_loadb(cell.ptr, cell.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL));
        }
        json_array_append_new(rows, row);
    }
    query_result_release(&result);
    return rows;
}

json_t *column_set(json_t *rows, const char *column)
{
    json_t *set = json_object(), *row;
    size_t i;
    json_array_foreach(rows, i, row)
        json_object_set_new(set, json_string_value(json_object_get(row, column)), json_true());
    return set;
}
