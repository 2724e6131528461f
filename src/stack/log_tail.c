#include "stack/log_tail.h"

#include <stdarg.h>
#include <stdio.h>

#include "aws/live_tail.h"
#include "aws/waiter.h"
#include "base/backoff.h"
#include "base/memory.h"
#include "stack/log_seen.h"

/* Between two questions. */
#define POLL_MS 2000
/* So long after it was written a line may not be found yet: the log is read once more. */
#define SETTLE_MS 15000
/* A live tail that lasted so long was a good one. */
#define LASTING_MS 10000
#define BACKOFF_MS 500
#define BACKOFF_CEILING_MS 5000
#define STOP_ASKED_MS 200

struct following {
    const struct log_tail *tail;
    struct clock *clock;
    struct log_seen seen;
    int64_t poll_ms;
    int64_t settled_ms; /* by the steady clock: when all that may have been missed can be found */
    int64_t read_ms;    /* by it: when to read the log again; 0: nothing may have been missed */
    bool live;          /* there may be a live tail */
    bool begun;         /* the live tail has */
    bool failed;        /* for good, within the live tail */
    bool told_sampled;
    bool told_trouble;
    unsigned tries; /* of a live tail that were in vain, in a row */
};

static bool stopped(const struct following *f)
{
    return f->tail->stop(f->tail->user);
}

static void pause_ms(const struct following *f, int64_t ms)
{
    for (int64_t part; ms > 0 && !stopped(f); ms -= part) {
        part = ms < STOP_ASKED_MS ? ms : STOP_ASKED_MS;
        f->clock->sleep_ms(f->clock, part);
    }
}

