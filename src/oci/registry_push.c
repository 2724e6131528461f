#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/url.h"
#include "oci/registry_private.h"

struct push;

/* A blob or the manifest on its way: HEAD tells whether it is there; a blob is announced by POST,
 * which tells where PUT goes. Trouble begins with HEAD again: what was sent may have arrived. */
struct upload {
    struct registry_job job;
    struct push *push;
    const struct oci_blob *blob;
    enum upload_step { UPLOAD_LOOK, UPLOAD_ANNOUNCE, UPLOAD_SEND } step;
    bool missing; /* it has to be sent */
    bool taken;   /* the registry has not said that it keeps it: it has to show it */
    bool there;
    size_t sent;
};

struct push {
    struct registry registry;
    const struct oci_image *image;
    char *target; /* what the manifest is put as: tag or digest */
    struct upload *blobs;
    size_t blob_count;
    struct upload manifest;
};

static void push_release(struct push *push)
{
    for (size_t i = 0; i < push->blob_count; i++)
        registry_job_release(&push->blobs[i].job);
    free(push->blobs);
    free(push->target);
    registry_job_release(&push->manifest.job);
    registry_close(&push->registry);
}

static void count_upload(const struct upload *upload, struct registry_progress *progress)
{
    if (!upload->missing)
        return;
    progress->bytes_total += upload->blob->size;
    progress->bytes_sent += upload->sent;
}

static struct registry_progress progress_of(const struct push *push)
{
    struct registry_progress progress = {0};
    for (size_t i = 0; i < push->blob_count; i++) {
        const struct upload *blob = &push->blobs[i];
        count_upload(blob, &progress);
        progress.blobs_sent += blob->there && blob->missing;
        progress.blobs_there += blob->there && !blob->missing;
    }
    count_upload(&push->manifest, &progress);
    return progress;
}

static void report(const struct push *push)
{
    const struct registry_options *options = push->registry.options;
    if (!options->on_progress)
        return;
    struct registry_progress progress = progress_of(push);
    options->on_progress(options->user, &progress);
}

static void note_sent(struct registry_job *job, size_t bytes)
{
    struct upload *upload = (struct upload *)job;
    if (upload->step != UPLOAD_SEND)
        return;
    upload->sent = bytes;
    report(upload->push);
}

static int finish(struct upload *upload)
{
    upload->there = upload->job.done = true;
    upload->sent = upload->blob->size;
    report(upload->push);
    return 0;
}

static void look_for_blob(struct registry_job *job)
{
    struct upload *upload = (struct upload *)job;
    upload->step = UPLOAD_LOOK;
    upload->sent = 0;
    registry_job_ask(job, "HEAD", "blobs/%s", upload->blob->digest.text);
}

static int announce(struct upload *upload)
{
    upload->step = UPLOAD_ANNOUNCE;
    upload->missing = true;
    registry_job_ask(&upload->job, "POST", "blobs/uploads/");
    return 0;
}

/* In one piece [Distribution Specification "Pushing a blob monolithically"]. */
static int send_blob(struct upload *upload, const struct http_response *response, struct error *err)
{
    struct registry_job *job = &upload->job;
    if (registry_job_move(job, http_response_header(response, "location"), err) < 0)
        return -1;
    upload->step = UPLOAD_SEND;
    buf_append_char(&job->url, memchr(job->url.ptr, '?', job->url.len) ? '&' : '?');
    buf_append_str(&job->url, "digest=");
    url_encode(view_str(upload->blob->digest.text), "", &job->url);
    job->method = "PUT";
    job->body = upload->blob->bytes;
    job->content_type = "application/octet-stream";
    job->hops = 0;
    return 0;
}

/* An upload can vanish with the server that knew it: then another one is made. */
static int refuse_sent(const struct registry_job *job, const struct http_response *response,
                       struct error *err)
{
    struct error refusal = {0};
    registry_refuse(job, response, &refusal);
    refusal.retry = refusal.retry || response->status == 404 || response->status == 416 ||
                    error_is(&refusal, "BLOB_UPLOAD_UNKNOWN") ||
                    error_is(&refusal, "BLOB_UPLOAD_INVALID");
    if (err)
        *err = refusal;
    return -1;
}

static int blob_looked(struct upload *upload, const struct http_response *response,
                       struct error *err)
{
    const struct registry_job *job = &upload->job;
    if (response->status == 200)
        return registry_check_digest(job, response, upload->blob->digest.text, err) < 0
                   ? -1
                   : finish(upload);
    if (response->status != 404)
        return registry_refuse(job, response, err);
    if (!upload->taken)
        return announce(upload);
    upload->taken = false;
    return error_set_retry(err, ERROR_HTTP, 404,
                           "\"%s\": %s: the registry took it, and does not have it",
                           job->registry->reference->registry, job->what);
}

static int blob_sent(struct upload *upload, const struct http_response *response, struct error *err)
{
    struct registry_job *job = &upload->job;
    if (response->status != 201 && response->status != 202 && response->status != 204)
        return refuse_sent(job, response, err);
    if (registry_check_digest(job, response, upload->blob->digest.text, err) < 0)
        return -1;
    if (response->status == 201)
        return finish(upload);
    look_for_blob(job);
    upload->taken = true;
    return 0;
}

static int blob_answered(struct registry_job *job, const struct http_response *response,
                         struct error *err)
{
    struct upload *upload = (struct upload *)job;
    if (upload->step == UPLOAD_LOOK)
        return blob_looked(upload, response, err);
    if (upload->step == UPLOAD_SEND)
        return blob_sent(upload, response, err);
    if (response->status != 202)
        return registry_refuse(job, response, err);
    return send_blob(upload, response, err);
}

