/* What a survey means: whether the pipeline runs, what is wrong, since when, and what to do. */
#ifndef LORRY_STACK_STATUS_H
#define LORRY_STACK_STATUS_H

#include "stack/survey.h"

/* Rates, failures and lag are those of the last minutes. */
#define STATUS_WINDOW_MIN 15
/* What is measured may take that long to be known [CloudWatch User Guide "CloudWatch metrics"]:
 * only records that are older have to have been processed. */
#define STATUS_SETTLE_MIN 3
/* Below this age of records, nothing lags; above it, lag that grows by at least half of the time
 * that passes is trouble. */
#define STATUS_LAG_S 60
/* A lag of so much of the time after which records are lost is trouble even if it does not grow:
 * the half. */
#define STATUS_LOSS_SHARE 2
/* How far the newest change in the sink may be behind the newest record of the stream. */
#define STATUS_BEHIND_S 300

enum status_level {
    STATUS_NOTE,    /* worth knowing, and in order */
    STATUS_UNKNOWN, /* it could not be looked at */
    STATUS_TROUBLE,
};

struct status_finding {
    enum status_level level;
    const char *id;    /* for programs, see docs/json.md: "mapping-disabled" */
    const char *brief; /* a few words, for the headline */
    const char *what;  /* one sentence, without a full stop */
    int64_t since_us;  /* since 1970; 0: not known */
    const char *next;  /* what to do: a command; NULL: none */
    bool stops;        /* nothing is processed */
};

enum status_verdict {
    STATUS_IS_HEALTHY,
    STATUS_IS_UNKNOWN, /* no trouble, as far as could be looked */
    STATUS_IS_TROUBLED,
    STATUS_IS_ABSENT, /* not deployed */
};

#define STATUS_FINDINGS_MAX 64

struct status {
    struct arena arena; /* owns all texts that are not constant */
    enum status_verdict verdict;
    const char *headline;
    struct status_finding
        findings[STATUS_FINDINGS_MAX]; /* trouble first, the gravest of it first */
    size_t count;
};

/* Judges; `status` is zeroed before. */
void status_judge(const struct survey *survey, struct status *status);

/* Safe on a zeroed one. */
void status_release(struct status *status);
#define cleanup_status __attribute__((cleanup(status_release)))

/* "healthy", "unknown", "trouble", "absent" */
const char *status_verdict_name(enum status_verdict verdict);

/* "note", "unknown", "trouble" */
const char *status_level_name(enum status_level level);

/* Whether a mapping reads the stream of the pipeline. */
bool status_is_fed_by(const struct survey *survey, const struct event_source_mapping *mapping);

/* Whether the function answers which records of a batch failed. */
bool status_function_reports(const struct survey *survey);

#endif
