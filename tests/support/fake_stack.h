/* An account of AWS in the process, as far as a pipeline with a zip package needs it: one stack of
 * CloudFormation, its function, a bucket. It says what AWS says [CloudFormation, Lambda and S3 API
 * References]. */
#ifndef LORRY_TESTS_FAKE_STACK_H
#define LORRY_TESTS_FAKE_STACK_H

#include <stdbool.h>

#include "aws/client.h"
#include "base/buf.h"
#include "oci/digest.h"

#define FAKE_STACK_ACCOUNT "123456789012"
#define FAKE_STACK_REGION "eu-central-1"

struct fake_stack {
    struct clock clock; /* stands still; moves when somebody sleeps */
    int64_t slept_ms;
    struct aws_retry retry;

    const char *status;      /* of the stack; NULL: there is none */
    const char *ends_as;     /* what IN_PROGRESS becomes at the next but one look */
    struct buf template;     /* that it has */
    struct buf key;          /* its parameter CodeKey */
    struct oci_digest code;  /* that the function runs */
    bool silent;             /* Lambda does not tell that */
    const char *update;      /* LastUpdateStatus of the function */
    bool fails;              /* an update of the stack, for "the key is wrong" */
    const char *replacement; /* that the change set says: "False" */
    const char *loses;       /* an operation whose first answer gets lost */
    bool lost;
    bool hides_bucket;     /* HeadBucket does not know it yet, CreateBucket does */
    int events;            /* that have happened */
    int looks;             /* at what is IN_PROGRESS */
    struct buf wanted_key; /* of the change set */
    bool wants_same;       /* the change set has nothing to change */
    struct buf change_set; /* the last request that made one */
    struct buf calls;      /* "DescribeStacks ", ... */
};

/* Wants AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment. Release it. */
void fake_stack_init(struct fake_stack *stack);
void fake_stack_release(struct fake_stack *stack);

/* A client of it, which tries again what may pass: free its `http` with http_client_free(). */
struct aws_client fake_stack_client(struct fake_stack *stack);

/* Whether the operation was asked for. */
bool fake_stack_called(const struct fake_stack *stack, const char *operation);

#endif
