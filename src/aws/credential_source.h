/* Where credentials may come from: one file per source, one table (credential_chain.c) that gives
 * the order. Private to aws/. */
#ifndef LORRY_AWS_CREDENTIAL_SOURCE_H
#define LORRY_AWS_CREDENTIAL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "aws/profile.h"
#include "base/buf.h"
#include "base/clock.h"
#include "net/http.h"

/* What the sources look at beside the environment. All of it is borrowed. */
struct credential_search {
    const struct profiles *profiles;
    const char *profile; /* "default" if none was chosen */
    bool
        profile_option; /* by an option: the keys of the environment do not count then [botocore] */
    struct http_client *http;
    struct clock *clock;
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

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or the older AWS_SECURITY_TOKEN). */
credential_source_find source_environment;
/* The keys of the profile in the credentials file, in the configuration file. */
credential_source_find source_credentials_file;
credential_source_find source_config_file;
/* `credential_process` of the profile [AWS SDKs Reference "Process credential provider"]. */
credential_source_find source_process;
/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI [AWS SDKs Reference "Container credential
 * provider"]. */
credential_source_find source_container;
/* The role of the EC2 instance [EC2 User Guide "Use IMDSv2"]. */
credential_source_find source_instance;
/* What the profile or the environment asks for and lorry cannot do: an error, so that other keys
 * than the wanted ones are never used instead. */
credential_source_find source_unsupported;

#endif
