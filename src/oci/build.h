/* Makes an image of an executable: the same bytes for the same inputs, whenever, wherever and by
 * whomever. */
#ifndef LORRY_OCI_BUILD_H
#define LORRY_OCI_BUILD_H

#include <stdint.h>

#include "base/error.h"
#include "oci/image.h"

#define OCI_LABELS_MAX 64

struct oci_label {
    const char *name; /* "org.opencontainers.image.version" */
    const char *value;
};

struct oci_build {
    const char *executable;   /* a Linux ELF file, static or not */
    const char *ca_bundle;    /* a PEM file; NULL: where this system keeps its own */
    const char *architecture; /* "x86_64" or "arm64": what the executable must be for; NULL: any */
    int64_t created_s;        /* SOURCE_DATE_EPOCH, seconds since 1970; 0 if it is not set */
    const struct oci_label *labels;
    size_t label_count;
};

/* Layers, in this order: CA bundle and folders; for a dynamically linked executable its loader and
 * shared libraries; the executable. Errors: ERROR_INPUT if the executable is none for Linux on
 * x86-64 or AArch64, or for another architecture than asked for, or a library of it is not found
 * (named, with what wants it); ERROR_SETTING without a CA bundle; ERROR_SYSTEM. */
int oci_build(const struct oci_build *build, struct oci_image *image, struct error *err);

#endif
