#include <errno.h>
#include <stdio.h>

#include "oci/document.h"
#include "oci/registry_private.h"

/* A document that is fetched by its digest, or the manifest by its tag. */
struct fetch {
    struct registry_job job;
    const char *path;   /* behind the repository */
    const char *digest; /* what it has to have; NULL: anything */
    const char *accept;
    struct buf bytes;
};

static void fetch_release(struct fetch *fetch)
{
    registry_job_release(&fetch->job);
    buf_release(&fetch->bytes);
}

static void begin_fetch(struct registry_job *job)
{
    struct fetch *fetch = (struct fetch *)job;
    registry_job_ask(job, "GET", "%s", fetch->path);
    job->accept = fetch->accept;
}

static int take_document(struct registry_job *job, const struct http_response *response,
                         struct error *err)
{
    struct fetch *fetch = (struct fetch *)job;
    struct oci_digest digest = oci_digest_of(buf_view(&response->body));
    if (response->status != 200)
        return registry_refuse(job, response, err);
    if (registry_check_digest(job, response, digest.text, err) < 0)
        return -1;
    if (fetch->digest && strcmp(fetch->digest, digest.text) != 0)
        return error_set(err, ERROR_NET, EPROTO,
                         "\"%s/%s\": %s: what came has the digest \"%s\" instead",
                         job->registry->reference->registry, job->registry->reference->repository,
                         job->what, digest.text);
    buf_append_view(&fetch->bytes, buf_view(&response->body));
    job->done = true;
    return 0;
}

static const struct registry_job_ops FETCH_OPS = {.begin = begin_fetch, .answered = take_document};

/* `name` is a digest, or a tag without one. */
static int fetch(struct registry *registry, const char *folder, const char *name,
                 const char *digest, const char *accept, struct buf *bytes, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    struct fetch fetch __attribute__((cleanup(fetch_release))) = {
        .job = {.ops = &FETCH_OPS,
                .registry = registry,
                .url = BUF_INIT(REGISTRY_URL_CAP),
                .response_cap = OCI_MANIFEST_MAX},
        .digest = digest,
        .accept = accept,
        .bytes = BUF_INIT(OCI_MANIFEST_MAX),
    };
    struct registry_job *job = &fetch.job;
    buf_printf(&path, "%s/%s", folder, name);
    fetch.path = buf_str(&path);
    snprintf(job->what, sizeof(job->what), "%s %s", accept ? "manifest" : "config", name);
    if (registry_run(registry, &job, 1, err) < 0)
        return -1;
    *bytes = fetch.bytes;
    fetch.bytes = (struct buf){0};
    return 0;
}

static void put_platform(const json_t *entry, struct buf *out)
{
    const json_t *platform = json_object_get(entry, "platform");
    const char *system = document_text(platform, "os");
    const char *architecture = document_text(platform, "architecture");
    const char *digest = document_text(entry, "digest");
    buf_printf(out, "%s%s/%s %s", out->len ? ", " : "", system ? system : "?",
               architecture ? architecture : "?", digest ? digest : "");
}

/* Other errors of a manifest say what is wrong with it; an index has something to choose from. */
static int refuse_index(const json_t *document, struct error *err)
{
    cleanup_buf struct buf platforms = BUF_INIT(OCI_MANIFEST_MAX);
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(document, "manifests"), i, entry)
    {
        put_platform(entry, &platforms);
    }
    buf_defuse(&platforms);
    return error_set(err, ERROR_INPUT, 0,
                     "it is an index, a list of images, and Lambda takes a single one. In it: %s",
                     buf_str(&platforms));
}

static int check_index(struct view manifest, struct error *err)
{
    cleanup_document json_t *document = NULL;
    if (document_read(manifest, "manifest", &document, err) < 0)
        return -1;
    const char *type = document_text(document, "mediaType");
    if (document_is_index(type) || (!type && json_object_get(document, "manifests")))
        return refuse_index(document, err);
    return 0;
}

static int fetch_image(struct registry *registry, struct oci_image *image, struct error *err)
{
    const struct oci_reference *reference = registry->reference;
    cleanup_buf struct buf manifest = {0}, config = {0};
    cleanup_oci_image struct oci_image named = {0};
    const char *name = reference->digest ? reference->digest : reference->tag;
    if (fetch(registry, "manifests", name, reference->digest, REGISTRY_MANIFEST_TYPES, &manifest,
              err) < 0)
        return -1;
    if (check_index(buf_view(&manifest), err) < 0 ||
        oci_manifest_parse(buf_view(&manifest), &named, err) < 0)
        return error_prefix(err, "\"%s/%s\": %s", reference->registry, reference->repository, name);
    const char *digest = named.config.digest.text;
    if (fetch(registry, "blobs", digest, digest, NULL, &config, err) < 0)
        return -1;
    if (oci_image_parse(buf_view(&manifest), buf_view(&config), image, err) < 0)
        return error_prefix(err, "\"%s/%s\": %s", reference->registry, reference->repository, name);
    return 0;
}

int registry_inspect(const struct registry_options *options, const struct oci_reference *reference,
                     struct oci_image *image, struct error *err)
{
    cleanup_registry struct registry registry = {0};
    if (registry_open(&registry, options, reference, "pull", err) < 0)
        return -1;
    return fetch_image(&registry, image, err);
}
