/* Files into S3, where AWS takes them from: packages and templates. Under a key made from the
 * content, so that equal ones are kept once, and another one never takes the place of one that is
 * in use. */
#ifndef LORRY_STACK_CONTENT_UPLOAD_H
#define LORRY_STACK_CONTENT_UPLOAD_H

#include "aws/s3.h"
#include "base/buf.h"

/* The key is FOLDER/<stem><SHA-256 in hexadecimal><end>. */
struct content_kind {
    const char *stem, *end;
    const char *type; /* "application/zip" */
};

extern const struct content_kind content_zip;      /* FOLDER/lorry-processor-<SHA-256>.zip */
extern const struct content_kind content_template; /* FOLDER/template-<SHA-256>.json */

struct content_upload {
    const struct s3_location *place; /* the key is a folder; a slash is added if it has none */
    const struct content_kind *kind;
    struct view bytes;
    void (*on_sent)(void *user, size_t sent); /* bytes of the content; NULL: nobody asks */
    void *user;
};

/* Where it goes, without sending anything: `location` is zeroed before. Error: ERROR_SETTING if the
 * key becomes too long. */
int content_locate(const struct content_upload *upload, struct s3_location *location,
                   struct error *err);

struct content_uploaded {
    struct s3_location location;
    bool sent; /* it was not there */
};

/* Safe on a zeroed one. */
void content_uploaded_release(struct content_uploaded *uploaded);
#define cleanup_content_uploaded __attribute__((cleanup(content_uploaded_release)))

/* Makes sure that it is there; sends nothing if it is. Needs "s3:PutObject", and "s3:GetObject" and
 * "s3:ListBucket" to see what is there before it is sent.
 *
 * Errors: those of aws_call() and content_locate(); ERROR_AWS if other bytes are found under the
 * key. */
int content_upload(struct aws_client *client, const struct content_upload *upload,
                   struct content_uploaded *uploaded, struct error *err);

#endif
