/* A zip package into S3, where Lambda takes it from: under a key made from its content, so that
 * equal packages are kept once, and another one never takes the place of one that is in use. */
#ifndef LORRY_STACK_ZIP_UPLOAD_H
#define LORRY_STACK_ZIP_UPLOAD_H

#include "aws/s3.h"
#include "oci/zip.h"

struct zip_uploaded {
    struct s3_location location;
    bool sent; /* it was not there */
};

/* Safe on a zeroed one. */
void zip_uploaded_release(struct zip_uploaded *uploaded);
#define cleanup_zip_uploaded __attribute__((cleanup(zip_uploaded_release)))

struct zip_upload {
    const struct s3_location *place; /* the key is a folder; a slash is added if it has none */
    const struct zip_made *package;
    void (*on_sent)(void *user, size_t sent); /* bytes of the package; NULL: nobody asks */
    void *user;
};

/* Makes sure that s3://BUCKET/FOLDER/lorry-processor-<SHA-256 in hexadecimal>.zip is there; sends
 * nothing if it is. Needs "s3:PutObject", and "s3:GetObject" and "s3:ListBucket" to see what is
 * there before it is sent.
 *
 * Errors: those of aws_call(); ERROR_AWS if other bytes are found under the key; ERROR_SETTING if
 * the key becomes too long. */
int zip_upload(struct aws_client *client, const struct zip_upload *upload,
               struct zip_uploaded *uploaded, struct error *err);

#endif
