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
 * What is taken is copied as it stands. Of names that are repeated in one object of `over` the last
 * one counts; each of those in `base` is overlaid. Takes time and memory linear in what it is
 * given. The empty view stands for "not there". Error: ERROR_INPUT if one is not JSON; a full
 * buffer shows in out->overflow. */
int json_overlay(struct view base, struct view over, struct buf *out, struct error *err);

#endif
