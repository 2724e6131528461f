/* Waiting between tries: exponential backoff with full jitter, never past a deadline. Private to
 * pipeline/. */
#ifndef LORRY_PIPELINE_RETRY_H
#define LORRY_PIPELINE_RETRY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct retry {
    struct clock *clock;
    int64_t deadline;                  /* steady; 0: none */
    const volatile sig_atomic_t *stop; /* not 0: no more tries; NULL: never */
    int64_t ceiling_ms;
};

void retry_init(struct retry *retry, struct clock *clock, int64_t deadline,
                const volatile sig_atomic_t *stop);

/* Waits for a random time below a ceiling that doubles with every call (100 ms to 5 s). False, at
 * once, if the wait would end past the deadline or it is to stop. */
bool retry_wait(struct retry *retry);

#endif
