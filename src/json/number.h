/* Decimal numbers as DynamoDB has them: text, up to 38 digits, exact. Nothing here goes through a
 * double unless it says so, and then it tells whether the value survived. */
#ifndef LORRY_JSON_NUMBER_H
#define LORRY_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* What is accepted: an optional sign, at least one digit with a point before, among or behind them
 * or none, an optional exponent (`e` or `E`, an optional sign, digits); without leading and
 * trailing zeros at most NUMBER_DIGITS_MAX digits (DynamoDB: 38), and in scientific notation an
 * exponent between -NUMBER_EXPONENT_MAX and NUMBER_EXPONENT_MAX (DynamoDB: -130 to 125). Infinity,
 * NaN, hexadecimal, spaces and underscores are no numbers. */
#define NUMBER_DIGITS_MAX 128
#define NUMBER_EXPONENT_MAX 300

/* Room for either form below, with the NUL. */
#define NUMBER_TEXT_MAX 192

/* The one canonical form of a value, valid JSON: "0", "-12", "1.5", "1E+40", "1.25E-50"; no
 * trailing zeros, no sign of zero, plain digits while at most 40 of them stand on either side of
 * the point. NUL-terminated. Returns the length, or 0 if the text is not a number. */
size_t number_canonical(struct view text, char out[NUMBER_TEXT_MAX]);

/* Writes the value as a JSON number that every reader takes for a double ("5.0", "0.1", "1e+126"),
 * the shortest one that reads back as the double nearest to it (the closest of these, if there are
 * several); `*exact` tells whether that decimal has the same value. Zero, in any spelling, is
 * "0.0". NUL-terminated. Returns the length, or 0 if the text is not a number. `out` needs
 * NUMBER_TEXT_MAX bytes. */
size_t number_double(struct view text, char *out, bool *exact);

/* Whether the value is that of the shortest decimal which reads back as the double nearest to it,
 * as number_double() tells. False also for what is not a number. */
bool number_is_double(struct view text);

/* Whether the value is an integer of 64 bits, and which. */
bool number_int64(struct view text, int64_t *value);

#endif
