#include "stack/content_upload.h"

#include <string.h>

#include "base/memory.h"
#include "oci/digest.h"

const struct content_kind content_zip = {"lorry-processor-", ".zip", "application/zip"};
const struct content_kind content_template = {"template-", ".json", "application/json"};

void content_uploaded_release(struct content_uploaded *uploaded)
{
    s3_location_release(&uploaded->location);
}

static int locate(const struct content_upload *upload, const struct oci_digest *digest,
                  struct s3_location *location, struct error *err)
{
    const char *folder = upload->place->key;
    cleanup_buf struct buf key = BUF_INIT(S3_KEY_MAX);
    buf_append_str(&key, folder);
    if (*folder && folder[strlen(folder) - 1] != '/')
        buf_append_char(&key, '/');
    buf_printf(&key, "%s%s%s", upload->kind->stem, oci_digest_hex(digest), upload->kind->end);
    if (key.overflow)
        return error_set(
            err, ERROR_SETTING, 0,
            "the folder in bucket \"%s\" is too long: a key of S3 has at most %d bytes",
            upload->place->bucket, S3_KEY_MAX);
    location->bucket = xstrdup(upload->place->bucket);
    location->key = xstrdup(buf_str(&key));
    return 0;
}

int content_locate(const struct content_upload *upload, struct s3_location *location,
                   struct error *err)
{
    struct oci_digest digest = oci_digest_of(upload->bytes);
    return locate(upload, &digest, location, err);
}

/* The key says what is in it: whoever put something else there must not get it deployed. */
static int check(const struct s3_object *object, const struct s3_location *location,
                 const struct content_upload *upload, const char *sha256, struct error *err)
{
    bool same = object->size == (int64_t)upload->bytes.len &&
                (!*object->sha256 || strcmp(object->sha256, sha256) == 0);
    if (same)
        return 0;
    return error_set(err, ERROR_AWS, 200,
                     "s3://%s/%s has another content than its name says: remove it",
                     location->bucket, location->key);
}

/* Whether S3 can still take it, although it has not shown what is there: HEAD gives no
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
static int put(struct aws_client *client, const struct content_upload *upload, const char *sha256,
               struct content_uploaded *done, struct error *err)
{
    const struct s3_upload object = {
        .body = upload->bytes,
        .content_type = upload->kind->type,
        .sha256 = sha256,
        .only_new = true,
        .on_sent = upload->on_sent,
        .user = upload->user,
    };
    struct error failure;
    done->sent = s3_put_object(client, &done->location, &object, &failure) == 0;
    if (done->sent || error_is(&failure, "PreconditionFailed"))
        return 0;
    if (err)
        *err = failure;
    return -1;
}

static int send(struct aws_client *client, const struct content_upload *upload, const char *sha256,
                struct content_uploaded *done, struct error *err)
{
    struct s3_object object;
    struct error failure;
    if (s3_head_object(client, &done->location, &object, &failure) == 0)
        return check(&object, &done->location, upload, sha256, err);
    if (may_put(&failure))
        return put(client, upload, sha256, done, err);
    if (err)
        *err = failure;
    return -1;
}

int content_upload(struct aws_client *client, const struct content_upload *upload,
                   struct content_uploaded *uploaded, struct error *err)
{
    cleanup_content_uploaded struct content_uploaded done = {0};
    struct oci_digest digest = oci_digest_of(upload->bytes);
    char sha256[OCI_DIGEST_BASE64_SIZE];
    oci_digest_base64(&digest, sha256);
    if (locate(upload, &digest, &done.location, err) < 0 ||
        send(client, upload, sha256, &done, err) < 0)
        return -1;
    *uploaded = done;
    done = (struct content_uploaded){0};
    return 0;
}
