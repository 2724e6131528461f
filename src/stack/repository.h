/* The repository of a pipeline's images: made as it is wanted, or taken as it is. */
#ifndef LORRY_STACK_REPOSITORY_H
#define LORRY_STACK_REPOSITORY_H

#include <jansson.h>

#include "aws/ecr.h"
#include "stack/lifecycle.h"

/* Whether ECR takes it as the name of a repository [botocore ecr/2015-09-21]. */
bool repository_name_valid(const char *name);

/* What is wanted. All of it is borrowed. */
struct repository_plan {
    struct ecr_name name; /* the account is needed */
    /* The pipeline; NULL: none. Its deployed images have tags that begin with "<project>-": they
     * move from image to image, so that `immutable` leaves them out, and they never expire. */
    const char *project;
    const char *function; /* that Lambda fetches images for; NULL: all of the account */
    bool immutable;
    int keep; /* see lifecycle_policy(); 0 leaves a repository without such a policy alone */
    const struct ecr_tag *tags; /* of a new one */
    size_t tag_count;
};

/* What came of it. */
struct repository_state {
    struct ecr_repository repository;
    bool created;
    bool policy_changed;
    bool lifecycle_changed;
    int keep; /* 0: that is not ours to say */
    /* What is not as wanted and has been left alone: a line each, without the last newline. */
    struct buf differences;
};

/* Safe on a zeroed one. */
void repository_state_release(struct repository_state *state);
#define cleanup_repository_state __attribute__((cleanup(repository_state_release)))

/* Makes the repository unless it is there; scanned on push, with policies. Of one that is there,
 * only two things are changed: Lambda may fetch its images, and a lifecycle policy of ours does not
 * let deployed images expire, or keeps as many as `keep` says. `state` is zeroed before; its
 * `created` also holds after a failure. Errors: those of aws_json(). */
int repository_ensure(struct aws_client *client, const struct repository_plan *plan,
                      struct repository_state *state, struct error *err);

/* Lets Lambda fetch the images, unless it may. `*changed` tells. Errors: those of aws_json();
 * ERROR_INPUT if the policy would be too long. */
int repository_allow_lambda(struct aws_client *client, const struct repository_plan *plan,
                            bool *changed, struct error *err);

/* A policy that is to be set. */
struct repository_policy_change {
    struct buf text; /* all of it */
    struct buf lost; /* the names of the statements that it replaces, quoted */
    bool changed;    /* it is not the one that is there */
};

void repository_policy_change_release(struct repository_policy_change *change);
#define cleanup_repository_policy_change __attribute__((cleanup(repository_policy_change_release)))

/* Adds to `policy` what has to be in it besides (see repository_policy.h), and compares it with the
 * one that is there; sets nothing. Errors: those of repository_allow_lambda(). */
int repository_policy_prepare(struct aws_client *client, const struct repository_plan *plan,
                              json_t *policy, struct repository_policy_change *change,
                              struct error *err);

#endif
