/* Plain JSON to DynamoDB's typed JSON [DynamoDB API Reference, "AttributeValue"], as text: numbers
 * stay as they are, digit by digit. The other way is attribute_value.h. */
#ifndef LORRY_AWS_TYPED_JSON_H
#define LORRY_AWS_TYPED_JSON_H

#include "base/error.h"
#include "json/writer.h"

/* Writes 5 as {"N":"5"}, [null] as {"L":[{"NULL":true}]}. There is no way to write sets and
 * binaries. Error: ERROR_INPUT if the text is not JSON; something may have been written then. */
int typed_json_write(struct view plain, struct json_writer *typed, struct error *err);

#endif
