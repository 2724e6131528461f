#include "aws/s3.h"

#include "aws/call.h"
#include "aws/s3_private.h"
#include "aws/sigv4.h"
#include "base/memory.h"
#include "base/parse.h"
#include "net/url.h"

#define BUCKET_MIN 3
#define BUCKET_MAX 255 /* of the old ones; new ones have 63 */

/* The operations here report every failure by their status. Others (CopyObject,
 * CompleteMultipartUpload) may say 200 and have an <Error> in the body. */
const struct aws_service s3_service = {
    .name = "S3",
    .host = "s3",
    .signing_name = "s3",
    .variable = "S3",
    .protocol = &aws_protocol_rest_xml,
    .signing = SIGV4_S3_PATH | SIGV4_SIGN_BODY,
};

static const struct aws_operation head_object = {
    .service = &s3_service,
    .name = "HeadObject",
    .permission = "s3:GetObject",
    .method = "HEAD",
};

static const struct aws_operation put_object = {
    .service = &s3_service,
    .name = "PutObject",
    .permission = "s3:PutObject",
    .method = "PUT",
};

static const struct aws_operation head_bucket = {
    .service = &s3_service,
    .name = "HeadBucket",
    .permission = "s3:ListBucket",
    .method = "HEAD",
};

static const struct aws_operation create_bucket = {
    .service = &s3_service,
    .name = "CreateBucket",
    .permission = "s3:CreateBucket",
    .method = "PUT",
};

static const struct aws_operation delete_bucket = {
    .service = &s3_service,
    .name = "DeleteBucket",
    .permission = "s3:DeleteBucket",
    .method = "DELETE",
};

/* It becomes part of host names and paths. */
static bool is_bucket(struct view name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._";
    if (name.len < BUCKET_MIN || name.len > BUCKET_MAX || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!name.ptr[i] || !strchr(allowed, name.ptr[i]))
            return false;
    return true;
}

int s3_location_parse(const char *text, struct s3_location *location, struct error *err)
{
    static const struct view scheme = VIEW("s3://");
    struct view rest = view_skip(view_str(text), scheme.len);
    size_t len = strcspn(rest.ptr, "/");
    struct view bucket = view_of(rest.ptr, len), key = view_skip(rest, len + 1);
    if (!view_starts_with(view_str(text), scheme))
        return error_set(err, ERROR_SETTING, 0, "\"%s\" is not of the form s3://BUCKET/KEY", text);
    if (!is_bucket(bucket))
        return error_set(err, ERROR_SETTING, 0, "\"%s\": \"%.*s\" is no name of a bucket", text,
                         VIEW_ARG(bucket));
    if (key.len > S3_KEY_MAX)
        return error_set(err, ERROR_SETTING, 0, "a key of S3 has at most %d bytes", S3_KEY_MAX);
    *location = (struct s3_location){xstrndup(bucket.ptr, bucket.len), xstrndup(key.ptr, key.len)};
    return 0;
}

void s3_location_release(struct s3_location *location)
{
    free(location->bucket);
    free(location->key);
    *location = (struct s3_location){0};
}

int s3_object_url(const struct aws_client *client, const struct s3_location *location,
                  struct buf *url, struct error *err)
{
    if (aws_bucket_endpoint(&s3_service, location->bucket, client->region, &client->endpoints, url,
                            err) < 0)
        return -1;
    url_encode(view_str(location->key), "/", url);
    return 0;
}

struct aws_call s3_object_call(const struct aws_operation *operation,
                               const struct s3_location *location, struct buf *target,
                               struct buf *subject)
{
    url_encode(view_str(location->key), "/", target);
    buf_printf(subject, "s3://%s/%s", location->bucket, location->key);
    return (struct aws_call){
        .operation = operation,
        .subject = buf_str(subject),
        .bucket = location->bucket,
        .target = buf_view(target),
        .response_cap = S3_REFUSAL_CAP,
    };
}

static void add_header(struct aws_call *call, struct view name, const char *value)
{
    call->headers[call->header_count++] = (struct http_header){name, view_str(value)};
}

