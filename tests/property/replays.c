#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "faulty_sink.h"
#include "judge.h"
#include "lorry/processor.h"
#include "pipeline/pipeline.h"
#include "pipeline/replay.h"
#include "target.h"

/* Passes that may fail; after them everything works. */
#define FAULTY_PASSES_MAX 12

struct play {
    const struct target *target;
    struct history *history;
    void *database;
    uint64_t seed;
    struct rng rng;
    unsigned broken_percent; /* of the changes, as long as the cause is there */
    unsigned fault_percent;
    int64_t retention_us; /* 0: no tombstone is purged */
    int64_t newest;       /* of the changes: never broken, so that there is a table */
};

static _Noreturn void give_up(const struct error *err)
{
    fprintf(stderr, "%s\n", err->message);
    abort();
}

/* ---- the cause: a callback that fails for some changes ---- */

static bool is_broken(const struct play *play, int64_t version)
{
    struct rng rng = {play->seed ^ (uint64_t)version};
    return version != play->newest && rng_chance(&rng, play->broken_percent);
}

static int break_some(struct lorry_change *change, void *user)
{
    const struct play *play = user;
    return is_broken(play, lorry_change_time_us(change)) ? lorry_change_fail(change, "no license")
                                                         : 0;
}

/* Everything once, in random batches, from `begin` on. */
static void deliver(struct play *play, struct rng *rng, size_t begin, size_t end, bool mended)
{
    struct sink *sink = play->target->open(play->database, 0);
    struct pipeline *pipeline = pipeline_new(&(struct pipeline_config){
        .sink = sink,
        .clock = &property_clock,
        .hook = {mended ? NULL : break_some, play},
    });
    while (begin < end) {
        size_t left = end - begin, size = 1 + rng_below(rng, 20);
        size_t next = begin + (size < left ? size : left);
        char *event = history_event(play->history, begin, next);
        struct outcome outcome = {0};
        struct report report;
        struct error err = {0};
        if (pipeline_run_event(pipeline, view_str(event), 0, &outcome, &report, &err) < 0)
            give_up(&err);
        if (outcome.complete)
            begin = next;
        free(event);
    }
    pipeline_free(pipeline);
    sink_close(sink);
}

/* ---- replaying ---- */

static struct guard_info guard_of(const struct play *play)
{
    struct guard_info info;
    struct error err = {0};
    struct sink *sink = play->target->open(play->database, 0);
    if (sink->ops->guard(sink, 0, &info, &err) < 0)
        give_up(&err);
    sink_close(sink);
    return info;
}

static void purge(const struct play *play)
{
    size_t purged;
    struct error err = {0};
    int64_t cutoff = guard_of(play).newest - play->retention_us;
    struct sink *sink = play->target->open(play->database, 0);
    if (sink->ops->purge(sink, cutoff, 0, &purged, &err) < 0)
        give_up(&err);
    sink_close(sink);
}

struct pass {
    bool faulty, force;
    uint64_t limit;
};

static void ignore_item(void *user, const struct replay_item *item)
{
    (void)user;
    (void)item;
}

static uint64_t settled_in(const struct replay_totals *totals)
{
    return totals->verdicts[REPLAY_WRITTEN] + totals->verdicts[REPLAY_STALE] +
           totals->verdicts[REPLAY_DUPLICATE];
}

/* A pass over the dead letters; returns how many it settled. */
static uint64_t replay_once(struct play *play, struct rng *rng, const struct pass *pass)
{
    uint64_t seed = rng_next(rng);
    struct sink *sink = faulty_sink_new(play->target->open(play->database, pass->faulty ? seed : 0),
                                        seed, pass->faulty ? play->fault_percent : 0);
    struct replay *replay = replay_new(&(struct replay_config){
        .sink = sink,
        .clock = &property_clock,
        .retention_us = play->retention_us,
        .force = pass->force,
    });
    const struct replay_filter filter = {.limit = pass->limit};
    struct replay_totals totals = {0};
    const struct replay_run run = {.filter = &filter, .on_item = ignore_item, .totals = &totals};
    struct error err = {0};
    if (replay_table(replay, &run, &err) < 0 && !pass->faulty)
        give_up(&err);
    if (totals.deleted > settled_in(&totals) ||
        (!pass->faulty && totals.deleted != settled_in(&totals)))
        give_up(&(struct error){.message = "not what was settled was deleted"});
    replay_free(replay);
    sink_close(sink);
    return settled_in(&totals);
}

static void replay_all(struct play *play, bool force)
{
    for (size_t i = rng_below(&play->rng, FAULTY_PASSES_MAX); i-- > 0;)
        replay_once(
            play, &play->rng,
            &(struct pass){.faulty = true, .force = force, .limit = rng_below(&play->rng, 8)});
    while (replay_once(play, &play->rng, &(struct pass){.force = force}))
        ;
}

struct beside {
    struct play *play;
    struct rng rng;
};

static void *deliver_beside(void *argument)
{
    struct beside *beside = argument;
    const struct history *history = beside->play->history;
    size_t begin = rng_below(&beside->rng, history->count);
    deliver(beside->play, &beside->rng, begin, history->count, rng_chance(&beside->rng, 50));
    return NULL;
}

/* ---- judging ---- */

static bool complain(const char *what, const struct delivery *delivery)
{
    fprintf(stderr, "%s: %s\n", what, delivery->payload);
    return false;
}

static json_t *row_of(json_t *rows, json_t *key)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) if (json_equal(json_object_get(row, "pk"), key)) return row;
    return NULL;
}

/* What is held back has to be old, and to have no row; it does not count for what is expected.
 * Replaying relies on half of a retention that is so short (pipeline/replay.h). */
