/* The config of an image: what runs in it, and how [OCI Image Format Specification "Image
 * Configuration"]. */
#ifndef LORRY_OCI_CONFIG_H
#define LORRY_OCI_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

/* Also an annotation, or a variable of the environment. */
struct oci_label {
    const char *name; /* "org.opencontainers.image.version" */
    const char *value;
};

struct oci_texts {
    const char **items;
    size_t count;
};

/* Texts are "" where the config is silent. They are those of the image's maker: anything may be in
 * them but a NUL. */
struct oci_config {
    struct arena arena; /* of all the rest */
    const char *architecture, *os;
    const char *created, *working_dir, *user;
    struct oci_texts entrypoint, cmd;
    struct oci_texts env;      /* "NAME=VALUE" */
    struct oci_texts diff_ids; /* digests of the layers, not compressed; checked */
    struct oci_label *labels;  /* sorted by name */
    size_t label_count;
};

/* Error: ERROR_INPUT, saying which member is not what it has to be. */
int oci_config_parse(struct view text, struct oci_config *config, struct error *err);

/* Safe on a zeroed one. */
void oci_config_release(struct oci_config *config);
#define cleanup_oci_config __attribute__((cleanup(oci_config_release)))

#endif
