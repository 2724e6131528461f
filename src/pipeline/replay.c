#include "pipeline/replay_private.h"

#include <strings.h>

#include "base/log.h"
#include "base/memory.h"
#include "pipeline/pipeline.h"
#include "pipeline/retry.h"

struct replay {
    struct replay_config config;
    struct batch batch;            /* the letters, decoded to be judged */
    struct pipeline *pipelines[2]; /* by `keep` */
    bool guarded;                  /* the table is known to have versions */

    /* Of the batch. */
    struct replay_letter *letters;
    size_t count;
    size_t *places; /* of the letters that the pipeline has got */
    bool written;   /* one of them, at least */
};

/* ---- verdicts ---- */

static const char *const verdict_names[] = {
    [REPLAY_OPEN] = "open",   [REPLAY_READY] = "ready",         [REPLAY_WRITTEN] = "written",
    [REPLAY_STALE] = "stale", [REPLAY_DUPLICATE] = "duplicate", [REPLAY_REFUSED] = "refused",
    [REPLAY_HELD] = "held",
};

const char *replay_verdict_name(enum replay_verdict verdict)
{
    return verdict_names[verdict];
}

bool replay_settled(enum replay_verdict verdict)
{
    return verdict == REPLAY_WRITTEN || verdict == REPLAY_STALE || verdict == REPLAY_DUPLICATE;
}

static bool contains(struct view text, struct view part)
{
    for (; text.len >= part.len; text = view_skip(text, 1)) {
        if (strncasecmp(text.ptr, part.ptr, part.len) == 0)
            return true;
        if (!text.len)
            break;
    }
    return false;
}

bool replay_wants(const struct replay_filter *filter, struct view reason, int64_t set_aside_us)
{
    if (filter->since_us && set_aside_us < filter->since_us)
        return false;
    if (filter->until_us && (!set_aside_us || set_aside_us >= filter->until_us))
        return false;
    return !filter->reason.len || contains(reason, filter->reason);
}

bool replay_enough(const struct replay_run *run)
{
    return run->filter->limit && run->totals->records >= run->filter->limit;
}

void replay_count(const struct replay_run *run, const struct replay_letter *letter)
{
    run->totals->records++;
    run->totals->bytes += letter->letter.record.len;
    run->totals->verdicts[letter->verdict]++;
}

void replay_batch_done(const struct replay_run *run)
{
    if (run->on_batch)
        run->on_batch(run->user);
}

/* ---- the processing ---- */

static void take_fate(void *user, size_t position, enum record_fate fate, const char *reason)
{
    static const enum replay_verdict verdicts[] = {
        [RECORD_OPEN] = REPLAY_OPEN,      [RECORD_WRITTEN] = REPLAY_WRITTEN,
        [RECORD_STALE] = REPLAY_STALE,    [RECORD_DUPLICATE] = REPLAY_DUPLICATE,
        [RECORD_DROPPED] = REPLAY_OPEN, /* there is no callback */
        [RECORD_MISFIT] = REPLAY_REFUSED,
    };
    struct replay *replay = user;
    struct replay_letter *letter = &replay->letters[replay->places[position]];
    letter->verdict = verdicts[fate];
    letter->reason =
        reason ? arena_copy(&replay->batch.arena, view_str(reason)).ptr : letter->reason;
    replay->written |= fate == RECORD_WRITTEN;
}

static struct pipeline *new_pipeline(struct replay *replay, enum on_error on_error)
{
    return pipeline_new(&(struct pipeline_config){
        .sink = replay->config.sink,
        .clock = replay->config.clock,
        .on_error = on_error,
        .stop = replay->config.stop,
        .on_record = take_fate,
        .user = replay,
    });
}

struct replay *replay_new(const struct replay_config *config)
{
    struct replay *replay = xcalloc(1, sizeof(*replay));
    replay->config = *config;
    batch_init(&replay->batch, (struct change_hook){0});
    replay->pipelines[false] = new_pipeline(replay, ON_ERROR_IGNORE);
    replay->pipelines[true] = new_pipeline(replay, ON_ERROR_DEAD_LETTER);
    return replay;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    pipeline_free(replay->pipelines[false]);
    pipeline_free(replay->pipelines[true]);
    batch_release(&replay->batch);
    free(replay);
}

