/* docker's credential file as a document, and the programs that keep credentials for it. Private to
 * oci/docker_*.c. */
#ifndef LORRY_OCI_DOCKER_FILE_H
#define LORRY_OCI_DOCKER_FILE_H

#include <jansson.h>

#include "oci/registry.h"

/* Appends where it is. False: neither DOCKER_CONFIG nor HOME says so. */
bool docker_file_path(struct buf *path);

/* Reads it. `*file` is a new reference, to an empty object if there is no such file. */
int docker_file_read(const char *path, json_t **file, struct error *err);

/* The name of the helper for a registry, borrowed; NULL: none. */
const char *docker_file_helper(const json_t *file, const char *registry);

/* What stands in the file itself: fills `login`, leaves it empty if there is nothing. Error:
 * ERROR_INPUT if that cannot be read. */
int docker_file_find(const json_t *file, const char *registry, struct registry_login *login,
                     struct error *err);

/* Enters a login; NULL: that a helper has it. Error: ERROR_INPUT if "auths" is no object. */
int docker_file_enter(json_t *file, const char *registry, const struct registry_login *login,
                      struct error *err);

/* What docker calls a registry in there: the host, but for its own. */
const char *docker_server(const char *registry);

/* Asks docker-credential-<helper>: fills `login`, leaves it empty if it has none. */
int docker_helper_get(const char *helper, const char *registry, struct registry_login *login,
                      struct error *err);

int docker_helper_store(const char *helper, const char *registry,
                        const struct registry_login *login, struct error *err);

#endif
