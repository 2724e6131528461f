/* One DynamoDB change record, as Kinesis Data Streams for DynamoDB and DynamoDB Streams have it,
 * into a change. Private to cdc/. [DDG "Using Kinesis Data Streams to capture changes"; DynamoDB
 * Streams API, "Record"] */
#ifndef LORRY_CDC_DYNAMODB_H
#define LORRY_CDC_DYNAMODB_H

#include "cdc/change.h"
#include "cdc/image.h"

/* A change record in JSON, and what its envelope says. */
struct dynamodb_input {
    struct view json;
    struct view sequence; /* decimal; used if the record has no SequenceNumber of its own */
};

/* A decoded record, for as long as its JSON is there. */
struct dynamodb_change {
    struct change *change; /* in the arena */
    struct view new_image; /* typed JSON, an object; empty if there is none */
    struct view old_image; /* the same; validated as JSON only */
    struct view sequence;  /* SequenceNumber, if the record has one */
    bool expired;          /* removed by Time to Live */
};

/* Allocates the change from `arena`. Returns NULL, or why the record cannot be decoded: a constant
 * or a text in `arena`. */
const char *dynamodb_decode(const struct dynamodb_input *input, struct arena *arena,
                            struct image_scratch *scratch, struct dynamodb_change *decoded);

#endif
