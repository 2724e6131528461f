#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "oci/registry_upload.h"

struct push {
    struct registry registry;
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

static void report(void *user)
{
    const struct push *push = user;
    const struct registry_options *options = push->registry.options;
    if (!options->on_progress)
        return;
    struct registry_progress progress = progress_of(push);
    options->on_progress(options->user, &progress);
}

static struct upload upload_of(struct push *push, const struct registry_job_ops *ops,
                               const char *what, const struct oci_blob *blob)
{
    struct upload upload = {
        .job = {.ops = ops,
                .registry = &push->registry,
                .url = BUF_INIT(REGISTRY_URL_CAP),
                .response_cap = REGISTRY_ANSWER_CAP},
        .blob = blob,
        .target = push->target,
        .changed = report,
        .user = push,
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
    push->blobs[push->blob_count++] = upload_of(push, &upload_blob_ops, what, blob);
}

static void add_uploads(struct push *push, const struct oci_reference *reference,
                        const struct oci_image *image)
{
    push->target = xstrdup(reference->tag ? reference->tag : image->manifest.digest.text);
    push->blobs = xcalloc(image->layer_count + 1, sizeof(*push->blobs));
    for (size_t i = 0; i < image->layer_count; i++)
        add_blob(push, "layer", &image->layers[i]);
    add_blob(push, "config", &image->config);
    push->manifest = upload_of(push, &upload_manifest_ops, "manifest", &image->manifest);
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
    struct push push __attribute__((cleanup(push_release))) = {0};
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
