/* A function of AWS Lambda: what it is, and whether it is ready [Lambda API Reference
 * "GetFunction", "FunctionConfiguration"]. */
#ifndef LORRY_AWS_LAMBDA_FUNCTION_H
#define LORRY_AWS_LAMBDA_FUNCTION_H

#include "aws/client.h"
#include "base/arena.h"

struct lambda_variable {
    const char *name;
    const char *value; /* may be a secret */
};

/* Texts that Lambda does not say are "". */
struct lambda_function {
    struct arena arena; /* owns all texts */
    const char *arn;
    const char *version; /* "$LATEST" */
    const char *state;   /* "Pending", "Active", "Inactive", "Failed", ... */
    const char *state_reason, *state_code;
    const char *update_status; /* of the latest change: "InProgress", "Successful", "Failed" */
    const char *update_reason, *update_code; /* "ImageDeleted", ... */
    const char *package_type;                /* "Zip", "Image" */
    const char *code_sha256; /* of a zip: base64; of an image: that of its manifest, hexadecimal */
    const char *image_uri;   /* as it was given; of an image only */
    const char *resolved_image_uri; /* the same by digest: "REGISTRY/REPOSITORY@sha256:..." */
    const char *runtime;            /* of a zip: "provided.al2023" */
    const char *architecture;       /* "x86_64", "arm64" */
    int memory_mb, timeout_s;
    int reserved_concurrency;  /* -1: none is reserved */
    const char *role;          /* its ARN */
    const char *last_modified; /* "2026-11-23T22:10:33.123+0000" */
    const char *log_group;
    struct lambda_variable *variables; /* of its environment */
    size_t variable_count;
    const char *variables_error; /* why they are not told, "" if they are: "AccessDeniedException",
                                    of the key that they are encrypted with */
};

/* Overwrites all texts: the environment may hold secrets. Safe on a zeroed one. */
void lambda_function_release(struct lambda_function *function);
#define cleanup_lambda_function __attribute__((cleanup(lambda_function_release)))

/* The value of a variable of the function; NULL if it has none of that name. */
const char *lambda_function_variable(const struct lambda_function *function, const char *name);

/* GetFunction, of a name or an ARN. 1: `function` (zeroed or released before) is filled; 0: there
 * is none of that name; -1 and `err`: those of aws_call(). */
int lambda_get_function(struct aws_client *client, const char *name,
                        struct lambda_function *function, struct error *err);

#endif
