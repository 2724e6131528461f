/* Registries as commands reach them: the HTTP client, docker's logins, LORRY_REGISTRY_URL. */
#ifndef LORRY_CLI_REGISTRY_ACCESS_H
#define LORRY_CLI_REGISTRY_ACCESS_H

#include "cli/cli.h"
#include "oci/registry.h"

struct registry_access {
    struct registry_options options; /* complete, but for progress */
};

/* Error: ERROR_NET if libcurl cannot be set up. */
int registry_access_open(const struct cli *cli, struct registry_access *access, struct error *err);

/* Safe on a zeroed one. */
void registry_access_release(struct registry_access *access);
#define cleanup_registry_access __attribute__((cleanup(registry_access_release)))

#endif
