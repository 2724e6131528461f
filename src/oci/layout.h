/* Images on disk: the OCI layout, as a folder or as one tar archive of it [OCI Image Format
 * Specification "Image Layout"]. */
#ifndef LORRY_OCI_LAYOUT_H
#define LORRY_OCI_LAYOUT_H

#include "base/error.h"
#include "oci/image.h"

/* Writes a complete image: an archive if `path` ends in ".tar", else a folder, made if need be. The
 * archive is as reproducible as the image. A folder that holds a layout already gets this image
 * instead of those in it; any other folder that is not empty is refused (ERROR_SYSTEM). `tag`
 * becomes the annotation org.opencontainers.image.ref.name, by which tools find the image. Whenever
 * it ends, there is the old image or the new one, or none if none was there; nothing else. */
int oci_layout_write(const struct oci_image *image, const char *path, const char *tag,
                     struct error *err);

/* Reads the one image of a layout, folder or archive (told by what it is), complete: sizes and
 * digests of all its blobs are verified. The layers are mapped, not copied: the files must not be
 * cut while the image is in use. Several images in one layout are refused. Errors: ERROR_INPUT,
 * ERROR_SYSTEM; they name `path`. */
int oci_layout_read(const char *path, struct oci_image *image, struct error *err);

#endif
