#include "cli/registry_access.h"

#include <stdlib.h>

#include "cli/http.h"
#include "oci/docker_config.h"

int registry_access_open(const struct cli *cli, struct registry_access *access, struct error *err)
{
    const char *url = getenv("LORRY_REGISTRY_URL");
    struct http_client *http = cli_http_new(cli, err);
    if (!http)
        return -1;
    access->options = (struct registry_options){
        .http = http,
        .clock = &clock_system,
        .logins = docker_config_logins_new(),
        .url = url && *url ? url : NULL,
    };
    return 0;
}

void registry_access_release(struct registry_access *access)
{
    docker_config_logins_free(access->options.logins);
    http_client_free(access->options.http);
    *access = (struct registry_access){0};
}
