/* "registry/repository:tag@digest", the name of an image [Distribution Specification "Pulling
 * manifests"; distribution/reference]. */
#ifndef LORRY_OCI_REFERENCE_H
#define LORRY_OCI_REFERENCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/view.h"

struct oci_reference {
    char *registry;   /* "host" or "host:port" */
    char *repository; /* "team/name" */
    char *tag;        /* NULL: none */
    char *digest;     /* "sha256:..."; NULL: none */
};

/* Without tag and digest the tag is "latest". A first component that is no host ("ubuntu",
 * "library/ubuntu") is refused: there is no default registry. Error: ERROR_INPUT, which says what
 * is wrong. */
int oci_reference_parse(struct view text, struct oci_reference *reference, struct error *err);

/* Safe on a zeroed one. */
void oci_reference_release(struct oci_reference *reference);
#define cleanup_oci_reference __attribute__((cleanup(oci_reference_release)))

#endif
