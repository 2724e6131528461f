/* The language of policies: what may stand where [IAM User Guide "Grammar of the IAM JSON policy
 * language"]. Private to repository_policy.c. */
#ifndef LORRY_STACK_POLICY_WORDS_H
#define LORRY_STACK_POLICY_WORDS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* A text, or a list of texts: how many there are, and the one at an index ("" if it is no text). */
size_t policy_size(const json_t *words);
const char *policy_word(const json_t *words, size_t index);

/* Makes a list of a `Statement` that is a single one. False if the policy has no statements. */
bool policy_make_list(json_t *policy);

/* Whether this is a policy of a repository; makes a list of a single statement. Errors:
 * ERROR_INPUT, beginning with `path`. */
int policy_check(json_t *policy, const char *path, struct error *err);

#endif
