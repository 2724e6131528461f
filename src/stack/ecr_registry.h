/* The private registries of Amazon ECR: their names, and logins at them. */
#ifndef LORRY_STACK_ECR_REGISTRY_H
#define LORRY_STACK_ECR_REGISTRY_H

#include "aws/client.h"
#include "aws/ecr.h"
#include "oci/registry.h"

/* What the name of a registry says; views into that name. */
struct ecr_registry {
    struct view account; /* 12 digits */
    struct view region;
};

/* Whether `name` is that of a private registry of ECR: "<account>.dkr.ecr.<region>.amazonaws.com",
 * its likes in the other partitions, "dkr.ecr-fips", and the dual-stack "dkr-ecr.<region>.on.aws"
 * [ECR User Guide "Private registries", "Getting started with making requests over IPv6"]. Strict,
 * since tokens are sent there. `registry` may be NULL. */
bool ecr_registry_parse(struct view name, struct ecr_registry *registry);

/* Appends "<account>.dkr.ecr.<region>.<suffix of the partition>". */
void ecr_registry_name(const char *account, const char *region, struct buf *name);

/* Appends the URL that the registries of the client's region are really at, if not at their own
 * names: LORRY_REGISTRY_URL; or where ECR itself is, if that is not with AWS: an emulator serves
 * both. Nothing else is appended. Errors: those of ecr_endpoint(). */
int ecr_registry_url(const struct aws_client *client, struct buf *url, struct error *err);

/* Logins at the registries of a region: one token for all of them, fetched when first needed, and
 * again when it has expired or was refused. */
struct ecr_logins {
    struct registry_logins logins;
    struct aws_client *client;
    struct ecr_token token; /* the last one; its user is empty if there was none yet */
};

/* `client`, borrowed, is one of the region of the registries. Release it when done. */
void ecr_logins_init(struct ecr_logins *logins, struct aws_client *client);

/* Safe on a zeroed one. */
void ecr_logins_release(struct ecr_logins *logins);
#define cleanup_ecr_logins __attribute__((cleanup(ecr_logins_release)))

#endif
