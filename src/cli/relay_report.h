/* What `lorry relay` says: progress on a terminal, and in the end a summary or a JSON object. */
#ifndef LORRY_CLI_RELAY_REPORT_H
#define LORRY_CLI_RELAY_REPORT_H

#include <stdbool.h>

#include "cli/cli.h"
#include "pipeline/relay.h"

struct relay_report {
    const struct cli *cli;
    const char *public_url; /* of the sink, without a password */
    const struct table_name *table;
    const char *const *sources;
    size_t source_count;
    bool on_terminal; /* progress was shown */
    struct relay_result result;
    const char *failure; /* NULL: none */
};

/* For struct relay_config: a line on standard error that is written over and over. `user`: struct
 * relay_report. */
void relay_report_progress(const struct relay_progress *progress, void *user);

/* The end: --json prints an object (docs/json.md) on standard output; otherwise a summary, unless
 * --quiet. */
void relay_report_end(const struct relay_report *report);

#endif
