/* One line on standard error that is written over and over while something goes on; on a terminal
 * only, and not with --quiet. */
#ifndef LORRY_CLI_PROGRESS_H
#define LORRY_CLI_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

struct progress {
    bool shown;
    int64_t begin_ms; /* steady */
    int64_t last_ms;  /* when it was written last; 0: never */
};

void progress_begin(struct progress *progress, const struct cli *cli);

/* "<what>: 1.2 of 3.4 MB, 5.6 MB/s", a few times a second at most; nothing while the total is not
 * known (0). */
void progress_bytes(struct progress *progress, const char *what, size_t done, size_t total);

/* The text alone, as far as the line has room for it; as often as this is called. */
void progress_text(struct progress *progress, const char *text);

/* Clears the line, for what comes next. */
void progress_end(struct progress *progress);

/* Milliseconds since it began. */
int64_t progress_elapsed_ms(const struct progress *progress);

#endif
