/* The transcoder: the bytes of a batch in, changes out, in one pass (DESIGN 7: one module, narrow
 * interface). It undoes the envelope, base64 and DynamoDB's typed JSON, validates all of it, and
 * builds no trees. What cannot be decoded is a record with a reason, never a failure of the batch.
 */
#ifndef LORRY_CDC_BATCH_H
#define LORRY_CDC_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "cdc/change.h"

/* Attribute values nest at most this deep (DynamoDB: 32 levels). */
#define ATTRIBUTE_DEPTH_MAX 64

struct lorry_change;

/* One delivered record, in the order of delivery. */
struct record {
    struct view raw;    /* as delivered: an element of Records, or a line */
    struct view stream; /* ARN of the stream, or the name of the input */
    struct view shard;  /* "shardId-..."; empty for DynamoDB Streams and lines */
    struct view
        sequence; /* unique within stream and shard: the sequence number, else position and hash */
    struct view identifier; /* what batchItemFailures names; empty if there is nothing */
    int64_t arrival_ms;     /* approximateArrivalTimestamp; 0 if unknown */
    struct change *change;  /* NULL: poison, or dropped by the callback */
    const char *reason;     /* why it is poison; NULL if it is not */
};

/* Sees every decoded change before folding; see lorry/processor.h. */
struct change_hook {
    int (*process)(struct lorry_change *change, void *user);
    void *user;
};

struct batch {
    struct arena arena; /* owns all that is decoded; the input is borrowed */
    struct record *records;
    size_t count, size;
    size_t dropped;                /* by the hook */
    struct change_hook hook;       /* process NULL: none */
    struct view previous_sequence; /* private to the transcoder */
};

void batch_init(struct batch *batch);
void batch_release(struct batch *batch);

/* Forgets the records, keeps memory and hook. */
void batch_reset(struct batch *batch);

/* Adds all records of a Lambda event (Kinesis, or DynamoDB Streams), which is borrowed until
 * batch_reset(). Error (ERROR_INPUT): not JSON, or no event; nothing was added then. */
int batch_add_event(struct batch *batch, struct view event, struct error *err);

/* Adds one CDC record in JSON, as it lies in a stream, borrowed until batch_reset(). `stream` names
 * the input, `position` counts its records from 1: the sequence of a record that brings none.
 * Whatever the line is, it becomes a record. */
void batch_add_line(struct batch *batch, struct view line, struct view stream, uint64_t position);

#endif
