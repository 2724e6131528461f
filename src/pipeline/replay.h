/* Replaying: records that were set aside go through the same processing again, with the same guard.
 * Wherever they were kept, they come as letters, and each gets a verdict. `lorry replay` is a thin
 * front of it; replay_table() is the source in the sink, replay_s3.h that in S3. */
#ifndef LORRY_PIPELINE_REPLAY_H
#define LORRY_PIPELINE_REPLAY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "cdc/batch.h"
#include "sink/sink.h"

enum replay_verdict {
    REPLAY_OPEN,      /* nothing was done about it, or its batch failed */
    REPLAY_READY,     /* it would be applied: as much as a dry run can tell */
    REPLAY_WRITTEN,   /* the sink took it */
    REPLAY_STALE,     /* overtaken by a newer change of its key: done */
    REPLAY_DUPLICATE, /* the same change was there twice: done */
    REPLAY_REFUSED,   /* it can still not be applied */
    REPLAY_HELD,      /* held back: it might bring back what was removed, or undo what is newer */
};

struct replay_letter {
    struct letter letter;        /* borrowed */
    enum replay_verdict verdict; /* out */
    const char *reason;          /* out, of REFUSED and HELD; valid until the next replay_apply() */
};

/* Everything is borrowed. */
struct replay_config {
    struct sink *sink;
    struct clock *clock;
    int64_t retention_us; /* of tombstones, as the processor has it; 0: they are kept for ever */
    int64_t timeout_ms;   /* how long is tried while the sink is in trouble; 0: for ever */
    bool force;           /* hold nothing back */
    bool dry_run;         /* apply and delete nothing */
    const volatile sig_atomic_t *stop; /* not 0: end after the current batch, which is not tried
                                          again then; NULL: never */
};

struct replay;

struct replay *replay_new(const struct replay_config *config);
void replay_free(struct replay *replay); /* NULL is allowed */
const struct replay_config *replay_config(const struct replay *replay);
bool replay_stopped(const struct replay *replay);

/* Applies a batch of letters, durably, and says what became of each. With `keep`, those that cannot
 * be applied are dead letters of the sink then; without, they are where they were.
 *
 * Held back is a change that is older than the retention of tombstones (counted from the newest
 * change in the table, or from now, whichever is earlier, as the purge does; less an hour, or half
 * of it if it is short, since clocks differ and time passes until it is written) and whose key has
 * no row: its tombstone may have been purged. In a table without versions, where every write
 * overwrites, all changes are held back. Nothing is purged.
 *
 * Error: the sink failed for as long as it was tried; all verdicts are REPLAY_OPEN then. What was
 * written all the same does no harm: applying again changes nothing. */
int replay_apply(struct replay *replay, struct replay_letter *letters, size_t count, bool keep,
                 struct error *err);

/* Which of the kept ones are wanted. */
struct replay_filter {
    struct view reason;         /* part of the reason, in any case; empty: any */
    int64_t since_us, until_us; /* when they were set aside, since 1970; 0: at any time */
    uint64_t limit;             /* so many records at most; 0: all. What is kept together is taken
                                   together, so that there may be a few more */
};

/* `set_aside_us` 0: not known, which only a filter without times lets through. */
bool replay_wants(const struct replay_filter *filter, struct view reason, int64_t set_aside_us);

/* What was found, and what became of it. All views are valid during the call. */
struct replay_item {
    const char *source; /* "table", "s3", "queue" */
    const char *place;  /* s3: the URL of the object; else "" */
    int64_t set_aside_us;
    struct view stream, shard, sequence;
    struct view last;   /* of several records kept together: the last sequence number; or empty */
    uint64_t records;   /* 1, or how many are kept together */
    uint64_t bytes;     /* as it is kept */
    struct view reason; /* why it was set aside */
    enum replay_verdict verdict;
    const char *problem; /* why it is refused or held back, or cannot be read; NULL: nothing is
                            wrong with it */
};

/* Added up over all sources. */
struct replay_totals {
    uint64_t records, bytes;
    uint64_t verdicts[REPLAY_HELD + 1];
    uint64_t deleted; /* dead letters, out of the table */
    uint64_t objects; /* looked at */
    uint64_t deleted_objects, unreadable_objects;
    uint64_t dead_letters; /* records of objects that became dead letters of the table */
};

/* A pass over a source. */
struct replay_run {
    const struct replay_filter *filter;
    bool list; /* only look */
    /* With `list`: everything that is wanted. Else: what is refused or held back, and with
     * dry_run everything. */
    void (*on_item)(void *user, const struct replay_item *item);
    void (*on_batch)(void *user); /* after each batch, or object; NULL: nobody hears of it */
    void *user;
    struct replay_totals *totals; /* added to */
};

/* Whether no more are wanted. */
bool replay_enough(const struct replay_run *run);

/* Counts a letter that has its verdict. */
void replay_count(const struct replay_run *run, const struct replay_letter *letter);

/* A batch is counted. */
void replay_batch_done(const struct replay_run *run);

/* The dead letters of the sink's table: those that are dealt with are deleted after that, and only
 * those; the others stay as they are. What comes in meanwhile is for the next time. Error: the sink
 * failed; what was done by then is done. */
int replay_table(struct replay *replay, const struct replay_run *run, struct error *err);

/* Written, stale or duplicate. */
bool replay_settled(enum replay_verdict verdict);

/* "written", "held", ...: as JSON has it. */
const char *replay_verdict_name(enum replay_verdict verdict);

#endif
