/* Which lines of a log were shown already, where the same ones are read in two ways at once: from
 * FilterLogEvents, whose events have ids, and from live tails, whose events have none. What looks
 * the same (stream, time and text) can be written more than once; so each way counts how often it
 * has delivered it, and a line is shown when one of them has counted further than was shown.
 *
 * That is known of what was written since `floor_ms` only; whoever reads the log again begins
 * there. */
#ifndef LORRY_STACK_LOG_SEEN_H
#define LORRY_STACK_LOG_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/logs.h"

/* So many milliseconds behind the newest line one may still come that is older. */
#define LOG_SEEN_LATE_MS 60000
/* Of lines and ids that are remembered; with more of them the floor is raised. */
#define LOG_SEEN_MAX ((size_t)1 << 20)

struct log_seen_entry;

struct log_seen {
    int64_t floor_ms;
    int64_t newest_ms;
    uint32_t session; /* which live tail it is */
    struct log_seen_entry *entries;
    size_t count, size, max;
};

/* `from_ms`: where the log is read from, since 1970; `max`: LOG_SEEN_MAX. */
void log_seen_init(struct log_seen *seen, int64_t from_ms, size_t max);
void log_seen_release(struct log_seen *seen);

/* Whether to show an event of FilterLogEvents that was read from `floor_ms` on. */
bool log_seen_filtered(struct log_seen *seen, const struct logs_event *event);

/* A live tail begins: it delivers each event once, as the one before did. */
void log_seen_begin_session(struct log_seen *seen);

/* Whether to show an event of the live tail. */
bool log_seen_live(struct log_seen *seen, const struct logs_event *event);

/* Raises the floor as far as late lines allow, and forgets what lies below it; unless there is a
 * `gap`, of which the lines have not been read yet: then only what there is no room for. Not
 * between the pages of one reading. `now_ms`, since 1970: lines from the future do not count. */
void log_seen_advance(struct log_seen *seen, int64_t now_ms, bool gap);

#endif
