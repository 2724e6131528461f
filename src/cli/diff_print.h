/* What `lorry diff` prints. */
#ifndef LORRY_CLI_DIFF_PRINT_H
#define LORRY_CLI_DIFF_PRINT_H

#include "base/buf.h"
#include "stack/diff.h"

#define DIFF_TEXT_CAP ((size_t)16 << 20)

/* Appends one JSON object; see docs/json.md. */
void diff_append_json(const struct diffed *diffed, struct buf *out);

/* Appends a line for each resource, with its values below, and for all else. */
void diff_append_text(const struct diffed *diffed, bool colored, struct buf *out);

#endif
