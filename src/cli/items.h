/* Items of DynamoDB as rows for rows.h: a column for every attribute that some item has. */
#ifndef LORRY_CLI_ITEMS_H
#define LORRY_CLI_ITEMS_H

#include <jansson.h>

#include "sink/sink.h"

/* Fills `result` (zeroed) from an array of items, objects of typed values; the columns stand in the
 * order of their names. Release it with query_result_release(). Error: ERROR_AWS if a value is none
 * of DynamoDB's. */
int items_to_rows(const json_t *items, struct query_result *result, struct error *err);

#endif
