/* What IAM has to allow to whoever uses a pipeline: what lorry calls itself, and what
 * CloudFormation calls in the caller's name for the resources of the template. One table
 * (permissions_table.c) from which the policy is written, and which is simulated. */
#ifndef LORRY_STACK_PERMISSIONS_H
#define LORRY_STACK_PERMISSIONS_H

#include <jansson.h>

#include "base/buf.h"
#include "stack/stack.h"

/* What somebody wants to do; several at once. */
enum permission_use {
    USE_DEPLOY = 1,  /* `deploy`, a first one that fails and is rolled back included */
    USE_REFRESH = 2, /* `refresh` */
    USE_DESTROY = 4, /* `destroy`, data and repository staying */
    USE_OPERATE = 8, /* `status`, `logs`, `invoke`, `sql`, `query`, `replay`, `diff`, `doctor` */
};

/* On which resources an action is needed. */
enum permission_on {
    ON_ANYTHING, /* actions that know no resources, or none that are known before */
    ON_STACK,
    ON_TABLE,
    ON_STREAM,
    ON_FUNCTION,
    ON_MAPPING,
    ON_ROLE,
    ON_PASSED_ROLE,  /* the same, being given to Lambda */
    ON_SERVICE_ROLE, /* the one with which DynamoDB writes to streams */
    ON_LOG_GROUP,
    ON_ALARM,
    ON_FAILURE_BUCKET, /* and its objects */
    ON_FAILURE_QUEUE,
    ON_PACKAGE_BUCKET,
    ON_PACKAGE, /* an object in it */
    ON_REPOSITORY,
    ON_SECRET,
    ON_PARAMETER,
    PERMISSION_ONS,
};

struct permission {
    const char *action; /* "lambda:CreateFunction" */
    enum permission_on on;
    unsigned uses;                             /* enum permission_use, ored */
    bool (*wanted)(const struct stack *stack); /* which pipelines need it; NULL: all */
};

/* Ended by one without an action. */
extern const struct permission permissions[];

/* A condition that all actions on such a resource may be given. */
struct permission_condition {
    const char *key;
    const char *value;
};

/* NULL if there is none. */
const struct permission_condition *permission_condition(enum permission_on on);

/* Where the pipeline is. Borrowed. */
struct permission_place {
    const struct stack *stack;
    const char *region;
    const char *account; /* "*": not known */
};

/* Appends the ARN of such a resource, with wildcards where parts of it are not known before. */
void permission_resource(const struct permission_place *place, enum permission_on on,
                         struct buf *arn);

/* Takes the actions on a resource. Returns 0 to go on, else what permissions_each() returns. */
typedef int permissions_take(void *user, enum permission_on on, const char *const *actions,
                             size_t count);

/* Calls `take` for every kind of resource on which the pipeline needs something for one of `uses`,
 * in their order. */
int permissions_each(const struct permission_place *place, unsigned uses, permissions_take *take,
                     void *user);

/* The policy that allows it all: an object, json_decref() it. */
json_t *permissions_policy(const struct permission_place *place, unsigned uses);

#endif
