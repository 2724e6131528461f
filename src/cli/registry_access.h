/* Registries as commands reach them: the HTTP client, logins (docker's, or for Amazon ECR its own),
 * LORRY_REGISTRY_URL. */
#ifndef LORRY_CLI_REGISTRY_ACCESS_H
#define LORRY_CLI_REGISTRY_ACCESS_H

#include "cli/aws_access.h"
#include "cli/cli.h"
#include "oci/registry.h"
#include "stack/ecr_registry.h"

struct registry_access {
    struct registry_options options; /* complete, but for progress */
    struct http_client *http;        /* the owned ones; of ECR, that of `aws` is used */
    struct registry_logins *docker;
    struct aws_access aws;
    struct ecr_logins ecr;
    struct buf url;
};

/* For a registry ("host" or "host:port"). Not to be moved then. Errors: ERROR_NET if libcurl cannot
 * be set up; those of aws_access_open(). */
int registry_access_open(const struct cli *cli, const char *registry,
                         struct registry_access *access, struct error *err);

/* Safe on a zeroed one. */
void registry_access_release(struct registry_access *access);
#define cleanup_registry_access __attribute__((cleanup(registry_access_release)))

#endif
