/* What a profile with `role_arn` refers to [AWS SDKs Reference "Assume role credential provider"]:
 * roles that are assumed with the keys of other roles, and at the end keys that are just there. The
 * files are looked at, nothing else. Private to aws/. */
#ifndef LORRY_AWS_ROLE_CHAIN_H
#define LORRY_AWS_ROLE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/profile.h"

#define ROLE_CHAIN_MAX 32

/* Everything is borrowed. */
struct role_chain {
    const char *profiles[ROLE_CHAIN_MAX]; /* each assumes its role with the keys of the next one */
    size_t count;
    /* Where the last one has its keys from; one of them is NULL. */
    const char *source_profile;
    const char *credential_source;
};

/* Whether the profile assumes a role with keys. With `web_identity_token_file` it needs none. */
bool role_chain_begins(const struct profiles *profiles, const char *profile);

/* Follows `source_profile` from a profile with which role_chain_begins(). As in botocore, a source
 * profile that has keys of its own assumes no role, and one may name itself for that. Error:
 * ERROR_SETTING if a profile has both source_profile and credential_source, or neither, if one is
 * not there, or if there is no end: the loop is named. */
int role_chain_follow(const struct profiles *profiles, const char *profile,
                      struct role_chain *chain, struct error *err);

#endif
