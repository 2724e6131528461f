#include "cli/registry_access.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cli/http.h"
#include "oci/docker_config.h"

static int open_any(const struct cli *cli, struct registry_access *access, struct error *err)
{
    const char *url = getenv("LORRY_REGISTRY_URL");
    access->http = cli_http_new(cli, err);
    if (!access->http)
        return -1;
    access->docker = docker_config_logins_new();
    access->options = (struct registry_options){
        .http = access->http,
        .clock = &clock_system,
        .logins = access->docker,
        .url = url && *url ? url : NULL,
    };
    return 0;
}

static int open_ecr(const struct cli *cli, const struct ecr_registry *registry,
                    struct registry_access *access, struct error *err)
{
    cleanup_free char *region = xstrndup(registry->region.ptr, registry->region.len);
    struct cli there = *cli;
    there.region = region;
    access->url = BUF_INIT(BUF_TEXT_CAP);
    if (aws_access_open(&there, NULL, &access->aws, err) < 0 ||
        ecr_registry_url(access->aws.client, &access->url, err) < 0)
        return -1;
    ecr_logins_init(&access->ecr, access->aws.client);
    access->options = (struct registry_options){
        .http = access->aws.http,
        .clock = &clock_system,
        .logins = &access->ecr.logins,
        .url = access->url.len ? buf_str(&access->url) : NULL,
    };
    return 0;
}

int registry_access_open(const struct cli *cli, const char *registry,
                         struct registry_access *access, struct error *err)
{
    struct ecr_registry ecr;
    return ecr_registry_parse(view_str(registry), &ecr) ? open_ecr(cli, &ecr, access, err)
                                                        : open_any(cli, access, err);
}

void registry_access_release(struct registry_access *access)
{
    docker_config_logins_free(access->docker);
    http_client_free(access->http);
    ecr_logins_release(&access->ecr);
    aws_access_release(&access->aws);
    buf_release(&access->url);
    *access = (struct registry_access){0};
}
