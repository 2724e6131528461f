/* One bucket for the packages and large templates of all pipelines of an account in a region. */
#include "stack/content_upload.h"
#include "stack/deploy_parts.h"
#include "stack/template.h"

void deployment_append_bucket(const struct deployment *deployment, struct buf *out)
{
    buf_printf(out, "lorry-packages-%s-%s", deployment->account, deployment->region);
}

/* An earlier try of our own may have made it, whose answer was lost. */
static int make_bucket(const struct deployment *deployment, const char *bucket, struct error *err)
{
    struct error failure = {0};
    int found = s3_find_bucket(deployment->client, bucket, deployment->account, err);
    if (found)
        return found < 0 ? -1 : 0;
    if (s3_create_bucket(deployment->client, bucket, &failure) < 0 &&
        !error_is(&failure, "BucketAlreadyOwnedByYou")) {
        if (err)
            *err = failure;
        return -1;
    }
    deployment_say(deployment, "bucket %s made", bucket);
    return 0;
}

/* A file of this pipeline: what it is and where it goes. */
struct kept {
    const char *folder; /* of the project's; "": itself */
    const struct content_kind *kind;
    struct view bytes;
    struct content_uploaded uploaded;
};

static void kept_release(struct kept *kept)
{
    content_uploaded_release(&kept->uploaded);
}
#define cleanup_kept __attribute__((cleanup(kept_release)))

/* `send`: it is put there as well. */
static int keep(struct deployment *deployment, struct kept *kept, bool send, struct error *err)
{
    cleanup_buf struct buf bucket = BUF_INIT(BUF_TEXT_CAP), key = BUF_INIT(BUF_TEXT_CAP);
    deployment_append_bucket(deployment, &bucket);
    buf_printf(&key, "%s/%s", deployment->pipeline->project, kept->folder);
    const struct s3_location place = {bucket.ptr, key.ptr};
    const struct content_upload upload = {
        .place = &place, .kind = kept->kind, .bytes = kept->bytes};
    if (!send)
        return content_locate(&upload, &kept->uploaded.location, err);
    if (make_bucket(deployment, place.bucket, err) < 0)
        return -1;
    return content_upload(deployment->client, &upload, &kept->uploaded, err);
}

static void set_place(struct deployment *deployment, const struct kept *kept)
{
    deployment_set(deployment, TEMPLATE_CODE_BUCKET, kept->uploaded.location.bucket);
    deployment_set(deployment, TEMPLATE_CODE_KEY, kept->uploaded.location.key);
}

static struct kept package_of(const struct deployment *deployment, const char *folder)
{
    return (struct kept){folder, &content_zip, buf_view(&deployment->deploy->zip->bytes)};
}

int deployment_name_zip(struct deployment *deployment, struct error *err)
{
    cleanup_kept struct kept package = package_of(deployment, "");
    if (keep(deployment, &package, false, err) < 0)
        return -1;
    set_place(deployment, &package);
    return 0;
}

int deployment_upload_zip(struct deployment *deployment, const char *folder, struct error *err)
{
    cleanup_kept struct kept package = package_of(deployment, folder);
    if (keep(deployment, &package, true, err) < 0)
        return -1;
    deployment_say(deployment,
                   package.uploaded.sent ? "package uploaded to s3://%s/%s"
                                         : "the package is in s3://%s/%s already",
                   package.uploaded.location.bucket, package.uploaded.location.key);
    set_place(deployment, &package);
    return 0;
}

int deployment_upload_template(struct deployment *deployment, struct view template, struct buf *url,
                               struct error *err)
{
    cleanup_kept struct kept kept = {"", &content_template, template};
    if (template.len > TEMPLATE_MAX)
        return error_set(err, ERROR_SETTING, 0,
                         "the template has %zu bytes, and CloudFormation takes %d: shorten "
                         "`environment` and `tags`",
                         template.len, TEMPLATE_MAX);
    if (keep(deployment, &kept, true, err) < 0)
        return -1;
    if (kept.uploaded.sent)
        deployment_say(deployment,
                       "the template is too large to be sent inline; uploaded to s3://%s/%s",
                       kept.uploaded.location.bucket, kept.uploaded.location.key);
    return s3_object_url(deployment->client, &kept.uploaded.location, url, err);
}
