/* The log of the program. On Lambda one JSON object a line on standard output, with `timestamp`
 * (RFC 3339), `level` and `message`, as CloudWatch's JSON log format wants them [LDG "Configuring
 * JSON and plain text log formats"]; at a terminal plain text on standard error. Nothing is written
 * below the level. Messages never contain a secret or the values of an item. */
#ifndef LORRY_BASE_LOG_H
#define LORRY_BASE_LOG_H

#include <stdbool.h>

#include "base/view.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_setup {
    enum log_format format;
    enum log_level level;
    bool sql; /* SQL_ECHO: statements are logged, without their parameters */
};

/* Applies to the whole process from now on. Before the first call: text, LOG_INFO, no statements.
 */
void log_configure(const struct log_setup *setup);

/* The invocation that further lines belong to ("requestId"); the empty view: none. The bytes are
 * copied. */
void log_set_request(struct view request_id);

/* "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "NOTSET", in any case. -1: not
 * a level. */
int log_level_parse(struct view name, enum log_level *level);

/* One line, written with one call, up to 8 KiB of message (what is longer is cut and ends in
 * "..."). Control characters and what is not UTF-8 are made harmless. errno survives. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)

/* A statement as it was sent, for SQL_ECHO: at any level, but nothing unless that is on. */
void log_sql(struct view statement);

/* A line that is JSON already (embedded metrics), on standard output as it is. */
void log_json_line(struct view line);

#endif
