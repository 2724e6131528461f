/* What `lorry diff` prints. */
#ifndef LORRY_CLI_DIFF_PRINT_H
#define LORRY_CLI_DIFF_PRINT_H

#include "base/buf.h"
#include "stack/diff.h"

#define DIFF_TEXT_CAP ((size_t)16 << 20)

/* Appends one JSON object; see docs/json.md. */
void diff_append_json(const struct diffed *diffed, struct buf *out);

/* Where the text goes. */
struct diff_style {
    bool colored;
    int width; /* columns: sentences are wrapped, values are not; 0: nothing is */
};

/* Appends a line for each resource, with its values below, and for all else. */
void diff_append_text(const struct diffed *diffed, const struct diff_style *style, struct buf *out);

#endif
