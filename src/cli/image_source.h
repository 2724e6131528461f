/* What an image is made from: the options that the commands share which make one. */
#ifndef LORRY_CLI_IMAGE_SOURCE_H
#define LORRY_CLI_IMAGE_SOURCE_H

#include "cli/options.h"
#include "cli/package.h"
#include "oci/image.h"

struct image_source {
    const char *entrypoint; /* NULL: see package_choose() */
    const char *ca_bundle;  /* NULL: this system's own */
    struct option_list labels;
};

/* Rows for a command's table of options; its struct has `struct image_source source`. */
#define IMAGE_SOURCE_OPTIONS(type)                                                                 \
    PACKAGE_ENTRYPOINT_OPTION(type, source.entrypoint),                                            \
        PACKAGE_BUNDLE_OPTION(type, source.ca_bundle), IMAGE_LABEL_OPTION(type, source.labels)
#define IMAGE_LABEL_OPTION(type, member)                                                           \
    {                                                                                              \
        .name = "label", .kind = OPTION_LIST, .offset = offsetof(type, member),                    \
        .value = "NAME=VALUE",                                                                     \
        .help = "A label; a NAME without a dot is one of OCI: version, revision, source, ..."      \
    }

/* Whether any of them was given. */
bool image_source_is_given(const struct image_source *source);

/* Makes the image, complete, for what the file of the pipeline says where there is one. Returns
 * CLI_DONE, or the exit status after having said what is wrong. */
int image_source_build(const struct cli *cli, const struct image_source *source,
                       struct oci_image *image);

#endif
