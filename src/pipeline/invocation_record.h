/* What Lambda says of records that it has given up: the invocation record that an OnFailure
 * destination gets [Lambda Developer Guide "Retain discarded batch records for a Kinesis Data
 * Streams event source in Lambda"]. Buckets get the event as well, queues only where in the stream
 * the records were. */
#ifndef LORRY_PIPELINE_INVOCATION_RECORD_H
#define LORRY_PIPELINE_INVOCATION_RECORD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

/* Texts are plain, NUL-terminated, and empty where the record is silent; numbers are 0 then. After
 * partial failures `function_error` is empty; records that got too old have no response at all. */
struct invocation_record {
    struct view condition;          /* "RetryAttemptsExhausted", "RecordAgeExceeded" */
    struct view function_error;     /* "Unhandled" */
    struct view stream;             /* ARN */
    struct view shard, first, last; /* sequence numbers */
    int64_t batch_size;
    int64_t time_us;                           /* when it was given up, since 1970 */
    int64_t first_arrival_us, last_arrival_us; /* of the records in the stream */
    struct view payload;                       /* the event; empty if there is none */
};

/* Reads one; any bytes may come. What it points to is in `json` or in `arena`. Error (ERROR_INPUT):
 * not JSON, or no such record: it has neither an event nor a place in a stream. */
int invocation_record_read(struct view json, struct arena *arena, struct invocation_record *record,
                           struct error *err);

#endif
