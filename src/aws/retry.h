/* When a call is tried again: the standard mode of the AWS SDKs [AWS SDKs Reference "Retry
 * behavior"; its numbers as botocore has them since 1.44]: a number of attempts, exponential
 * backoff with full jitter, and a bucket of tokens that all calls of a client share, so that a
 * service that is down is not stormed. */
#ifndef LORRY_AWS_RETRY_H
#define LORRY_AWS_RETRY_H

#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

#define AWS_RETRY_BUCKET 500U       /* tokens of a full bucket */
#define AWS_RETRY_COST 14U          /* of a retry: the service, or the way to it, is in trouble */
#define AWS_RETRY_COST_THROTTLED 5U /* ...: it is well, and only wants fewer requests */
#define AWS_RETRY_CEILING_MS 20000  /* of a pause */

/* Shared by the calls of a client. */
struct aws_retry {
    unsigned attempts; /* of a call, the first included */
    unsigned tokens;   /* left in the bucket */
};

/* The tries of one call; zeroed before the first. */
struct aws_tries {
    unsigned failed;
    unsigned lent; /* what the last retry took; a success gives it back */
};

/* 3 attempts or AWS_MAX_ATTEMPTS, a full bucket. Error: ERROR_SETTING if the variable is no number
 * from 1 on. */
int aws_retry_init(struct aws_retry *retry, struct error *err);

/* After a failed try, counted here: whether to try again. Takes tokens, then waits: a random part
 * of a second after throttling, of 50 ms otherwise, twice as much with every further try; but
 * `wanted_ms` at least, if that is what the service asks for (-1: it does not), and never more than
 * 20 s. False without waiting when tries or tokens have run out, or `failure` is not one that
 * passes. */
bool aws_retry_wait(struct aws_retry *retry, struct clock *clock, struct aws_tries *tries,
                    const struct error *failure, int64_t wanted_ms);

/* After a success: puts tokens back, those of the last retry, or one if there was none. */
void aws_retry_succeeded(struct aws_retry *retry, const struct aws_tries *tries);

#endif
