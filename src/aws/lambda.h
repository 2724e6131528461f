/* AWS Lambda [Lambda API Reference, version 2015-03-31]. */
#ifndef LORRY_AWS_LAMBDA_H
#define LORRY_AWS_LAMBDA_H

#include "aws/client.h"

/* Of an event, and of what a function answers [LDG "Lambda quotas": 6 MB each]. */
#define LAMBDA_PAYLOAD_MAX ((size_t)6 << 20)

/* What the keys of objects begin with that Lambda puts into a failure bucket [LDG "Capturing
 * discarded batches for a Kinesis event source": aws/lambda/<ESM-UUID>/<shardID>/...]. */
#define LAMBDA_FAILURE_PREFIX "aws/lambda/"

/* What a function made of an event. */
struct lambda_invocation {
    struct buf payload; /* what it returned: JSON, or an error as JSON */
    struct buf log;     /* the last 4 KB of its log */
    bool failed;        /* the function ended with an error */
    char kind[32];      /* then: "Handled", "Unhandled"; else "" */
    char version[64];   /* which one it was: "$LATEST" */
    char request_id[64];
};

/* Safe on a zeroed one. */
void lambda_invocation_release(struct lambda_invocation *invocation);
#define cleanup_lambda_invocation __attribute__((cleanup(lambda_invocation_release)))

/* Invoke: gives an event to a function (name or ARN) and waits for what it answers, up to 15
 * minutes and a little more. That the function fails is no error here. Errors: those of aws_call();
 * ERROR_INPUT if the event is too large. An event may be delivered twice if an answer is lost. */
int lambda_invoke(struct aws_client *client, const char *function, struct view event,
                  struct lambda_invocation *invocation, struct error *err);

#endif
