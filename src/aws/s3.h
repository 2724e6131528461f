/* Amazon S3, what of it is needed [S3 API Reference, version 2006-03-01; REST-XML]. */
#ifndef LORRY_AWS_S3_H
#define LORRY_AWS_S3_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/client.h"
#include "base/buf.h"

#define S3_KEY_MAX 1024 /* bytes [S3 User Guide "Object keys"] */

/* "s3://BUCKET/KEY", or a prefix of keys; both parts are owned. */
struct s3_location {
    char *bucket;
    char *key; /* "" if there is none; percent signs stand for themselves */
};

/* Error: ERROR_SETTING if the text is something else, the name is none of a bucket, or the key too
 * long. */
int s3_location_parse(const char *text, struct s3_location *location, struct error *err);

/* Safe on a zeroed one. */
void s3_location_release(struct s3_location *location);
#define cleanup_s3_location __attribute__((cleanup(s3_location_release)))

/* Appends the URL of the object, as S3 and those who read from there know it: see
 * aws_bucket_endpoint(). Errors: those of aws_bucket_endpoint(). */
int s3_object_url(const struct aws_client *client, const struct s3_location *location,
                  struct buf *url, struct error *err);

/* What is known of an object. */
struct s3_object {
    int64_t size;
    char sha256[45]; /* base64; "" if S3 was not given one, or has only that of its parts */
};

/* HeadObject. Errors: those of aws_call(). S3 gives no reasons here, only names of statuses:
 * "NotFound" (no such object, or no bucket), "Forbidden" (also if it is not there and the caller
 * may not list the bucket), "BadRequest" (expired credentials, among others). A bucket that is in
 * another region is said to be there. Needs "s3:GetObject", and "s3:ListBucket" for "NotFound". */
int s3_head_object(struct aws_client *client, const struct s3_location *location,
                   struct s3_object *object, struct error *err);

/* What is uploaded in one piece. */
struct s3_upload {
    struct view body;         /* 5 GB at most */
    const char *content_type; /* "application/zip" */
    const char *sha256;       /* of the body, base64: S3 compares and keeps it */
    bool only_new;            /* refused with "PreconditionFailed" if the object is there */
    void (*on_sent)(void *user, size_t sent); /* see struct http_request; NULL: nobody asks */
    void *user;
};

/* PutObject. The body is sent after S3 has agreed, unless it keeps silent for a second. Errors:
 * those of aws_call(). Needs "s3:PutObject". */
int s3_put_object(struct aws_client *client, const struct s3_location *location,
                  const struct s3_upload *upload, struct error *err);

/* HeadBucket: whether there is a bucket of that name, the account's (12 digits): names are the
 * world's, and somebody else may have taken it. 1, 0, or -1 and `err`: those of aws_call(). Needs
 * "s3:ListBucket". */
int s3_find_bucket(struct aws_client *client, const char *bucket, const char *account,
                   struct error *err);

/* CreateBucket, in the client's region, private and encrypted, as S3 makes them by itself. Errors:
 * those of aws_call(). Needs "s3:CreateBucket". */
int s3_create_bucket(struct aws_client *client, const char *bucket, struct error *err);

/* DeleteBucket: it has to be empty, else "BucketNotEmpty". Errors: those of aws_call(). Needs
 * "s3:DeleteBucket". */
int s3_delete_bucket(struct aws_client *client, const char *bucket, struct error *err);

/* An object of a list; valid during the call it is handed over with. */
struct s3_listed {
    const char *key;
    int64_t size;        /* -1: S3 did not say */
    int64_t modified_us; /* since 1970; -1: S3 did not say */
};

/* Takes an object; returns 0 to go on, 1 if that was enough, -1 with `err` set. */
typedef int s3_take(void *user, const struct s3_listed *object, struct error *err);

/* ListObjectsV2, page after page: the objects whose keys begin with that of `prefix`, in the order
 * of their keys' bytes. What is stored or deleted meanwhile may be among them or not. Errors: those
 * of aws_call(), aws_pages() and `take`; ERROR_AWS if the answer is no list. Needs
 * "s3:ListBucket". */
int s3_list_objects(struct aws_client *client, const struct s3_location *prefix, s3_take *take,
                    void *user, struct error *err);

/* GetObject, whole, into memory: `body` (initialised; untouched on failure) becomes what the object
 * holds, at most `cap` bytes. Errors: those of aws_call(), "NoSuchKey" if it is not there;
 * ERROR_NET if it is larger. Needs "s3:GetObject", and "s3:ListBucket" for "NoSuchKey". */
int s3_get_object(struct aws_client *client, const struct s3_location *location, size_t cap,
                  struct buf *body, struct error *err);

/* DeleteObject. Fine if it is not there. In a bucket with versions the newest one is hidden, not
 * erased. Errors: those of aws_call(). Needs "s3:DeleteObject". */
int s3_delete_object(struct aws_client *client, const struct s3_location *location,
                     struct error *err);

#endif
