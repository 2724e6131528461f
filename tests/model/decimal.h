/* Decimal numbers as texts, as NUMERIC columns of the server round and write them. */
#ifndef LORRY_TESTS_MODEL_DECIMAL_H
#define LORRY_TESTS_MODEL_DECIMAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* Appends `number` (digits, point, exponent) rounded half up to `scale` decimals: "5", "1.50",
 * "0E-10". False if it is no number or has more than `precision` digits then. */
bool decimal_round(struct view number, int precision, int scale, struct buf *out);

#endif
