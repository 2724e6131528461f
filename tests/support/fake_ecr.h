/* ECR in the process, both of its faces: the API, with one repository, and the registry. It says
 * what ECR says [ECR API Reference; ECR User Guide "Troubleshooting"]. */
#ifndef LORRY_TESTS_FAKE_ECR_H
#define LORRY_TESTS_FAKE_ECR_H

#include <stdbool.h>

#include "aws/client.h"
#include "base/buf.h"
#include "support/http_script.h"

#define FAKE_ECR_ACCOUNT "123456789012"
#define FAKE_ECR_REGION "eu-central-1"
#define FAKE_ECR_REGISTRY FAKE_ECR_ACCOUNT ".dkr.ecr." FAKE_ECR_REGION ".amazonaws.com"

struct fake_ecr {
    struct clock clock; /* stands still; moves when somebody sleeps */
    int64_t slept_ms;

    bool exists;
    const char *mutability; /* NULL: as it was created */
    bool no_scan;
    struct buf policy, lifecycle; /* empty: there is none */
    struct buf created_as;        /* the input of CreateRepository */

    const char *denied; /* an operation that the caller must not do */
    int unknown;        /* so many pushes find no repository although it is there */
    int tokens;         /* given out; the last one is valid */
    int valid_for;      /* a token is, for so many requests; 0: for ever */
    int requests;       /* with the token, so far */
    bool never_valid;
    const char *refuses; /* a method: whoever uses it hears that the token has expired */
    bool immutable;      /* the registry refuses tags that are there */

    struct buf calls; /* the operations that were asked for: "DescribeRepositories " ... */
    struct buf blobs; /* the digests that the registry has, a line each; tags as "tag digest" */
    int uploads;
};

/* Wants AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment. Release it. */
void fake_ecr_init(struct fake_ecr *ecr);
void fake_ecr_release(struct fake_ecr *ecr);

/* A client of it: free its `http` with http_client_free(). */
struct aws_client fake_ecr_client(struct fake_ecr *ecr);

#endif
