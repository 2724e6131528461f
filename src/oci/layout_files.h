/* The names of the files of an OCI layout [OCI Image Format Specification "Image Layout"]. Private
 * to the two halves of layout.h. */
#ifndef LORRY_OCI_LAYOUT_FILES_H
#define LORRY_OCI_LAYOUT_FILES_H

#define LAYOUT_BLOBS "blobs/sha256"
#define LAYOUT_INDEX "index.json"
#define LAYOUT_FILE "oci-layout"

#define LAYOUT_VERSION_MEMBER "imageLayoutVersion"
#define LAYOUT_VERSION "1.0.0"

#define LAYOUT_NAME_ANNOTATION "org.opencontainers.image.ref.name"

#endif