static bool judge_held(const struct play *play, json_t *letters, json_t *rows, int64_t newest)
{
    int64_t cutoff = newest - play->retention_us / 2;
    for (size_t i = 0; i < play->history->count; i++) {
        struct delivery *delivery = &play->history->deliveries[i];
        if (delivery->misfit || !json_object_get(letters, delivery->sequence))
            continue;
        if (!play->retention_us || delivery->version >= cutoff)
            return complain("held back without need", delivery);
        if (row_of(rows, delivery->key))
            return complain("held back although its key has a row", delivery);
    }
    return true;
}

/* Of removals that are old enough the tombstones may be gone. */
static void forget_purged(json_t *expected, json_t *rows, int64_t cutoff)
{
    for (size_t i = json_array_size(expected); i-- > 0;) {
        json_t *row = json_array_get(expected, i);
        if (json_is_null(json_object_get(row, "item")) &&
            json_integer_value(json_object_get(row, "version")) < cutoff &&
            !row_of(rows, json_object_get(row, "pk")))
            json_array_remove(expected, i);
    }
}

static bool nothing_came_back(const struct play *play, json_t *rows)
{
    json_t *all = history_expected(play->history), *row;
    bool right = true;
    size_t i;
    json_array_foreach(all, i, row)
    {
        json_t *there = row_of(rows, json_object_get(row, "pk"));
        if (json_is_null(json_object_get(row, "item")) && there &&
            !json_is_true(json_object_get(there, "deleted"))) {
            fputs("a removed item has come back\n", stderr);
            right = false;
        }
    }
    json_decref(all);
    return right;
}

/* With the held ones as if they had never been. */
static json_t *expected_without(struct play *play, json_t *letters)
{
    struct history *history = play->history;
    bool *misfits = calloc(history->count, sizeof(*misfits));
    for (size_t i = 0; i < history->count; i++) {
        struct delivery *delivery = &history->deliveries[i];
        misfits[i] = delivery->misfit;
        delivery->misfit |= json_object_get(letters, delivery->sequence) != NULL;
    }
    json_t *expected = history_expected(history);
    for (size_t i = 0; i < history->count; i++)
        history->deliveries[i].misfit = misfits[i];
    free(misfits);
    return expected;
}

static bool misfits_stay(const struct play *play, json_t *letters)
{
    for (size_t i = 0; i < play->history->count; i++) {
        const struct delivery *delivery = &play->history->deliveries[i];
        if (delivery->misfit && !json_object_get(letters, delivery->sequence))
            return complain("lost", delivery);
    }
    return true;
}

static bool judge(struct play *play)
{
    json_t *letters = play->target->dead_letters(play->database),
           *rows = play->target->rows(play->database), *expected = expected_without(play, letters);
    int64_t newest = guard_of(play).newest;
    forget_purged(expected, rows, play->retention_us ? newest - play->retention_us : INT64_MIN);
    bool right = misfits_stay(play, letters) && judge_held(play, letters, rows, newest) &&
                 nothing_came_back(play, rows) && judge_rows(expected, rows, false);
    json_decref(letters);
    json_decref(rows);
    json_decref(expected);
    return right;
}

/* --force leaves only what cannot be applied. */
static bool judge_forced(const struct play *play)
{
    json_t *misfits = history_misfits(play->history),
           *letters = play->target->dead_letters(play->database);
    bool right = judge_keys("dead letters", misfits, letters, false);
    json_decref(misfits);
    json_decref(letters);
    return right;
}

/* ---- a history ---- */

static void replay_beside_processors(struct play *play)
{
    struct beside beside = {play, {rng_next(&play->rng)}};
    pthread_t thread;
    pthread_create(&thread, NULL, deliver_beside, &beside);
    for (size_t i = 0; i < 3; i++)
        replay_once(play, &play->rng,
                    &(struct pass){.faulty = true, .limit = rng_below(&play->rng, 8)});
    pthread_join(thread, NULL);
}

static bool run_replay(const struct target *target, uint64_t seed)
{
    struct rng rng = {seed};
    struct history history;
    history_make(&history, &rng, &target->options);
    struct play play = {.target = target,
                        .history = &history,
                        .database = target->create(0),
                        .seed = seed,
                        .rng = rng,
                        .broken_percent = 10 + (unsigned)rng_below(&rng, 80),
                        .fault_percent = (unsigned)rng_below(&rng, 15)};
    for (size_t i = 0; i < history.count; i++)
        if (!history.deliveries[i].misfit && history.deliveries[i].version > play.newest)
            play.newest = history.deliveries[i].version;
    if (rng_chance(&rng, 50))
        play.retention_us = 1 + (int64_t)rng_below(&rng, 15);
    deliver(&play, &play.rng, 0, history.anchor, true);
    deliver(&play, &play.rng, history.anchor, history.count, false);
    if (play.retention_us)
        purge(&play);
    else
        replay_beside_processors(&play);
    replay_all(&play, false);
    bool right = judge(&play);
    replay_all(&play, true);
    right = right && judge_forced(&play);
    if (!right)
        fprintf(stderr, "replayed history with seed %llu (LORRY_SEED=%llu)\n",
                (unsigned long long)seed, (unsigned long long)seed);
    target->destroy(play.database);
    history_release(&history);
    return right;
}

size_t run_replays(const struct target *target, uint64_t seed, size_t count)
{
    size_t right = 0;
    log_configure(&(struct log_setup){.format = LOG_TEXT, .level = LOG_ERROR});
    while (right < count && run_replay(target, seed + right))
        right++;
    return right;
}