__attribute__((format(printf, 2, 3))) static void note(const struct following *f,
                                                       const char *format, ...)
{
    char text[2 * ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    f->tail->note(f->tail->user, text);
}

/* `*left_out`: how many were not shown. */
static int show_new(struct following *f, const struct logs_event *events, size_t count,
                    bool (*is_new)(struct log_seen *, const struct logs_event *), size_t *left_out,
                    struct error *err)
{
    cleanup_free struct logs_event *shown = xcalloc(count + 1, sizeof(*shown));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (is_new(&f->seen, &events[i]))
            shown[kept++] = events[i];
    *left_out = count - kept;
    return kept ? f->tail->show(f->tail->user, shown, kept, err) : 0;
}

static int take_filtered(void *user, const struct logs_event *events, size_t count,
                         struct error *err)
{
    struct following *f = user;
    size_t left_out;
    int result = show_new(f, events, count, log_seen_filtered, &left_out, err);
    return result ? result : stopped(f);
}

static void advance(struct following *f, bool gap)
{
    log_seen_advance(&f->seen, f->clock->now_us(f->clock) / 1000, gap);
}

static int read_log(struct following *f, struct error *err)
{
    const struct logs_filter filter = {
        .group = f->tail->group,
        .pattern = f->tail->pattern,
        .from_ms = f->seen.floor_ms,
        .until_ms = -1,
        .take = take_filtered,
        .user = f,
    };
    int result = logs_filter_events(f->tail->client, &filter, err);
    advance(f, result < 0);
    return result;
}

/* Trouble that may pass is told once; 1: it is there, 0: all is well. */
static int read_patiently(struct following *f, struct error *err)
{
    struct error why = {0};
    if (read_log(f, &why) == 0) {
        if (f->told_trouble)
            note(f, "the log can be read again");
        f->told_trouble = false;
        return 0;
    }
    if (!why.retry) {
        if (err)
            *err = why;
        return -1;
    }
    if (!f->told_trouble)
        note(f, "%s; trying again until it passes", why.message);
    f->told_trouble = true;
    return 1;
}

/* A reading before all is settled does not replace the one behind that. */
static int read_within(struct following *f, struct error *err)
{
    int result = read_patiently(f, err);
    int64_t now_ms = f->clock->steady_ms(f->clock);
    if (result > 0)
        f->read_ms = now_ms + BACKOFF_CEILING_MS;
    else
        f->read_ms = now_ms < f->settled_ms ? f->settled_ms : 0;
    f->failed = result < 0;
    return f->failed ? -1 : 0;
}

static void read_when_settled(struct following *f)
{
    f->read_ms = f->settled_ms = f->clock->steady_ms(f->clock) + SETTLE_MS;
}

/* From here on lines come by themselves; those of before have to be looked for, at once and when
 * all of them can be found. */
static int on_started(void *user, struct error *err)
{
    struct following *f = user;
    f->begun = true;
    log_seen_begin_session(&f->seen);
    read_when_settled(f);
    return read_within(f, err);
}

static int on_update(void *user, const struct logs_event *events, size_t count, bool sampled,
                     struct error *err)
{
    struct following *f = user;
    size_t left_out;
    if (sampled && !f->told_sampled)
        note(f, "more than 500 lines a second: the live tail leaves some out; `lorry logs` without "
                "--follow shows all of them, --filter makes them fewer");
    f->told_sampled = f->told_sampled || sampled;
    f->failed = show_new(f, events, count, log_seen_live, &left_out, err) < 0;
    if (f->failed)
        return -1;
    /* Most likely shown already; or another one that looks the same, which only its id tells. */
    if (left_out)
        read_when_settled(f);
    advance(f, f->read_ms != 0);
    if (f->read_ms && f->clock->steady_ms(f->clock) >= f->read_ms)
        return read_within(f, err);
    return 0;
}

static bool on_wait(void *user)
{
    return stopped(user);
}

/* After a live tail that did not come about, or ended. */
static void think_over(struct following *f, int64_t began_ms, const struct error *why)
{
    if (!f->begun && !why->retry) {
        note(f, "there is no live tail (%s): asking every %d s instead", why->message,
             POLL_MS / 1000);
        f->live = false;
        return;
    }
    bool lasted = f->begun && f->clock->steady_ms(f->clock) - began_ms >= LASTING_MS;
    f->tries = lasted ? 0 : f->tries + 1;
    if (f->tries <= 1 && !error_is(why, "SessionTimeoutException"))
        note(f, "%s; going on with another one", why->message);
    pause_ms(f, backoff_ms(BACKOFF_MS, BACKOFF_CEILING_MS, f->tries, -1));
}

static int follow_live(struct following *f, struct error *err)
{
    const struct live_tail session = {
        .arn = f->tail->arn,
        .pattern = f->tail->pattern,
        .started = on_started,
        .update = on_update,
        .stop = on_wait,
        .user = f,
    };
    struct error why = {0};
    int64_t began_ms = f->clock->steady_ms(f->clock);
    f->begun = false;
    if (live_tail_run(f->tail->live, &session, &why) == 0)
        return 0;
    if (f->failed) {
        if (err)
            *err = why;
        return -1;
    }
    think_over(f, began_ms, &why);
    return stopped(f) || read_patiently(f, err) >= 0 ? 0 : -1;
}

static int follow_asking(struct following *f, struct error *err)
{
    pause_ms(f, f->poll_ms);
    return stopped(f) || read_patiently(f, err) >= 0 ? 0 : -1;
}

static int follow(struct following *f, struct error *err)
{
    int result = read_log(f, err);
    if (result == 0 && f->tail->live && !f->live)
        note(f,
             "there is no live tail of a group whose ARN is not known (logs:DescribeLogGroups "
             "tells it): asking every %d s instead",
             POLL_MS / 1000);
    while (result == 0 && !stopped(f))
        result = f->live ? follow_live(f, err) : follow_asking(f, err);
    return result;
}

int log_tail_run(const struct log_tail *tail, struct error *err)
{
    struct following f = {
        .tail = tail,
        .clock = tail->client->clock,
        .poll_ms = POLL_MS,
        .live = tail->live && *tail->arn,
    };
    if (aws_wait_interval(&f.poll_ms, err) < 0)
        return -1;
    log_seen_init(&f.seen, tail->from_ms, LOG_SEEN_MAX);
    int result = follow(&f, err);
    log_seen_release(&f.seen);
    return result;
}
