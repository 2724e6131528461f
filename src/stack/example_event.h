/* Example events of a pipeline, as Lambda gets them from Kinesis: DynamoDB's changes inside Kinesis
 * records [LDG "Using Lambda with Kinesis"; DynamoDB Developer Guide "Using Kinesis Data Streams to
 * capture changes to DynamoDB"]. */
#ifndef LORRY_STACK_EXAMPLE_EVENT_H
#define LORRY_STACK_EXAMPLE_EVENT_H

#include <stdint.h>

#include "base/buf.h"
#include "stack/stack.h"

enum example_event_kind {
    EXAMPLE_KINESIS,  /* the documented one: a text that is no change */
    EXAMPLE_DYNAMODB, /* the documented test flight: an item is inserted, then changed */
    EXAMPLE_INSERT,
    EXAMPLE_MODIFY,
    EXAMPLE_REMOVE,
    EXAMPLE_POISON, /* a change that breaks off, between two good ones */
};

/* Their names ("kinesis", ...), in the order above, ended by NULL. */
extern const char *const example_event_kinds[];

/* Appends an event. Its changes are those of an item of the pipeline's table, with the keys of it;
 * `stack` NULL: the documented table, "table-testdrive"; one without a region: that of the
 * documented event. `time_us` (since 1970) is when they happened: later ones win. */
void example_event_write(enum example_event_kind kind, const struct stack *stack, int64_t time_us,
                         struct buf *out);

#endif
