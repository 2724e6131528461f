/* What every call to an AWS service needs. */
#ifndef LORRY_AWS_CLIENT_H
#define LORRY_AWS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/retry.h"
#include "base/clock.h"
#include "net/http.h"

/* All pointers are borrowed. Not thread-safe. */
struct aws_client {
    struct http_client *http;
    struct aws_credentials_provider *credentials;
    struct clock *clock; /* for the time of signatures, and to wait between tries */
    const char *region;  /* NULL: calls fail, and say what to set */
    int64_t timeout_ms;  /* of one try */
    /* NULL: one try a call; the caller repeats what `retry` of the error says may succeed later. */
    struct aws_retry *retry;
    struct aws_endpoints endpoints; /* zeroed: those of the environment only */
    /* What has to be added to the clock, as the Date of an answer told when a signature was refused
     * for its time. Kept by aws_call(). */
    int64_t skew_us;
};

#endif
