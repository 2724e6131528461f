/* Reading images: manifest and config, with everything that one says of the other checked. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/printable.h"
#include "oci/config.h"
#include "oci/document.h"
#include "oci/image.h"

/* By what they are for; NULL ends a list. */
static const char *const manifest_types[] = {OCI_TYPE_MANIFEST, OCI_TYPE_DOCKER_MANIFEST, NULL};
static const char *const config_types[] = {OCI_TYPE_CONFIG, OCI_TYPE_DOCKER_CONFIG, NULL};
static const char *const layer_types[] = {
    OCI_TYPE_LAYER,
    OCI_TYPE_LAYER_GZIP,
    OCI_TYPE_DOCKER_LAYER,
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    NULL,
};

static int check_type(const char *type, const char *const *known, const char *what,
                      struct error *err)
{
    for (; *known; known++)
        if (strcmp(*known, type) == 0)
            return 0;
    cleanup_buf struct buf shown = BUF_INIT(BUF_TEXT_CAP);
    printable_append(&shown, view_str(type));
    return error_set(err, ERROR_INPUT, 0, "the %s has the media type \"%s\": that is no image",
                     what, buf_str(&shown));
}

/* A manifest of OCI may leave its own type out, and is then what its config is. */
static int find_manifest_type(const json_t *document, const char **type, struct error *err)
{
    const json_t *version = json_object_get(document, "schemaVersion");
    const char *stated = document_text(document, "mediaType");
    const char *config = document_text(json_object_get(document, "config"), "mediaType");
    if (document_is_index(stated) || (!stated && json_object_get(document, "manifests")))
        return document_refuse_index(err);
    if (!json_is_integer(version) || json_integer_value(version) != 2)
        return error_set(err, ERROR_INPUT, 0, "the manifest has not \"schemaVersion\" 2");
    if (!stated)
        stated = config && strcmp(config, OCI_TYPE_DOCKER_CONFIG) == 0 ? OCI_TYPE_DOCKER_MANIFEST
                                                                       : OCI_TYPE_MANIFEST;
    *type = stated;
    return check_type(stated, manifest_types, "manifest", err);
}

static int read_layers(const json_t *document, struct oci_image *image, struct error *err)
{
    const json_t *list = json_object_get(document, "layers"), *value;
    size_t i, count = json_array_size(list), total = 0;
    if (!json_is_array(list))
        return error_set(err, ERROR_INPUT, 0, "the manifest has no list of layers");
    if (count > OCI_LAYERS_MAX)
        return error_set(err, ERROR_INPUT, 0, "the manifest has %zu layers; %d are the most", count,
                         OCI_LAYERS_MAX);
    image->layers = xcalloc(count + 1, sizeof(*image->layers));
    json_array_foreach(list, i, value)
    {
        char what[32];
        snprintf(what, sizeof(what), "layer %zu", i + 1);
        if (document_descriptor(value, what, &image->layers[i], err) < 0)
            return -1;
        image->layer_count++;
        if (check_type(image->layers[i].media_type, layer_types, what, err) < 0)
            return -1;
        total += image->layers[i].size;
    }
    if (total > OCI_IMAGE_MAX)
        return error_set(err, ERROR_INPUT, 0, "the layers are larger than the 10 GB of Lambda");
    return 0;
}

static void keep_copy(struct oci_image *image, const char *media_type, struct view bytes,
                      struct oci_blob *blob)
{
    struct buf copy = BUF_INIT(OCI_MANIFEST_MAX);
    buf_append_view(&copy, bytes);
    free(blob->media_type);
    *blob = oci_image_keep(image, media_type, &copy);
}

int oci_manifest_parse(struct view manifest, struct oci_image *image, struct error *err)
{
    cleanup_document json_t *document = NULL;
    cleanup_oci_image struct oci_image found = {0};
    const char *type = NULL;
    if (document_read(manifest, "manifest", &document, err) < 0 ||
        find_manifest_type(document, &type, err) < 0 ||
        document_descriptor(json_object_get(document, "config"), "config", &found.config, err) <
            0 ||
        check_type(found.config.media_type, config_types, "config", err) < 0 ||
        read_layers(document, &found, err) < 0)
        return -1;
    keep_copy(&found, type, manifest, &found.manifest);
    *image = found;
    found = (struct oci_image){0};
    return 0;
}

static int check_config(const struct oci_image *image, struct view config, struct error *err)
{
    cleanup_oci_config struct oci_config parsed = {0};
    struct oci_digest digest = oci_digest_of(config);
    if (config.len != image->config.size || !oci_digest_equal(&digest, &image->config.digest))
        return error_set(err, ERROR_INPUT, 0, "the config is not the one that the manifest names");
    if (oci_config_parse(config, &parsed, err) < 0)
        return -1;
    if (parsed.diff_ids.count != image->layer_count)
        return error_set(err, ERROR_INPUT, 0, "the config knows %zu layers, and the manifest %zu",
                         parsed.diff_ids.count, image->layer_count);
    return 0;
}

int oci_image_parse(struct view manifest, struct view config, struct oci_image *image,
                    struct error *err)
{
    cleanup_oci_image struct oci_image found = {0};
    if (oci_manifest_parse(manifest, &found, err) < 0 || check_config(&found, config, err) < 0)
        return -1;
    cleanup_free char *type = steal(&found.config.media_type);
    keep_copy(&found, type, config, &found.config);
    *image = found;
    found = (struct oci_image){0};
    return 0;
}
