/* The zip package for Lambda's runtime provided.al2023: `bootstrap` and a CA bundle; the same bytes
 * for the same inputs, whenever and wherever [LDG "Building a custom runtime"]. */
#ifndef LORRY_OCI_ZIP_H
#define LORRY_OCI_ZIP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define ZIP_PACKAGE_MAX ((size_t)250 << 20) /* unzipped [LDG "Lambda quotas"] */

struct zip_package {
    const char *executable; /* a statically linked one: Lambda's system has other libraries */
    const char *ca_bundle;  /* a PEM file; NULL: this system's own */
    int64_t time_s;         /* of the entries, since 1970; before 1980 counts as 1980 */
};

/* What was made. */
struct zip_made {
    struct buf bytes;
    const char *architecture; /* "x86_64", "arm64" */
    char code_sha256[45];     /* base64, as Lambda states it (CodeSha256) */
};

/* Safe on a zeroed one. */
void zip_made_release(struct zip_made *made);
#define cleanup_zip_made __attribute__((cleanup(zip_made_release)))

/* Errors: ERROR_INPUT for an executable that is none, or is linked dynamically, or what is too
 * large; ERROR_SETTING without a CA bundle; ERROR_SYSTEM. */
int zip_make(const struct zip_package *package, struct zip_made *made, struct error *err);

#endif
