/* An item is kept in two columns, `data` overlaid by `aux`: this puts it together again. */
#ifndef LORRY_JSON_OVERLAY_H
#define LORRY_JSON_OVERLAY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

/* Appends to `out` the JSON value `base` with `over` laid over it:
 *   - two objects: member by member, those that only one has are taken as they are, base's order
 * first;
 *   - two arrays of the same length: element by element, where a null in `over` keeps base's
 * element;
 *   - anything else: `over` replaces `base`.
 * Both are valid JSON; the empty view stands for "not there". Error: ERROR_INPUT if one is not
 * JSON. */
int json_overlay(struct view base, struct view over, struct buf *out, struct error *err);

#endif
