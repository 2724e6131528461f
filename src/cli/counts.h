/* Numbers for people: what a summary consists of. */
#ifndef LORRY_CLI_COUNTS_H
#define LORRY_CLI_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* "1,234,567", into `out` and returned. */
const char *counts_group(uint64_t number, char out[32]);

/* Appends "12.3 kB" or "12.3 MB". */
void counts_append_size(struct buf *out, uint64_t bytes);

struct count_line {
    uint64_t count;
    const char *text;
};

/* A line for each count but 0, the numbers right-aligned in `width`. */
void counts_append_lines(struct buf *out, const struct count_line *lines, size_t count, int width);

#endif
