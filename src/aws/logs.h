/* Amazon CloudWatch Logs: groups and what is written in them [CloudWatch Logs API Reference,
 * version 2014-03-28; JSON 1.1]. The live tail is in live_tail.h. */
#ifndef LORRY_AWS_LOGS_H
#define LORRY_AWS_LOGS_H

#include "aws/client.h"

/* Borrowed for the time of the callback. */
struct logs_group {
    const char *name;
    const char *arn;        /* without ":*"; "" if it is not told */
    int64_t retention_days; /* 0: for ever */
    int64_t stored_bytes;
    int64_t created_ms; /* since 1970 */
};

/* Returns 0 to go on, 1 if that was enough, -1 with `err` set. */
typedef int logs_take_group(void *user, const struct logs_group *group, struct error *err);

/* DescribeLogGroups: those whose names begin with `prefix` (NULL or "": all), sorted by name.
 * Errors: those of aws_call(), aws_pages() and `take`. */
int logs_describe_groups(struct aws_client *client, const char *prefix, logs_take_group *take,
                         void *user, struct error *err);

/* A line of a log; borrowed for the time of the callback. */
struct logs_event {
    struct view id; /* the same whenever it is delivered; empty in a live tail, which has none */
    struct view stream;
    struct view message; /* any text, NUL included */
    int64_t time_ms;     /* since 1970, as who wrote it says */
    int64_t ingested_ms; /* since 1970, when CloudWatch Logs got it */
};

/* Takes some at once, those of a page, the oldest first; also a page without any, so that a long
 * search can be ended. Returns as logs_take_group does. */
typedef int logs_take_events(void *user, const struct logs_event *events, size_t count,
                             struct error *err);

struct logs_filter {
    const char *group;   /* its name */
    const char *pattern; /* a filter pattern of CloudWatch Logs; NULL: everything */
    int64_t from_ms;     /* since 1970 */
    int64_t until_ms;    /* the last millisecond; below zero: there is no end */
    logs_take_events *take;
    void *user;
};

/* FilterLogEvents: what all streams of the group have, in the order of time. Pages may be empty
 * although others follow. What was written a moment ago may not be found yet. Errors: those of
 * aws_call(), aws_pages() and `take`; "ResourceNotFoundException": there is no such group. */
int logs_filter_events(struct aws_client *client, const struct logs_filter *filter,
                       struct error *err);

#endif
