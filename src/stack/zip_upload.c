#include "stack/zip_upload.h"

#include <string.h>

#include "base/memory.h"
#include "oci/digest.h"

void zip_uploaded_release(struct zip_uploaded *uploaded)
{
    s3_location_release(&uploaded->location);
}

static int make_key(const struct zip_upload *upload, struct s3_location *location,
                    struct error *err)
{
    const char *folder = upload->place->key;
    struct oci_digest digest = oci_digest_of(buf_view(&upload->package->bytes));
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX);
    buf_append_str(&key, folder);
    if (*folder && folder[strlen(folder) - 1] != '/')
        buf_append_char(&key, '/');
    buf_printf(&key, "lorry-processor-%s.zip", oci_digest_hex(&digest));
    if (key.overflow)
        return error_set(
            err, ERROR_SETTING, 0,
            "the folder in bucket \"%s\" is too long: a key of S3 has at most %d bytes",
            upload->place->bucket, S3_KEY_MAX);
    location->bucket = xstrdup(upload->place->bucket);
    location->key = xstrdup(buf_str(&key));
    return 0;
}

/* The key says what is in it: whoever put something else there must not get it deployed. */
static int check(const struct s3_object *object, const struct s3_location *location,
                 const struct zip_made *package, struct error *err)
{
    bool same = object->size == (int64_t)package->bytes.len &&
                (!*object->sha256 || strcmp(object->sha256, package->code_sha256) == 0);
    if (same)
        return 0;
    return error_set(err, ERROR_AWS, 200,
                     "s3://%s/%s has another content than its name says: remove it",
                     location->bucket, location->key);
}

/* Whether S3 can still take the package, although it has not shown what is there: HEAD gives no
 * reasons, and a caller who may only put objects is told "Forbidden". PUT tells. */
static bool may_put(const struct error *failure)
{
    static const char *const names[] = {"NotFound", "Forbidden", "BadRequest"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (error_is(failure, names[i]))
            return true;
    return false;
}

/* Somebody else may have been faster, or an earlier try of our own whose answer was lost. */
static int put(struct aws_client *client, const struct zip_upload *upload,
               const struct s3_location *location, bool *sent, struct error *err)
{
    const struct s3_upload object = {
        .body = buf_view(&upload->package->bytes),
        .content_type = "application/zip",
        .sha256 = upload->package->code_sha256,
        .only_new = true,
        .on_sent = upload->on_sent,
        .user = upload->user,
    };
    struct error failure;
    *sent = s3_put_object(client, location, &object, &failure) == 0;
    if (*sent || error_is(&failure, "PreconditionFailed"))
        return 0;
    if (err)
        *err = failure;
    return -1;
}

int zip_upload(struct aws_client *client, const struct zip_upload *upload,
               struct zip_uploaded *uploaded, struct error *err)
{
    cleanup_zip_uploaded struct zip_uploaded done = {0};
    struct s3_object object;
    struct error failure;
    if (make_key(upload, &done.location, err) < 0)
        return -1;
    if (s3_head_object(client, &done.location, &object, &failure) == 0) {
        if (check(&object, &done.location, upload->package, err) < 0)
            return -1;
    } else if (!may_put(&failure)) {
        if (err)
            *err = failure;
        return -1;
    } else if (put(client, upload, &done.location, &done.sent, err) < 0) {
        return -1;
    }
    uploaded->location =
        (struct s3_location){steal(&done.location.bucket), steal(&done.location.key)};
    uploaded->sent = done.sent;
    return 0;
}
