/* The policy of a repository: who may pull its images. Whatever else it says, Lambda may fetch the
 * images of our functions: Lambda adds a statement for that by itself only if whoever makes the
 * function may, and loses it when the policy is replaced [Lambda Developer Guide "Create a Lambda
 * function using a container image"]. */
#ifndef LORRY_STACK_REPOSITORY_POLICY_H
#define LORRY_STACK_REPOSITORY_POLICY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* Whose images Lambda fetches. Borrowed. */
struct policy_function {
    const char *account;
    const char *region;
    const char *name; /* NULL: all functions of the account in the region */
};

/* Makes the policy that the documentation shows: everybody may pull. */
json_t *repository_policy_public(void);

/* Accounts may pull, and Lambda for their functions in the region. Error: ERROR_SETTING for one
 * that has not 12 digits. */
json_t *repository_policy_accounts(const char *const *accounts, size_t count, const char *region,
                                   struct error *err);

/* Reads a policy that a user wrote. `path`: what messages call it. Errors: ERROR_INPUT, which says
 * what is wrong with it. */
json_t *repository_policy_parse(struct view text, const char *path, struct error *err);

/* The same for the policy of a repository, as ECR gave it: empty if there is none. */
json_t *repository_policy_read(struct view text, struct error *err);

/* Adds the statements of `current` that let Lambda, and nobody else, fetch images for functions of
 * this account, unless `policy` has them. One whose name is taken gets another. */
void repository_policy_carry(json_t *policy, const json_t *current, const char *account);

/* Appends the names, quoted, of the statements of `current` that `policy` lacks. */
void repository_policy_lost(const json_t *policy, const json_t *current, struct buf *names);

/* Adds a statement for the function, or the function to ours, unless the policy has a statement
 * that allows it. Returns whether anything was added. */
bool repository_policy_allow(json_t *policy, const struct policy_function *function);

/* Whether the function's image may be fetched already. */
bool repository_policy_allows(const json_t *policy, const struct policy_function *function);

/* Appends the policy in compact form. Error: ERROR_INPUT if that is more than ECR takes. */
int repository_policy_write(const json_t *policy, struct buf *text, struct error *err);

#endif
