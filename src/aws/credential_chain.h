/* Credentials as the AWS CLI finds them [AWS CLI User Guide "Configuration settings and
 * precedence"; the order is botocore's]: the first source that has some. Temporary ones are kept in
 * memory and renewed before they expire; nothing is written anywhere. Private to aws/. */
#ifndef LORRY_AWS_CREDENTIAL_CHAIN_H
#define LORRY_AWS_CREDENTIAL_CHAIN_H

#include "aws/credential_source.h"

/* Ready once `provider` and `search` are set; see credential_chain_init(). */
struct credential_chain {
    struct aws_credentials_provider provider; /* first, so that it can be cast */
    struct credential_search search;
    struct credential_found found;
    int64_t renew_us; /* when to look for others; 0: never */
};

/* Looks for nothing yet: the first get() does. What `search` points to is borrowed. get() fails
 * with ERROR_AWS and a list of what was tried if no source has any, or with the error of the one
 * that failed. */
void credential_chain_init(struct credential_chain *chain, const struct credential_search *search);

/* Overwrites the secrets. Safe on a zeroed one. */
void credential_chain_release(struct credential_chain *chain);

#endif
