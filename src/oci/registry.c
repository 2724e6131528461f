#include "oci/registry_private.h"

#include <string.h>

/* The name that images of Docker Hub have is not where their registry is. */
static const char *host_of(const char *registry)
{
    return strcmp(registry, "docker.io") == 0 ? "registry-1.docker.io" : registry;
}

/* As docker does: https, but for this machine. */
static void put_default_url(const char *registry, struct buf *url)
{
    struct http_origin origin;
    buf_printf(url, "http://%s", host_of(registry));
    if (http_origin_of(buf_view(url), &origin, NULL) == 0 && http_host_is_loopback(origin.host))
        return;
    buf_clear(url);
    buf_printf(url, "https://%s", host_of(registry));
}

static int put_base(const struct registry_options *options, const struct oci_reference *reference,
                    struct http_origin *origin, struct buf *base, struct error *err)
{
    if (options->url)
        buf_append_str(base, options->url);
    else
        put_default_url(reference->registry, base);
    while (base->len && base->ptr[base->len - 1] == '/')
        base->ptr[--base->len] = '\0';
    if (http_origin_of(buf_view(base), origin, err) < 0)
        return error_prefix(err, "the URL of the registry \"%s\"", reference->registry);
    if (memchr(base->ptr, '?', base->len))
        return error_set(err, ERROR_SETTING, 0, "the URL of the registry \"%s\" has a query",
                         reference->registry);
    buf_printf(base, "/v2/%s/", reference->repository);
    if (base->overflow)
        return error_set(err, ERROR_SETTING, 0, "the URL of the registry \"%s\" is too long",
                         reference->registry);
    origin->target = VIEW("");
    return 0;
}

int registry_open(struct registry *registry, const struct registry_options *options,
                  const struct oci_reference *reference, const char *actions, struct error *err)
{
    struct buf base = BUF_INIT(REGISTRY_URL_CAP);
    struct http_origin origin;
    if (put_base(options, reference, &origin, &base, err) < 0) {
        buf_release(&base);
        if (err)
            err->domain = ERROR_SETTING;
        return -1;
    }
    *registry = (struct registry){
        .options = options,
        .reference = reference,
        .origin = origin,
        .base = base,
        .auth = {.actions = actions},
    };
    return 0;
}

void registry_close(struct registry *registry)
{
    buf_release(&registry->base);
    buf_wipe(&registry->auth.header);
    challenge_release(&registry->auth.challenge);
}
