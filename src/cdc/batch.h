/* The transcoder: the bytes of a batch in, changes out, in one pass (DESIGN 7: one module, a narrow
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

/* One delivered record, in the order of delivery. Its position is its index. */
struct record {
    struct view raw;    /* as delivered: an element of Records, or a line */
    struct view stream; /* ARN of the stream, or the name of the input; may be empty */
    struct view shard;  /* "shardId-..."; empty for DynamoDB Streams and lines */
    struct view
        identifier;  /* its sequence number: what batchItemFailures names; empty if there is none */
    uint64_t number; /* of a line in its input, from 1; else 0 */
    struct view arrival;   /* approximateArrivalTimestamp as it stands there; empty if unknown */
    struct change *change; /* NULL: poison, or dropped by the hook */
    const char *reason;    /* why it is poison; NULL if it is not */
};

/* Sees every decoded change; see lorry/processor.h. */
struct change_hook {
    int (*process)(struct lorry_change *change, void *user); /* NULL: none */
    void *user;
};

struct batch_scratch;

struct batch {
    struct arena arena; /* owns all that is decoded; the input is borrowed */
    struct record *records;
    size_t count;
    size_t size;
    struct change_hook hook;
    struct batch_scratch *scratch; /* working memory of the transcoder */
};

void batch_init(struct batch *batch, struct change_hook hook);
void batch_release(struct batch *batch);

/* Forgets the records; keeps memory and hook. */
void batch_reset(struct batch *batch);

/* Adds all records of a Lambda event (Kinesis, or DynamoDB Streams), which is borrowed until
 * batch_reset(). Error (ERROR_INPUT): not JSON, or no such event; nothing was added then. [LDG
 * "Using Lambda with Kinesis", "Using Lambda with DynamoDB"] */
int batch_add_event(struct batch *batch, struct view event, struct error *err);

/* Adds one CDC record in JSON, as it lies in a stream, borrowed until batch_reset(). `stream` names
 * the input, `number` counts its records from 1 and orders those that bring no sequence number.
 * Whatever the line is, it becomes a record. */
void batch_add_line(struct batch *batch, struct view line, struct view stream, uint64_t number);

/* A record that was delivered before: with the bytes as delivered then, and what tells it from all
 * others (see batch_record_sequence()). */
struct letter {
    struct view stream, shard, sequence, record;
    uint64_t number; /* as in struct record; 0: as `sequence` has it, if that tells */
};

/* Adds such a record, borrowed until batch_reset(). Bytes with a member "kinesis" are taken for an
 * element of an event of Kinesis, all others for a CDC record. */
void batch_add_letter(struct batch *batch, const struct letter *letter);

/* When the record arrived in its stream, milliseconds since 1970; 0 if it does not say. */
int64_t batch_arrival_ms(const struct record *record);

/* What tells a record from all others of its stream and shard: its sequence number, or else its
 * number and a hash of its bytes, the same on every delivery. Allocated in the batch. */
struct view batch_record_sequence(struct batch *batch, const struct record *record);

#endif
