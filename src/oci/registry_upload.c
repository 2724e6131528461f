#include "oci/registry_upload.h"

#include <string.h>

#include "net/url.h"

static void note_sent(struct registry_job *job, size_t bytes)
{
    struct upload *upload = (struct upload *)job;
    if (upload->step != UPLOAD_SEND)
        return;
    upload->sent = bytes;
    upload->changed(upload->user);
}

static int finish(struct upload *upload)
{
    upload->there = upload->job.done = true;
    upload->sent = upload->blob->size;
    upload->changed(upload->user);
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
    registry_job_ask(job, "HEAD", "manifests/%s", upload->target);
    job->accept = REGISTRY_MANIFEST_TYPES;
}

static void send_manifest(struct upload *upload)
{
    struct registry_job *job = &upload->job;
    upload->step = UPLOAD_SEND;
    registry_job_ask(job, "PUT", "manifests/%s", upload->target);
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
    if (response->status == 200 && strcmp(upload->target, digest) == 0 &&
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

const struct registry_job_ops upload_blob_ops = {look_for_blob, blob_answered, note_sent};
const struct registry_job_ops upload_manifest_ops = {begin_manifest, manifest_answered, note_sent};
