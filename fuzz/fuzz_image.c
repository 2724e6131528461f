/* Manifest and config of an image: a line each. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "oci/config.h"
#include "oci/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct view text = {(const char *)bytes, size};
    const char *newline = size ? memchr(text.ptr, '\n', size) : NULL;
    struct view manifest = newline ? view_between(text.ptr, newline) : text;
    struct view config = view_skip(text, manifest.len + 1);
    cleanup_oci_image struct oci_image stated = {0}, image = {0};
    cleanup_oci_config struct oci_config parsed = {0};
    if (oci_manifest_parse(manifest, &stated, NULL) == 0 &&
        (stated.layer_count > OCI_LAYERS_MAX || !view_equal(stated.manifest.bytes, manifest)))
        abort();
    if (oci_image_parse(manifest, config, &image, NULL) == 0 &&
        oci_config_parse(image.config.bytes, &parsed, NULL) < 0)
        abort();
    oci_config_parse(text, &parsed, NULL);
    return 0;
}
