/* Makes an image of an executable: the same bytes for the same inputs, whenever, wherever and by
 * whomever. */
#ifndef LORRY_OCI_BUILD_H
#define LORRY_OCI_BUILD_H

#include <stdint.h>

#include "base/error.h"
#include "oci/config.h"
#include "oci/image.h"

#define OCI_LABELS_MAX 64

struct oci_build {
    const char *executable;   /* a Linux ELF file */
    const char *ca_bundle;    /* a PEM file; NULL: where this system keeps its own */
    const char *architecture; /* "x86_64" or "arm64": what the executable must be for; NULL: any */
    int64_t created_s;        /* SOURCE_DATE_EPOCH, seconds since 1970; 0 if it is not set */
    const struct oci_label *labels;
    size_t label_count;
    const char *version; /* a label, unless it is among `labels`; NULL: none */
};

/* Layers, lowest first, so that only the last one differs when only the executable does: folders
 * and the CA bundle; for a dynamically linked executable its loader and its shared libraries, see
 * closure.h; the executable, as /usr/bin/<its name>, which is the entrypoint. Config and manifest
 * carry the labels, and org.opencontainers.image.created, unless it is among them. Errors:
 * ERROR_INPUT if the executable is none for Linux on x86-64 or AArch64, or for another architecture
 * than asked for, or a library of it is not found; if a label is there twice; ERROR_SETTING without
 * a CA bundle; ERROR_SYSTEM. */
int oci_build(const struct oci_build *build, struct oci_image *image, struct error *err);

#endif
