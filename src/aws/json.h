/* A call whose input and output are JSON trees: JSON 1.0 and 1.1, where the whole body is the input
 * and every answer an object. */
#ifndef LORRY_AWS_JSON_H
#define LORRY_AWS_JSON_H

#include <jansson.h>

#include "aws/call.h"
#include "base/arena.h"

/* Of an answer. The largest that are asked for (pages of DynamoDB and CloudWatch Logs) have 1 MB of
 * data, in which every byte may be escaped [DynamoDB Developer Guide "Quotas"]. */
#define AWS_JSON_ANSWER_CAP ((size_t)8 << 20)

/* Performs an operation of a JSON service. `subject` is what it is about, for messages. `input`
 * (borrowed; NULL: no parameters) is sent compactly. `*output` becomes a new reference to the
 * answer, always an object: json_decref() it. `output` may be NULL: the answer is not wanted.
 *
 * A "\u0000" in a text of the answer is kept: json_string_length() counts it.
 *
 * What was sent and received is overwritten before its memory is freed, since it may hold secrets;
 * `*output` is the caller's.
 *
 * Errors: those of aws_call(); ERROR_AWS if the answer is no JSON object. */
int aws_json(struct aws_client *client, const struct aws_operation *operation, const char *subject,
             const json_t *input, json_t **output, struct error *err);

/* The same for a call of any shape whose answer is JSON: those of REST services. `call` has all of
 * the request and the cap of the answer. */
int aws_json_call(struct aws_client *client, const struct aws_call *call, json_t **output,
                  struct error *err);

/* Copies a text of an answer, "" if it is none; cut, if AWS should send more than it documents. */
void aws_json_copy(char *out, size_t size, const json_t *text);

/* Whether a list of {"Key", "Value"} has that pair. */
bool aws_json_has_tag(const json_t *tags, const char *key, const char *value);

/* A text of an answer, copied into the arena; "" if it is none. */
const char *aws_json_keep(struct arena *arena, const json_t *text);

/* A time of an answer, seconds since 1970 as a number, in microseconds; 0 if it is none. */
int64_t aws_json_time_us(const json_t *seconds);

#endif