static void look_for_manifest(struct registry_job *job)
{
    struct upload *upload = (struct upload *)job;
    upload->step = UPLOAD_LOOK;
    upload->sent = 0;
    registry_job_ask(job, "HEAD", "manifests/%s", upload->push->target);
    job->accept = REGISTRY_MANIFEST_TYPES;
}

static void send_manifest(struct upload *upload)
{
    struct registry_job *job = &upload->job;
    upload->step = UPLOAD_SEND;
    registry_job_ask(job, "PUT", "manifests/%s", upload->push->target);
    job->body = upload->blob->bytes;
    job->content_type = upload->blob->media_type;
}

/* The first time it is only looked for: it is sent when all blobs are there. */
static void begin_manifest(struct registry_job *job)
{
    struct upload *upload = (struct upload *)job;
    if (upload->missing && !job->failed)
        send_manifest(upload);
    else
        look_for_manifest(job);
}

static int manifest_looked(struct upload *upload, const struct http_response *response,
                           struct error *err)
{
    const struct registry_job *job = &upload->job;
    const char *digest = upload->blob->digest.text;
    struct view given = http_response_header(response, "docker-content-digest");
    if (response->status != 200 && response->status != 404)
        return registry_refuse(job, response, err);
    if (response->status == 200 && view_equal(given, view_str(digest)))
        return finish(upload);
    if (response->status == 200 && strcmp(upload->push->target, digest) == 0 &&
        registry_check_digest(job, response, digest, err) < 0)
        return -1;
    if (upload->missing)
        send_manifest(upload);
    upload->job.done = !upload->missing;
    return 0;
}

static int manifest_answered(struct registry_job *job, const struct http_response *response,
                             struct error *err)
{
    struct upload *upload = (struct upload *)job;
    if (upload->step == UPLOAD_LOOK)
        return manifest_looked(upload, response, err);
    if (response->status != 201 && response->status != 200)
        return registry_refuse(job, response, err);
    if (registry_check_digest(job, response, upload->blob->digest.text, err) < 0)
        return -1;
    return finish(upload);
}

static const struct registry_job_ops BLOB_OPS = {look_for_blob, blob_answered, note_sent};
static const struct registry_job_ops MANIFEST_OPS = {begin_manifest, manifest_answered, note_sent};

static struct upload upload_of(struct push *push, const struct registry_job_ops *ops,
                               const char *what, const struct oci_blob *blob)
{
    struct upload upload = {
        .job = {.ops = ops,
                .registry = &push->registry,
                .url = BUF_INIT(REGISTRY_URL_CAP),
                .response_cap = REGISTRY_ANSWER_CAP},
        .push = push,
        .blob = blob,
    };
    snprintf(upload.job.what, sizeof(upload.job.what), "%s %s", what, blob->digest.text);
    return upload;
}

/* Each digest once. */
static void add_blob(struct push *push, const char *what, const struct oci_blob *blob)
{
    for (size_t i = 0; i < push->blob_count; i++)
        if (strcmp(push->blobs[i].blob->digest.text, blob->digest.text) == 0)
            return;
    push->blobs[push->blob_count++] = upload_of(push, &BLOB_OPS, what, blob);
}

static void add_uploads(struct push *push, const struct oci_reference *reference,
                        const struct oci_image *image)
{
    push->target = xstrdup(reference->tag ? reference->tag : image->manifest.digest.text);
    push->blobs = xcalloc(image->layer_count + 1, sizeof(*push->blobs));
    for (size_t i = 0; i < image->layer_count; i++)
        add_blob(push, "layer", &image->layers[i]);
    add_blob(push, "config", &image->config);
    push->manifest = upload_of(push, &MANIFEST_OPS, "manifest", &image->manifest);
}

static int run_blobs(struct push *push, struct error *err)
{
    cleanup_free struct registry_job **jobs = xcalloc(push->blob_count, sizeof(*jobs));
    for (size_t i = 0; i < push->blob_count; i++)
        jobs[i] = &push->blobs[i].job;
    return registry_run(&push->registry, jobs, push->blob_count, err);
}

static int run_manifest(struct push *push, bool missing, struct error *err)
{
    struct registry_job *job = &push->manifest.job;
    push->manifest.missing = missing;
    job->done = false;
    job->failed = 0;
    return registry_run(&push->registry, &job, 1, err);
}

static int run(struct push *push, struct error *err)
{
    if (run_manifest(push, false, err) < 0)
        return -1;
    if (!push->manifest.there)
        return run_blobs(push, err) < 0 ? -1 : run_manifest(push, true, err);
    for (size_t i = 0; i < push->blob_count; i++) /* a registry keeps what a manifest names */
        push->blobs[i].there = true;
    return 0;
}

int registry_push(const struct registry_options *options, const struct oci_reference *reference,
                  const struct oci_image *image, struct registry_progress *progress,
                  struct error *err)
{
    struct push push __attribute__((cleanup(push_release))) = {.image = image};
    if (!image->complete)
        return error_set(err, ERROR_INPUT, 0, "the image to push lacks its layers");
    if (reference->digest && strcmp(reference->digest, image->manifest.digest.text) != 0)
        return error_set(err, ERROR_INPUT, 0,
                         "the image to push is \"%s\", and the reference says \"%s\"",
                         image->manifest.digest.text, reference->digest);
    if (registry_open(&push.registry, options, reference, "pull,push", err) < 0)
        return -1;
    add_uploads(&push, reference, image);
    if (run(&push, err) < 0)
        return -1;
    if (progress)
        *progress = progress_of(&push);
    return 0;
}
