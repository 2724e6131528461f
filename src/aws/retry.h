/* When a call is tried again: the standard mode of the AWS SDKs [AWS SDKs Reference "Retry
 * behavior"]: a number of attempts, exponential backoff with full jitter, and a bucket of tokens
 * that all calls of a client share, so that a service that is down is not stormed. */
#ifndef LORRY_AWS_RETRY_H
#define LORRY_AWS_RETRY_H

#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

struct aws_retry {
    unsigned attempts; /* of a call, the first included */
    unsigned tokens;   /* left in the bucket */
    unsigned lent;     /* what the last retry took; a success gives it back */
};

/* 3 attempts or AWS_MAX_ATTEMPTS, a full bucket. Error: ERROR_SETTING if the variable is no number
 * from 1 on. */
int aws_retry_init(struct aws_retry *retry, struct error *err);

/* After the failed try number `attempt` (the first is 1): whether to try again. Takes tokens and
 * waits, `after_ms` (the server's Retry-After; -1: it said nothing) or the backoff; a wish of more
 * than 20 s is cut to that. False without waiting when tries or tokens have run out, or `failure`
 * is not one that passes. */
bool aws_retry_wait(struct aws_retry *retry, struct clock *clock, unsigned attempt,
                    const struct error *failure, int64_t after_ms);

/* After a success: fills the bucket. */
void aws_retry_succeeded(struct aws_retry *retry);

#endif
