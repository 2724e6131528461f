/* Compares what a sink holds with what the model says. Independent of the program: jansson and the
 * C library. */
#ifndef LORRY_TESTS_PROPERTY_JUDGE_H
#define LORRY_TESTS_PROPERTY_JUDGE_H

#include <jansson.h>
#include <stdbool.h>

/* `expected` as history_expected() makes it; `rows`: an array of {"pk", "data", "aux", "version",
 * "sequence", "deleted"}. False: prints the first difference to standard error (unless `quiet`). */
bool judge_rows(json_t *expected, json_t *rows, bool quiet);

/* Both are objects whose keys must be the same. */
bool judge_keys(const char *what, json_t *expected, json_t *got, bool quiet);

#endif
