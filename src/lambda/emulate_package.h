/* A package, unpacked into a private folder as Lambda would have it. */
#ifndef LORRY_LAMBDA_EMULATE_PACKAGE_H
#define LORRY_LAMBDA_EMULATE_PACKAGE_H

#include "base/buf.h"
#include "base/error.h"
#include "oci/config.h"
#include "oci/image.h"

struct emulate_package {
    struct buf folder;        /* all that was unpacked; ours alone */
    struct buf root, tmp;     /* in it: what becomes "/", and "/tmp" */
    struct oci_config config; /* of an image */
    const char **words;       /* the program, an absolute path, and its arguments; ended by NULL */
    const char *working_dir;
    bool zip;
    bool foreign; /* the program is a script, or needs a loader: it takes files that are not it */
};

/* Unpacks a complete image. Errors: ERROR_INPUT if Lambda would refuse it, as oci_check_rules() has
 * it, or if it is for another architecture than this machine's; those of unpack_image(). */
int emulate_package_image(const struct oci_image *image, struct emulate_package *package,
                          struct error *err);

/* The same for a zip file: its program is "bootstrap". */
int emulate_package_zip(struct view zip, struct emulate_package *package, struct error *err);

/* The package at a path: a zip file, or an OCI layout, folder or archive. */
int emulate_package_read(const char *path, struct emulate_package *package, struct error *err);

/* Removes what was unpacked. Safe on a zeroed one. */
void emulate_package_release(struct emulate_package *package);
#define cleanup_emulate_package __attribute__((cleanup(emulate_package_release)))

#endif
