/* Content digests of OCI [OCI Image Format Specification "Digests"]; always SHA-256 here. */
#ifndef LORRY_OCI_DIGEST_H
#define LORRY_OCI_DIGEST_H

#include "base/view.h"

struct oci_digest {
    char text[sizeof("sha256:") + 64]; /* "sha256:<64 hexadecimal digits>" */
};

struct oci_digest oci_digest_of(struct view bytes);

/* The hexadecimal digits alone: the name of a blob in a layout. */
const char *oci_digest_hex(const struct oci_digest *digest);

#endif