/* Of an upload in parts it is "<sum of sums>-<count>": that tells nothing here. */
static void read_object(const struct http_response *answer, struct s3_object *object)
{
    struct view sha256 = http_response_header(answer, "x-amz-checksum-sha256");
    *object = (struct s3_object){.size = -1};
    parse_int64(http_response_header(answer, "content-length"), 0, INT64_MAX, &object->size, NULL);
    if (sha256.len == sizeof(object->sha256) - 1)
        memcpy(object->sha256, sha256.ptr, sha256.len);
}

int s3_head_object(struct aws_client *client, const struct s3_location *location,
                   struct s3_object *object, struct error *err)
{
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP), subject = BUF_INIT(BUF_TEXT_CAP);
    cleanup_http_response struct http_response answer = {0};
    struct aws_call call = s3_object_call(&head_object, location, &target, &subject);
    add_header(&call, VIEW("X-Amz-Checksum-Mode"), "ENABLED");
    if (aws_call(client, &call, &answer, err) < 0)
        return -1;
    read_object(&answer, object);
    return 0;
}

int s3_put_object(struct aws_client *client, const struct s3_location *location,
                  const struct s3_upload *upload, struct error *err)
{
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP), subject = BUF_INIT(BUF_TEXT_CAP);
    cleanup_http_response struct http_response answer = {0};
    struct aws_call call = s3_object_call(&put_object, location, &target, &subject);
    add_header(&call, VIEW("Content-Type"), upload->content_type);
    add_header(&call, VIEW("X-Amz-Checksum-Sha256"), upload->sha256);
    if (upload->only_new)
        add_header(&call, VIEW("If-None-Match"), "*");
    call.body = upload->body;
    call.ask_first = true;
    call.on_sent = upload->on_sent;
    call.user = upload->user;
    return aws_call(client, &call, &answer, err);
}

static int head(struct aws_client *client, const char *bucket, const char *account,
                struct error *err)
{
    cleanup_http_response struct http_response answer = {0};
    struct aws_call call = {
        .operation = &head_bucket,
        .subject = bucket,
        .bucket = bucket,
        .response_cap = S3_REFUSAL_CAP,
    };
    add_header(&call, VIEW("X-Amz-Expected-Bucket-Owner"), account);
    return aws_call(client, &call, &answer, err);
}

int s3_find_bucket(struct aws_client *client, const char *bucket, const char *account,
                   struct error *err)
{
    struct error failure = {0};
    if (head(client, bucket, account, &failure) == 0)
        return 1;
    if (error_is(&failure, "NotFound"))
        return 0;
    if (error_is(&failure, "Forbidden"))
        return error_set(err, ERROR_AWS, failure.code,
                         "bucket \"%s\" is none of account %s, or the caller lacks the permission "
                         "\"s3:ListBucket\"",
                         bucket, account);
    if (err)
        *err = failure;
    return -1;
}

/* In the oldest region there is nothing to say about where. */
static void write_place(const char *region, struct buf *body)
{
    if (strcmp(region, "us-east-1") != 0)
        buf_printf(body,
                   "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                   "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
                   region);
}

int s3_create_bucket(struct aws_client *client, const char *bucket, struct error *err)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    cleanup_http_response struct http_response answer = {0};
    write_place(client->region, &body);
    const struct aws_call call = {
        .operation = &create_bucket,
        .subject = bucket,
        .bucket = bucket,
        .body = buf_view(&body),
        .response_cap = S3_REFUSAL_CAP,
    };
    return aws_call(client, &call, &answer, err);
}

int s3_delete_bucket(struct aws_client *client, const char *bucket, struct error *err)
{
    cleanup_http_response struct http_response answer = {0};
    const struct aws_call call = {
        .operation = &delete_bucket,
        .subject = bucket,
        .bucket = bucket,
        .response_cap = S3_REFUSAL_CAP,
    };
    return aws_call(client, &call, &answer, err);
}
