/* Packages unpacked, as Lambda does it: every file of a package lies below one folder afterwards.
 * Any bytes may come: no path leads out of that folder, and all sizes have caps. */
#ifndef LORRY_OCI_UNPACK_H
#define LORRY_OCI_UNPACK_H

#include "base/error.h"
#include "oci/image.h"

/* Everybody may do what the package allows to others, the owner as well: on Lambda the function
 * owns none of its files. Special bits are left out. Only folders stay open to the owner, who has
 * to remove them.
 *
 * `root` is an open, empty folder. What is there after a failure is the caller's to remove. */

/* The layers of a complete image, one over the other, whiteouts heeded [OCI Image Format
 * Specification "Image Layer Filesystem Changeset"]. Errors: ERROR_INPUT for a layer that is
 * damaged, or has what Lambda does not take: devices, files whose folder is in no layer, paths with
 * "..", more than OCI_IMAGE_MAX bytes. ERROR_SYSTEM. */
int unpack_image(const struct oci_image *image, int root, struct error *err);

/* A zip file. Folders that it does not have are made. Errors: ERROR_INPUT, ERROR_SYSTEM; the cap is
 * ZIP_PACKAGE_MAX. */
int unpack_zip(struct view zip, int root, struct error *err);

#endif