const struct replay_config *replay_config(const struct replay *replay)
{
    return &replay->config;
}

bool replay_stopped(const struct replay *replay)
{
    return replay->config.stop && *replay->config.stop;
}

static int64_t deadline_of(const struct replay *replay)
{
    struct clock *clock = replay->config.clock;
    int64_t timeout = replay->config.timeout_ms;
    return timeout ? clock->steady_ms(clock) + timeout : 0;
}

int replay_patiently(const struct replay *replay, replay_try *call, void *user, struct error *err)
{
    struct retry retry;
    struct error why = {0};
    int64_t deadline = deadline_of(replay);
    retry_init(&retry, replay->config.clock, deadline, replay->config.stop);
    while (call(user, deadline, &why) < 0) {
        if (!why.retry || !retry_wait(&retry)) {
            if (err)
                *err = why;
            return -1;
        }
        log_warning("the sink failed, trying again: %s", why.message);
    }
    return 0;
}

/* Sends the letters that are ready through the pipeline. */
static int process(struct replay *replay, bool keep, struct error *err)
{
    struct pipeline *pipeline = replay->pipelines[keep];
    struct outcome outcome = {.complete = true};
    struct report report = {0};
    size_t sent = 0;
    for (size_t i = 0; i < replay->count; i++) {
        if (replay->letters[i].verdict != REPLAY_READY)
            continue;
        replay->places[sent++] = i;
        pipeline_add_letter(pipeline, &replay->letters[i].letter);
    }
    if (sent)
        pipeline_run_lines(pipeline, deadline_of(replay), &outcome, &report);
    if (outcome.complete)
        return 0;
    if (err)
        *err = outcome.error;
    return -1;
}

/* ---- what is held back ---- */

#define UNGUARDED "the table has no versions, so that it would overwrite what is newer"
#define FORGOTTEN "older than the tombstones, without a row: it may have been removed since"

/* Changes of the batch that are looked up. */
struct suspects {
    struct sink *sink;
    const struct key **keys;
    size_t *places;
    int64_t *versions; /* out */
    size_t count;
};

struct guard_question {
    struct sink *sink;
    struct guard_info info;
};

static int ask_guard(void *user, int64_t deadline, struct error *err)
{
    struct guard_question *question = user;
    return question->sink->ops->guard(question->sink, deadline, &question->info, err);
}

static int ask_versions(void *user, int64_t deadline, struct error *err)
{
    struct suspects *suspects = user;
    return suspects->sink->ops->find_versions(suspects->sink, suspects->keys, suspects->count,
                                              deadline, suspects->versions, err);
}

static const struct change *change_at(const struct replay *replay, size_t i)
{
    return replay->batch.records[i].change;
}

/* What the purge has not reached by our clock it may have by another, or reach before the change is
 * written: that much less of the retention is relied on. */
static int64_t safe_retention(int64_t retention)
{
    static const int64_t margin = INT64_C(3600000000);
    return retention > 2 * margin ? retention - margin : retention / 2;
}

/* As in the purge: what is older may have lost its tombstone. Without a `newest` (0), the latest
 * that it can be. */
static int64_t cutoff_of(const struct replay *replay, int64_t newest)
{
    int64_t now = replay->config.clock->now_us(replay->config.clock);
    int64_t retention = replay->config.retention_us;
    if (!retention)
        return INT64_MIN;
    return (newest && newest < now ? newest : now) - safe_retention(retention);
}

/* The changes with that verdict that may be old, and the versions of their rows. */
static int look_up(struct replay *replay, enum replay_verdict verdict, struct suspects *suspects,
                   struct error *err)
{
    struct arena *arena = &replay->batch.arena;
    int64_t latest = cutoff_of(replay, 0);
    *suspects = (struct suspects){
        .sink = replay->config.sink,
        .keys = arena_calloc(arena, replay->count, sizeof(*suspects->keys)),
        .places = arena_calloc(arena, replay->count, sizeof(*suspects->places)),
        .versions = arena_calloc(arena, replay->count, sizeof(*suspects->versions)),
    };
    for (size_t i = 0; i < replay->count; i++) {
        const struct change *change = change_at(replay, i);
        if (!change || replay->letters[i].verdict != verdict || change->version >= latest)
            continue;
        suspects->keys[suspects->count] = &change->key;
        suspects->places[suspects->count++] = i;
    }
    return suspects->count ? replay_patiently(replay, ask_versions, suspects, err) : 0;
}

