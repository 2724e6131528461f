/* What settings are made of: text from the environment, a URL or a file to a value. Nothing around
 * the value is accepted, no white space either. Errors are ERROR_SETTING, quote the text and say
 * what is accepted; the caller adds which setting it was. */
#ifndef LORRY_BASE_PARSE_H
#define LORRY_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

/* true, yes, on, 1; false, no, off, 0; in any case. */
int parse_bool(struct view text, bool *value, struct error *err);

/* A whole number from `min` to `max`, decimal, with a minus if need be. */
int parse_int64(struct view text, int64_t min, int64_t max, int64_t *value, struct error *err);

/* A time span in microseconds: a whole number with one of the units d, h, m, s, ms; without one,
 * seconds. Never negative. */
int parse_duration_us(struct view text, int64_t *us, struct error *err);

#endif
