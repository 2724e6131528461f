/* Logins at Amazon ECR: the token of ecr:GetAuthorizationToken, fetched when first needed and
 * renewed when it was refused. */
#ifndef LORRY_STACK_REGISTRY_LOGIN_H
#define LORRY_STACK_REGISTRY_LOGIN_H

#include "aws/client.h"
#include "oci/registry.h"

struct ecr_logins {
    struct registry_logins logins;
    struct aws_client *client;
    struct registry_login login; /* the last token; empty: none yet */
};

/* For the private registry of the account; `client` is borrowed. Release it when done. */
void ecr_logins_init(struct ecr_logins *logins, struct aws_client *client);
void ecr_logins_release(struct ecr_logins *logins);

/* Whether a registry is one of ECR ("<account>.dkr.ecr.<region>.amazonaws.com" and its likes in
 * other partitions). The views (may be NULL) point into `registry`. */
bool ecr_registry_parse(struct view registry, struct view *account, struct view *region);

#endif
