/* docker's credential file, ~/.docker/config.json or $DOCKER_CONFIG/config.json, and the credential
 * helpers that it names [Docker CLI reference "docker login"]. */
#ifndef LORRY_OCI_DOCKER_CONFIG_H
#define LORRY_OCI_DOCKER_CONFIG_H

#include "base/error.h"
#include "oci/registry.h"

/* Logins from it. The file is read when somebody asks, so that one that is broken only matters
 * then; without it there are no logins. In this order: the helper for the registry (credHelpers),
 * the one for all (credsStore), what stands in the file (auths). Errors: ERROR_INPUT or
 * ERROR_SYSTEM, naming the file or the helper; never what is in it. */
struct registry_logins *docker_config_logins_new(void);

/* Overwrites what was given last. NULL is allowed. */
void docker_config_logins_free(struct registry_logins *logins);

static inline void docker_config_logins_free_pointer(struct registry_logins **logins)
{
    docker_config_logins_free(*logins);
}
#define cleanup_docker_logins __attribute__((cleanup(docker_config_logins_free_pointer)))

/* Keeps a login for a registry ("host" or "host:port"): with the helper that the file names, else
 * in the file, which only its owner may read (mode 0600) and which is made if need be. Everything
 * else in the file stays. Errors as above. */
int docker_config_store(const char *registry, const struct registry_login *login,
                        struct error *err);

#endif
