/* DynamoDB's typed values, as trees, to plain JSON [DynamoDB API Reference, "AttributeValue"]. (The
 * transcoder of the hot path is cdc/value.h; the other way is typed_json.h.) */
#ifndef LORRY_AWS_ATTRIBUTE_VALUE_H
#define LORRY_AWS_ATTRIBUTE_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "json/writer.h"

/* Writes {"N":"5"} as 5, {"M":{"b":{"S":"x"},"a":{"NULL":true}}} as {"a":null,"b":"x"}: numbers
 * digit by digit in canonical form, members in the order of their names, sets as arrays, B as its
 * base64. False if it is no typed value; something may have been written then. */
bool attribute_value_write(const json_t *typed, struct json_writer *json);

/* The same for an object of them, an item. */
bool attribute_value_write_item(const json_t *item, struct json_writer *json);

#endif
