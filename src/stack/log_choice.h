/* Which lines of a log somebody wants, as he writes it. */
#ifndef LORRY_STACK_LOG_CHOICE_H
#define LORRY_STACK_LOG_CHOICE_H

#include <stdint.h>

#include "base/buf.h"

/* Appends the filter pattern of CloudWatch Logs for `text`: of what begins with "{", "?", "%" or a
 * double quote, the same, since it is one; of anything else, the one that finds lines with exactly
 * this text in them [CloudWatch Logs User Guide "Filter pattern syntax"]. Error: ERROR_SETTING for
 * what is empty, no UTF-8, or too long for a pattern. */
int log_pattern_append(const char *text, struct buf *pattern, struct error *err);

/* A point in time, in milliseconds since 1970: "10m" before `now_us` (the units of
 * parse_duration_us()), or "2026-11-23T22:10:33Z" (see clock_parse_us()). Error: ERROR_SETTING. */
int log_time_parse(const char *text, int64_t now_us, int64_t *ms, struct error *err);

#endif
