/* An OCI image of one platform in memory: a manifest, a config, layers [OCI Image Format
 * Specification]; the form that Lambda takes (FACTS section 3): a single manifest, gzip layers. */
#ifndef LORRY_OCI_IMAGE_H
#define LORRY_OCI_IMAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "oci/digest.h"

#define OCI_MANIFEST_MAX ((size_t)4 << 20) /* registries take no larger ones */

#define OCI_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"

/* Bytes by their digest. */
struct oci_blob {
    char *media_type;
    struct oci_digest digest;
    struct view bytes;
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

/* Takes the bytes over and describes them as a blob of the image; it is not entered anywhere. */
struct oci_blob oci_image_keep(struct oci_image *image, const char *media_type, struct buf *bytes);

#endif
