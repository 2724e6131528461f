/* An OCI image of one platform in memory: a manifest, a config, layers [OCI Image Format
 * Specification]; the form that Lambda takes (FACTS section 3): a single manifest, gzip layers. */
#ifndef LORRY_OCI_IMAGE_H
#define LORRY_OCI_IMAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "oci/digest.h"

#define OCI_LAYERS_MAX 128                 /* more than any builder makes */
#define OCI_MANIFEST_MAX ((size_t)4 << 20) /* registries take no larger ones */
#define OCI_IMAGE_MAX ((size_t)10 << 30)   /* Lambda's limit */

#define OCI_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_LAYER "application/vnd.oci.image.layer.v1.tar"
#define OCI_TYPE_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
/* The same by their older names [Docker "Image Manifest V 2, Schema 2"]. */
#define OCI_TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define OCI_TYPE_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_TYPE_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"
#define OCI_TYPE_DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar.gzip"

/* Bytes by their digest. */
struct oci_blob {
    char *media_type;
    struct oci_digest digest;
    struct view bytes; /* empty where they were not fetched: see oci_image.complete */
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
    struct file_map *maps; /* or into these */
    size_t map_count;
};

/* Safe on a zeroed one. */
void oci_image_release(struct oci_image *image);
#define cleanup_oci_image __attribute__((cleanup(oci_image_release)))

/* Takes the bytes over and describes them as a blob of the image; it is not entered anywhere. */
struct oci_blob oci_image_keep(struct oci_image *image, const char *media_type, struct buf *bytes);

/* Takes a mapped file over, which is released with the image. */
void oci_image_keep_map(struct oci_image *image, struct file_map *map);

/* Reads a manifest (the bytes are copied): of config and layers what it says of them, no bytes.
 * Checked are JSON, media types (OCI's, and Docker's schema 2), digests, sizes, the number of
 * layers. An index (a list of manifests) is refused, since Lambda takes a single one. Error:
 * ERROR_INPUT. */
int oci_manifest_parse(struct view manifest, struct oci_image *image, struct error *err);

/* The same, and its config (copied as well), which has to be the one that the manifest names. The
 * image is not complete: its layers have no bytes. Error: ERROR_INPUT. */
int oci_image_parse(struct view manifest, struct view config, struct oci_image *image,
                    struct error *err);

#endif
