/* AWS Identity and Access Management: what a principal may do [IAM API Reference, version
 * 2010-05-08; the Query protocol]. One service for all regions of a partition. */
#ifndef LORRY_AWS_IAM_H
#define LORRY_AWS_IAM_H

#include "aws/client.h"

/* What is known of the circumstances of a request: a condition key, and its value. */
struct iam_context {
    const char *key; /* "iam:PassedToService" */
    const char *value;
};

/* What became of an action on a resource. Borrowed for the time of the callback. */
struct iam_decision {
    struct view action;
    struct view resource;
    bool allowed;
    bool denied;                   /* not allowed, since a statement denies it */
    bool denied_by_organization;   /* ... or since a policy of the organization does not allow it */
    bool denied_by_boundary;       /* ... or since the permissions boundary does not */
    struct view missing_condition; /* a condition key whose value the simulation lacked; or empty */
};

/* Takes a decision. Returns 0 to go on, 1 if that was enough, -1 with `err` set. */
typedef int iam_take_decision(void *user, const struct iam_decision *decision, struct error *err);

struct iam_simulation {
    const char *principal; /* ARN of a user, a group or a role (not of a role's session) */
    const char *const *actions;
    size_t action_count;          /* 1 at least */
    const char *const *resources; /* every action is simulated on each; none: on "*" */
    size_t resource_count;
    const struct iam_context *context;
    size_t context_count;
    iam_take_decision *take;
    void *user;
};

/* SimulatePrincipalPolicy, page after page: policies of the principal, its groups, its permissions
 * boundary and its organization; not those of resources and of sessions. Errors: those of
 * aws_call() and `take`. */
int iam_simulate(struct aws_client *client, const struct iam_simulation *simulation,
                 struct error *err);

/* GetRole: appends the ARN, with the path, of the role of that name. Errors: those of aws_call();
 * named "NoSuchEntity". */
int iam_get_role(struct aws_client *client, const char *name, struct buf *arn, struct error *err);

#endif