/* What is overtaken is not sent to the sink: if that is by a tombstone, it may be purged in
 * between. */
static enum replay_verdict judge_suspect(const struct change *change, int64_t row_version,
                                         int64_t cutoff)
{
    if (row_version > change->version)
        return REPLAY_STALE;
    return row_version < 0 && change->version < cutoff ? REPLAY_HELD : REPLAY_READY;
}

static void judge_suspects(struct replay *replay, const struct suspects *suspects, int64_t cutoff)
{
    for (size_t i = 0; i < suspects->count; i++) {
        size_t place = suspects->places[i];
        struct replay_letter *letter = &replay->letters[place];
        letter->verdict = judge_suspect(change_at(replay, place), suspects->versions[i], cutoff);
        letter->reason = letter->verdict == REPLAY_HELD ? FORGOTTEN : NULL;
    }
}

static void hold_all_back(struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        if (!change_at(replay, i))
            continue;
        replay->letters[i].verdict = REPLAY_HELD;
        replay->letters[i].reason = UNGUARDED;
    }
}

/* Keys are looked up before the newest change is asked for: what let a tombstone be purged before
 * the one is seen by the other. */
static int judge(struct replay *replay, struct error *err)
{
    struct guard_question question = {.sink = replay->config.sink};
    struct suspects suspects;
    if (!replay->guarded && replay_patiently(replay, ask_guard, &question, err) < 0)
        return -1;
    replay->guarded |= question.info.guarded;
    if (!replay->guarded) {
        hold_all_back(replay);
        return 0;
    }
    if (look_up(replay, REPLAY_READY, &suspects, err) < 0)
        return -1;
    if (suspects.count && replay_patiently(replay, ask_guard, &question, err) < 0)
        return -1;
    judge_suspects(replay, &suspects, cutoff_of(replay, question.info.newest));
    return 0;
}

/* ---- a batch ---- */

static void decode(struct replay *replay, struct replay_letter *letters, size_t count)
{
    batch_reset(&replay->batch);
    replay->letters = letters;
    replay->count = count;
    replay->written = false;
    replay->places = arena_calloc(&replay->batch.arena, count, sizeof(*replay->places));
    for (size_t i = 0; i < count; i++) {
        batch_add_letter(&replay->batch, &letters[i].letter);
        letters[i].verdict = REPLAY_READY;
        letters[i].reason = NULL;
    }
}

static void tell_undecodable(struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        if (change_at(replay, i))
            continue;
        replay->letters[i].verdict = REPLAY_REFUSED;
        replay->letters[i].reason = replay->batch.records[i].reason;
    }
}

/* What was held back may have found its key among what was written. */
static int process_rest(struct replay *replay, bool keep, struct error *err)
{
    struct suspects suspects;
    if (!replay->written || !replay->guarded || replay->config.force)
        return 0;
    if (look_up(replay, REPLAY_HELD, &suspects, err) < 0)
        return -1;
    judge_suspects(replay, &suspects, INT64_MAX);
    return process(replay, keep, err);
}

static int apply(struct replay *replay, bool keep, struct error *err)
{
    if (!replay->config.force && judge(replay, err) < 0)
        return -1;
    if (replay->config.dry_run) {
        tell_undecodable(replay);
        return 0;
    }
    if (process(replay, keep, err) < 0)
        return -1;
    return process_rest(replay, keep, err);
}

int replay_apply(struct replay *replay, struct replay_letter *letters, size_t count, bool keep,
                 struct error *err)
{
    decode(replay, letters, count);
    if (apply(replay, keep, err) == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        letters[i].verdict = REPLAY_OPEN;
        letters[i].reason = NULL;
    }
    return -1;
}
