/* What `lorry diff` prints. */
#ifndef LORRY_CLI_DIFF_PRINT_H
#define LORRY_CLI_DIFF_PRINT_H

#include "cli/cli.h"
#include "stack/diff.h"

/* One JSON object; see docs/json.md. */
void diff_print_json(const struct diffed *diffed);

/* A line for each resource, with its values below, and for all else. */
void diff_print_text(const struct cli *cli, const struct diffed *diffed);

#endif
