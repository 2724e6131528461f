/* The package of the function: an OCI image or a zip file, made of the executable that the pipeline
 * names, or of the built-in processor. */
#ifndef LORRY_STACK_PACKAGE_H
#define LORRY_STACK_PACKAGE_H

#include "base/error.h"
#include "oci/config.h"
#include "oci/image.h"
#include "oci/zip.h"
#include "stack/stack.h"

/* What it is made from; all of it is borrowed. */
struct package_source {
    const char *executable;         /* NULL: the built-in processor */
    const char *ca_bundle;          /* NULL: this system's own */
    const char *architecture;       /* what it has to be for, as in oci/build.h; NULL: any */
    const struct oci_label *labels; /* of an image */
    size_t label_count;
};

/* What the pipeline says of it. */
struct package_source package_source_of(const struct stack *stack);

/* Makes one; times in it are those of SOURCE_DATE_EPOCH [reproducible-builds.org], else 1970. The
 * built-in processor is the "lorry-processor" beside the running executable, where it is built and
 * installed, else in PATH. Errors: those of oci_build() and zip_make(); ERROR_SETTING for a
 * SOURCE_DATE_EPOCH that is no number; ERROR_SYSTEM if there is no built-in processor; ERROR_INPUT
 * for another architecture. */
int package_make_image(const struct package_source *source, struct oci_image *image,
                       struct error *err);
int package_make_zip(const struct package_source *source, struct zip_made *zip, struct error *err);

/* The package of a pipeline. */
struct package {
    enum stack_package kind; /* which of the two */
    struct oci_image image;
    struct zip_made zip;
};

/* Makes what the pipeline says; `package` is zeroed before. Errors: as above. */
int package_make(const struct stack *stack, struct package *package, struct error *err);

/* Safe on a zeroed one. */
void package_release(struct package *package);
#define cleanup_package __attribute__((cleanup(package_release)))

#endif
