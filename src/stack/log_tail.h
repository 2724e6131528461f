/* Following a log: what it has, then what is written, every line once, whatever happens to the
 * connection. New lines come from a live tail, or, where there is none, from asking again and
 * again. When a live tail is cut, what was written meanwhile is read from the log. */
#ifndef LORRY_STACK_LOG_TAIL_H
#define LORRY_STACK_LOG_TAIL_H

#include "aws/logs.h"

struct log_tail {
    struct aws_client *client; /* reads the log */
    struct aws_client *live; /* has the live tail, with an HTTP client of its own; NULL: ask only */
    const char *group;
    const char *arn;        /* of the group; "": not known, so that there is no live tail */
    const char *pattern;    /* a filter pattern; NULL: everything */
    int64_t from_ms;        /* where to begin, since 1970 */
    logs_take_events *show; /* takes lines that were not there before, the oldest first */
    void (*note)(void *user, const char *text); /* something that the reader should know */
    bool (*stop)(void *user);                   /* asked several times a second: true ends it */
    void *user;
};

/* Runs until `stop` says so: 0. Errors: those of `show`; those of logs_filter_events() when it
 * begins, and later those that do not pass. */
int log_tail_run(const struct log_tail *tail, struct error *err);

#endif
