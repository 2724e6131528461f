/* The Lambda event around the change records. Private to cdc/. [LDG "Using Lambda with Kinesis",
 * "Using Lambda with DynamoDB"] */
#ifndef LORRY_CDC_ENVELOPE_H
#define LORRY_CDC_ENVELOPE_H

#include "cdc/cursor.h"

/* An element of Records, as far as the envelope says. All views point into the event, with their
 * escapes. */
struct envelope {
    struct view raw;      /* the whole element */
    struct view sequence; /* kinesis.sequenceNumber */
    struct view data;     /* kinesis.data: base64 */
    unsigned data_flags;  /* enum json_string_flag of it */
    struct view arrival;  /* kinesis.approximateArrivalTimestamp: a number, seconds */
    struct view source_arn;
    struct view event_id;
    bool is_object;
    bool has_kinesis;
    bool has_data;
    bool has_dynamodb; /* the element itself is a change record (DynamoDB Streams) */
};

/* Moves to the first element of "Records", wherever it stands in the event. False: not JSON up to
 * there, or there is no such array. */
bool envelope_enter(struct cursor *in);

/* The next element: true. At the end, with the rest of the event validated, or on malformed JSON
 * (cursor at NULL): false. `*first` starts as true. */
bool envelope_next(struct cursor *in, bool *first, struct envelope *envelope);

/* Reads one element by itself. False: the bytes are not a JSON object. */
bool envelope_read(struct view element, struct envelope *envelope);

#endif
