/* Images on disk: the OCI layout, as a folder or as one tar archive of it [OCI Image Format
 * Specification "Image Layout"]. */
#ifndef LORRY_OCI_LAYOUT_H
#define LORRY_OCI_LAYOUT_H

#include "base/error.h"
#include "oci/image.h"

/* Writes an image: an archive if `path` ends in ".tar", else a folder, made if need be; one that is
 * not empty is refused (ERROR_SYSTEM). The archive is as reproducible as the image. `tag` becomes
 * the annotation org.opencontainers.image.ref.name, by which tools find the image. Nothing
 * half-written is left. */
int oci_layout_write(const struct oci_image *image, const char *path, const char *tag,
                     struct error *err);

#endif
