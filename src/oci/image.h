/* An OCI image of one platform in memory: a manifest, a config, layers [OCI Image Format
 * Specification]; the form that Lambda takes (FACTS section 3): a single manifest, gzip layers. */
#ifndef LORRY_OCI_IMAGE_H
#define LORRY_OCI_IMAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "oci/digest.h"

#define OCI_LAYERS_MAX 128
#define OCI_MANIFEST_MAX ((size_t)4 << 20) /* registries take no larger ones */
#define OCI_BLOB_MAX ((size_t)10 << 30)    /* Lambda's limit of an image */

#define OCI_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"

/* Bytes by their digest. */
struct oci_blob {
    char *media_type;
    struct oci_digest digest;
    struct view bytes; /* empty if they were not fetched: see oci_image.complete */
    size_t size;
};

struct oci_image {
    struct oci_blob manifest;
    struct oci_blob config;
    struct oci_blob *layers;
    size_t layer_count;
    bool complete; /* the layers' bytes are there, too: not so for what was looked up remotely */
    struct buf *buffers; /* what the views point to, owned */
    size_t buffer_count;
};

/* Safe on a zeroed one. */
void oci_image_release(struct oci_image *image);
#define cleanup_oci_image __attribute__((cleanup(oci_image_release)))

/* Reads a manifest and its config (the bytes are copied) into an incomplete image. Everything is
 * checked: JSON, media types (OCI's, and Docker's schema 2), digests, sizes; an index is refused.
 * Error: ERROR_INPUT. */
int oci_image_parse(struct view manifest, struct view config, struct oci_image *image,
                    struct error *err);

#endif
