/* batch -> decode -> fold -> write -> outcome (DESIGN 5): the part of the program that promises
 * that nothing is lost and nothing older overwrites newer. */
#ifndef LORRY_PIPELINE_PIPELINE_H
#define LORRY_PIPELINE_PIPELINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/view.h"
#include "cdc/batch.h"
#include "sink/sink.h"

/* ON_ERROR: what becomes of records that cannot be applied. */
enum on_error {
    ON_ERROR_DEAD_LETTER, /* kept in the dead-letter table */
    ON_ERROR_IGNORE,      /* counted and logged */
    ON_ERROR_RAISE,       /* everything else is applied, then the batch fails */
    ON_ERROR_EXIT,        /* the same; the caller ends the process */
};

/* "exit", "ignore", "raise", "dead-letter". -1: none of them. */
int on_error_parse(struct view text, enum on_error *on_error);

/* What became of one record of a batch. */
enum record_fate {
    RECORD_OPEN,      /* not (durably) dealt with */
    RECORD_WRITTEN,   /* the sink took it */
    RECORD_STALE,     /* overtaken by a newer change, in the batch or in the sink */
    RECORD_DUPLICATE, /* the same change was delivered twice in the batch */
    RECORD_DROPPED,   /* by the own processor's callback */
    RECORD_MISFIT,    /* it cannot be applied; ON_ERROR says what became of it */
};

struct pipeline_config {
    struct sink *sink; /* borrowed */
    struct clock *clock;
    enum on_error on_error;
    enum log_level letter_level; /* of the lines that say why records were set aside */
    struct change_hook hook;     /* process NULL: none */
    const volatile sig_atomic_t
        *stop;                  /* not 0: what the sink failed is not tried again; NULL: never */
    int64_t purge_retention_us; /* tombstones older than this are purged now and then; 0: never */
    /* Hears of every record of a batch when that is done, in place of the log; NULL: nobody does.
     * `reason` is that of a misfit, valid during the call. */
    void (*on_record)(void *user, size_t position, enum record_fate fate, const char *reason);
    void *user;
};

/* Of one batch, or added up. */
struct report {
    uint64_t records; /* read */
    uint64_t
        written; /* changes that the sink took (a sink that cannot tell counts stale ones here) */
    uint64_t stale;          /* changes overtaken by a newer one, in the batch or in the sink */
    uint64_t duplicates;     /* changes delivered before in the same batch (equal event ID) */
    uint64_t dropped;        /* by the own processor's callback */
    uint64_t dead_letters;   /* set aside */
    uint64_t ignored;        /* not applicable, ON_ERROR=ignore */
    uint64_t raised;         /* not applicable, ON_ERROR=raise or exit */
    uint64_t bytes;          /* of input */
    uint64_t purged;         /* tombstones */
    int64_t sink_ms;         /* waiting for the sink */
    int64_t newest_version;  /* microseconds; 0 if nothing was applied */
    int64_t iterator_age_ms; /* now less the arrival of the last record; -1 if unknown */
};

void report_add(struct report *total, const struct report *batch);

/* What is to be answered. */
struct outcome {
    bool complete;          /* every record was dealt with, durably */
    size_t first_open;      /* else: position of the first that was not */
    struct view identifier; /* its identifier, valid until the next batch; empty: the batch has to
                               fail whole */
    bool refused; /* the sink is fine, but records cannot be applied, and ON_ERROR is raise or exit
                   */
    struct error error; /* why it is not complete */
};

struct pipeline;

/* Everything in `config` is borrowed. */
struct pipeline *pipeline_new(const struct pipeline_config *config);
void pipeline_free(struct pipeline *pipeline);

/* One Lambda event. `deadline` (clock.steady_ms(), 0: none) is when to give up: transient trouble
 * is retried until then. Error: the event is none (ERROR_INPUT). Otherwise 0, with `outcome` and
 * `report` filled. */
int pipeline_run_event(struct pipeline *pipeline, struct view event, int64_t deadline,
                       struct outcome *outcome, struct report *report, struct error *err);

/* CDC records, one a line: added one by one, then applied together. A line is borrowed until it was
 * applied. */
void pipeline_add_line(struct pipeline *pipeline, struct view line, struct view stream,
                       uint64_t number);
void pipeline_run_lines(struct pipeline *pipeline, int64_t deadline, struct outcome *outcome,
                        struct report *report);

/* Records that were delivered before, in place of lines. A letter is borrowed until it was applied.
 */
void pipeline_add_letter(struct pipeline *pipeline, const struct letter *letter);

#endif
