/* The answer to a query, printed. */
#ifndef LORRY_CLI_ROWS_H
#define LORRY_CLI_ROWS_H

#include "cli/cli.h"
#include "sink/sink.h"

/* As a table: on a terminal as wide as it, in a pipe as wide as the values, aligned. Text is shown
 * as it is, without quotes, control characters escaped; a missing value is NULL. */
int rows_print_table(const struct cli *cli, const struct query_result *result, struct error *err);

/* As RFC 4180 has it: a line of names, then the rows; a missing value is empty. */
void rows_print_csv(const struct query_result *result);

/* {"columns":["a","b"],"rows":[[1,"x"],...],"affected":null}; see docs/json.md. */
void rows_print_json(const struct query_result *result);

#endif
