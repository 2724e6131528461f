/* The same processing as on Lambda, here: from files or standard input into a sink. `lorry relay`
 * and the record processor of one's own (processor.h) are thin fronts of it. */
#ifndef LORRY_PIPELINE_RELAY_H
#define LORRY_PIPELINE_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "cdc/batch.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"

/* Records are gathered into batches as Lambda would: up to so many, or so many bytes. An event is a
 * batch of its own, of whatever size. */
#define RELAY_BATCH_RECORDS 2500
#define RELAY_BATCH_BYTES ((size_t)6 << 20)

struct relay_progress {
    uint64_t records;
    uint64_t bytes;
    int64_t total_bytes; /* of all sources; -1: unknown */
    int64_t elapsed_ms;
};

/* Everything is borrowed. */
struct relay_config {
    const char *const *sources; /* names of files; "-" is standard input */
    size_t source_count;
    struct sink *sink;
    struct clock *clock;
    enum on_error on_error;  /* RAISE: the rest is applied too, then the run fails; EXIT: it ends
                                after the batch */
    struct change_hook hook; /* process NULL: none */
    int64_t timeout_ms; /* how long a batch is tried while the sink is in trouble; 0: for ever */
    const volatile sig_atomic_t *stop; /* not 0: end after the current batch, which is not tried
                                          again then; NULL: never */
    void (*progress)(const struct relay_progress *progress,
                     void *user); /* after a batch; or NULL */
    void *progress_user;
};

struct relay_result {
    struct report report; /* of all batches, those of a failed one included */
    int64_t elapsed_ms;
    bool stopped; /* by `stop`, before the end */
};

/* Relays all sources, one after the other. A record that brings no sequence number gets one from
 * the number of its line, so that the same file gives the same dead letters again. Nothing is
 * purged.
 *
 * Returns 0 at the end or when stopped. Else -1, `err` says where, why, and what to do: a source
 * cannot be read or breaks a limit, a batch could not be applied in time, or records cannot be
 * applied and `on_error` is RAISE or EXIT. `result` is filled either way: what it counts as written
 * is, and running the whole again changes nothing that was applied already. */
int relay_run(const struct relay_config *config, struct relay_result *result, struct error *err);

#endif
