/* Decimal numbers as DynamoDB has them: text, up to 38 digits, exact. Nothing here goes through a
 * double unless it says so, and then it tells whether the value survived. */
#ifndef LORRY_JSON_NUMBER_H
#define LORRY_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* What is accepted: an optional sign, digits with an optional point, an optional exponent; at most
 * this many significant digits (DynamoDB: 38) and a magnitude between 1E-300 and 1E+300 (DynamoDB:
 * 1E-130 to 9.99E+125). Infinity, NaN, hexadecimal, spaces and underscores are no numbers. */
#define NUMBER_DIGITS_MAX 128
#define NUMBER_EXPONENT_MAX 300

/* Room for either form below, with the NUL. */
#define NUMBER_TEXT_MAX 192

/* The one canonical form of a value, valid JSON: "0", "-12", "1.5", "1E+40", "1.25E-50"; no
 * trailing zeros, no sign of zero, plain digits while the point is at most 40 places from the first
 * or the last of them. NUL-terminated. Returns the length, or 0 if the text is not a number. */
size_t number_canonical(struct view text, char out[NUMBER_TEXT_MAX]);

/* Writes the value as a JSON number that every reader takes for a double ("5.0", "0.1", "1e+126"),
 * the shortest one that reads back as the double nearest to it; `*exact` tells whether that decimal
 * has the same value. Returns the length, or 0 if the text is not a number. `out` needs
 * NUMBER_TEXT_MAX bytes. */
size_t number_double(struct view text, char *out, bool *exact);

/* Whether the value is an integer of 64 bits, and which. */
bool number_int64(struct view text, int64_t *value);

#endif
