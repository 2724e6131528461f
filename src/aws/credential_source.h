/* Where credentials may come from: one file per source; credential_order.c has the tables that give
 * the order. Private to aws/. */
#ifndef LORRY_AWS_CREDENTIAL_SOURCE_H
#define LORRY_AWS_CREDENTIAL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/profile.h"
#include "base/buf.h"

/* What the sources look at beside the environment. All of it is borrowed. */
struct credential_search {
    const struct profiles *profiles;
    const char *profile; /* "default" if none was chosen */
    /* By an option: the keys and the web identity of the environment do not count then [botocore].
     */
    bool profile_option;
    bool sts_legacy; /* sts_regional_endpoints is "legacy" */
    /* That of the session, for HTTP, clock, region, endpoints and tries; not for its credentials.
     */
    struct aws_client *client;
    struct aws_prompt *prompt; /* NULL: nobody can be asked */
};

struct credential_found {
    struct aws_credentials keys;
    int64_t expires_us; /* since 1970; 0: never */
};

/* Overwrites the secrets. Safe on a zeroed one. */
void credential_found_release(struct credential_found *found);
#define cleanup_credential_found __attribute__((cleanup(credential_found_release)))

/* 1: `found` (zeroed before) is filled. 0: the source is not set up, and `why` tells what is
 * missing. -1: it is set up and failed, so that the search ends there. */
typedef int credential_source_find(const struct credential_search *search,
                                   struct credential_found *found, struct buf *why,
                                   struct error *err);

/* All of them in their order; `why` becomes a list of what was tried. */
credential_source_find credentials_find;
/* Those of the profile only: what a `source_profile` may have. The environment does not count. */
credential_source_find credentials_find_in_profile;
/* The source that a `credential_source` names: "Environment", "EcsContainer",
 * "Ec2InstanceMetadata"; NULL if there is none of that name. */
credential_source_find *credentials_source_named(const char *name);

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or the older AWS_SECURITY_TOKEN),
 * AWS_CREDENTIAL_EXPIRATION. */
credential_source_find source_environment;
/* The keys of the profile in the credentials file, in the configuration file. */
credential_source_find source_credentials_file;
credential_source_find source_config_file;
/* `sso_account_id`, `sso_role_name` with `sso_session`, or `sso_start_url` and `sso_region`: IAM
 * Identity Center, with the token that "aws sso login" left [AWS SDKs Reference "IAM Identity
 * Center credential provider"]. */
credential_source_find source_sso;
/* `credential_process` of the profile [AWS SDKs Reference "Process credential provider"]. */
credential_source_find source_process;
/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI [AWS SDKs Reference "Container credential
 * provider"]. */
credential_source_find source_container;
/* The role of the EC2 instance [EC2 User Guide "Use IMDSv2"]. */
credential_source_find source_instance;
/* `role_arn` with `source_profile` or `credential_source` [AWS SDKs Reference "Assume role
 * credential provider"]. */
credential_source_find source_role;
/* AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME, or the same of the profile. */
credential_source_find source_web_identity;
/* `login_session`, what "aws login" leaves: an error with a way around, so that other keys than the
 * wanted ones are never used instead. */
credential_source_find source_login;

#endif
