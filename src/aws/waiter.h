/* Waiting for something that takes its time (a stack, a function) by asking again and again. */
#ifndef LORRY_AWS_WAITER_H
#define LORRY_AWS_WAITER_H

#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

enum aws_wait_state { AWS_WAIT_DONE, AWS_WAIT_AGAIN, AWS_WAIT_FAILED };

struct aws_waiter {
    struct clock *clock;
    const char *what; /* "stack \"x\" to be updated": what a message says was waited for */
    /* Between two questions, on average: a quarter more or less, so that many waiters do not ask in
     * step. See aws_wait_interval(). */
    int64_t interval_ms;
    int64_t timeout_ms; /* of it all */
    /* Asks once. AWS_WAIT_FAILED: `err` says why; what may pass (`err->retry`) is as good as
     * AWS_WAIT_AGAIN. */
    enum aws_wait_state (*poll)(void *user, struct error *err);
    void *user;
    /* Before every pause: "waiting for <what>, 12 s". NULL: nobody asks. */
    void (*tell)(void *user, const char *text);
    void *tell_user;
};

/* Asks at once, then after every interval, the last time when the time is up. 0 when it is done.
 * Errors: that of `poll`; ERROR_AWS with `retry` if it is not done in time; ERROR_SETTING if
 * LORRY_POLL_MS is no number of milliseconds. */
int aws_wait(const struct aws_waiter *waiter, struct error *err);

/* The environment's LORRY_POLL_MS makes an interval shorter, never longer: for emulators, whose
 * work is done at once, and for tests. Error: ERROR_SETTING if it is no number of milliseconds. */
int aws_wait_interval(int64_t *interval_ms, struct error *err);

#endif
