/* Lines of a function's log, made readable: the JSON of our processor and of Lambda itself, or
 * whatever else a function writes [LDG "Log and monitor functions", "Lambda Telemetry API schema"].
 */
#ifndef LORRY_STACK_LOG_LINE_H
#define LORRY_STACK_LOG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

/* Of a line; CloudWatch Logs takes no longer ones [CloudWatch Logs User Guide "Quotas"]. */
#define LOG_LINE_MAX ((size_t)1 << 20)

/* Of the name of a level, with its end; longer ones are cut. */
#define LOG_LEVEL_SIZE sizeof("CRITICAL")

enum log_line_level { LOG_LINE_PLAIN, LOG_LINE_WARNING, LOG_LINE_ERROR };

struct log_line {
    char time[32];              /* "2026-11-23T22:10:33.123Z" */
    char level[LOG_LEVEL_SIZE]; /* "INFO", "ERROR", ...; "" if the line has none */
    char request_id[40];        /* "" if the line has none */
    struct buf text;            /* what it says: no control characters */
    enum log_line_level weight;
};

/* Safe on a zeroed one. */
void log_line_release(struct log_line *line);
#define cleanup_log_line __attribute__((cleanup(log_line_release)))

/* Reads a line, any bytes. `time_us` (since 1970) is when it came to the log, for those that do not
 * say: below zero if that is not known. */
void log_line_read(struct view raw, int64_t time_us, struct log_line *line);

/* Appends "time level request text" and a newline; of the request the first part, that tells it
 * from others. `colored`: warnings yellow, errors red. */
void log_line_append(const struct log_line *line, bool colored, struct buf *out);

#endif
