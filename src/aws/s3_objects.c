/* Objects of S3: listed, read, deleted. */
#include <stdlib.h>

#include "aws/paging.h"
#include "aws/s3_private.h"
#include "aws/xml.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/parse.h"
#include "net/url.h"

/* A page has 1000 keys at most [S3 API Reference "ListObjectsV2"], each of whose bytes may be
 * percent-encoded. */
#define PAGE_CAP ((size_t)8 << 20)

static const struct aws_operation list_objects = {
    .service = &s3_service,
    .name = "ListObjectsV2",
    .permission = "s3:ListBucket",
    .method = "GET",
};

static const struct aws_operation get_object = {
    .service = &s3_service,
    .name = "GetObject",
    .permission = "s3:GetObject",
    .method = "GET",
};

static const struct aws_operation delete_object = {
    .service = &s3_service,
    .name = "DeleteObject",
    .permission = "s3:DeleteObject",
    .method = "DELETE",
};

struct listing {
    struct aws_client *client;
    const struct s3_location *prefix;
    const char *subject;
    s3_take *take;
    void *user;
};

static void put_parameter(struct buf *target, const char *name, const char *value)
{
    buf_printf(target, "&%s=", name);
    url_encode(view_str(value), "", target);
}

static int take_object(const struct listing *listing, const struct xml_node *node,
                       struct error *err)
{
    cleanup_free char *key = url_decode(xml_text(node, "Key"), true);
    struct s3_listed object = {.key = key, .size = -1};
    if (!key || !*key)
        return error_set(err, ERROR_AWS, 200, "S3 \"%s\": the list has an object without a key",
                         listing->subject);
    parse_int64(xml_text(node, "Size"), 0, INT64_MAX, &object.size, NULL);
    if (!clock_parse_us(xml_text(node, "LastModified").ptr, &object.modified_us))
        object.modified_us = -1;
    return listing->take(listing->user, &object, err);
}

static int take_page(const struct listing *listing, const struct xml_node *root, struct buf *next,
                     struct error *err)
{
    if (!view_equal(root->name, VIEW("ListBucketResult")))
        return error_set(err, ERROR_AWS, 200, "S3 \"%s\": the answer is no list of objects",
                         listing->subject);
    for (const struct xml_node *node = xml_find(root, "Contents"); node; node = xml_next(node)) {
        int result = take_object(listing, node, err);
        if (result != 0)
            return result;
    }
    buf_append_view(next, xml_text(root, "NextContinuationToken"));
    return 0;
}

/* Keys may have characters that XML has not: S3 encodes them when it is asked to. */
static int fetch_page(void *user, const char *token, struct buf *next, struct error *err)
{
    const struct listing *listing = user;
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP);
    cleanup_http_response struct http_response answer = {0};
    cleanup_xml struct xml page = {0};
    buf_append_str(&target, "?list-type=2&encoding-type=url");
    put_parameter(&target, "prefix", listing->prefix->key);
    if (token)
        put_parameter(&target, "continuation-token", token);
    const struct aws_call call = {
        .operation = &list_objects,
        .subject = listing->subject,
        .bucket = listing->prefix->bucket,
        .target = buf_view(&target),
        .response_cap = PAGE_CAP,
    };
    if (aws_call(listing->client, &call, &answer, err) < 0)
        return -1;
    struct error why = {0};
    if (xml_parse(buf_view(&answer.body), &page, &why) < 0)
        return error_set(err, ERROR_AWS, 200, "S3 \"%s\": the list is %s", listing->subject,
                         why.message);
    return take_page(listing, page.root, next, err);
}

int s3_list_objects(struct aws_client *client, const struct s3_location *prefix, s3_take *take,
                    void *user, struct error *err)
{
    cleanup_buf struct buf subject = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&subject, "s3://%s/%s", prefix->bucket, prefix->key);
    struct listing listing = {client, prefix, buf_str(&subject), take, user};
    return aws_pages(fetch_page, &listing, buf_str(&subject), err);
}

int s3_get_object(struct aws_client *client, const struct s3_location *location, size_t cap,
                  struct buf *body, struct error *err)
{
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP), subject = BUF_INIT(BUF_TEXT_CAP);
    cleanup_http_response struct http_response answer = {0};
    struct aws_call call = s3_object_call(&get_object, location, &target, &subject);
    call.response_cap = cap > S3_REFUSAL_CAP ? cap : S3_REFUSAL_CAP;
    if (aws_call(client, &call, &answer, err) < 0)
        return -1;
    buf_release(body);
    *body = answer.body;
    answer.body = (struct buf){0};
    return 0;
}

int s3_delete_object(struct aws_client *client, const struct s3_location *location,
                     struct error *err)
{
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP), subject = BUF_INIT(BUF_TEXT_CAP);
    cleanup_http_response struct http_response answer = {0};
    struct aws_call call = s3_object_call(&delete_object, location, &target, &subject);
    return aws_call(client, &call, &answer, err);
}
