#include "oci/document.h"

#include "base/memory.h"

int document_read(struct view text, const char *what, json_t **document, struct error *err)
{
    json_error_t why;
    if (text.len > OCI_MANIFEST_MAX)
        return error_set(err, ERROR_INPUT, 0, "the %s is larger than %zu bytes", what,
                         OCI_MANIFEST_MAX);
    json_t *value = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(value)) {
        *document = value;
        return 0;
    }
    bool broken = !value;
    json_decref(value);
    if (broken) /* jansson's own words quote the text */
        return error_set(err, ERROR_INPUT, 0, "the %s is not JSON: line %d, column %d", what,
                         why.line, why.column);
    return error_set(err, ERROR_INPUT, 0, "the %s is no JSON object", what);
}

const char *document_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

int document_descriptor(const json_t *value, const char *what, struct oci_blob *blob,
                        struct error *err)
{
    const char *media_type = document_text(value, "mediaType");
    const char *digest = document_text(value, "digest");
    const json_t *size = json_object_get(value, "size");
    struct oci_digest parsed;
    if (!media_type)
        return error_set(err, ERROR_INPUT, 0, "the %s has no \"mediaType\"", what);
    if (!oci_digest_parse(view_str(digest), &parsed))
        return error_set(err, ERROR_INPUT, 0,
                         "the \"digest\" of the %s is not sha256: and 64 hexadecimal digits", what);
    if (!json_is_integer(size) || json_integer_value(size) < 0)
        return error_set(err, ERROR_INPUT, 0, "the \"size\" of the %s is no number of bytes", what);
    if ((size_t)json_integer_value(size) > OCI_IMAGE_MAX)
        return error_set(err, ERROR_INPUT, 0, "the %s is larger than the 10 GB of Lambda", what);
    *blob = (struct oci_blob){.media_type = xstrdup(media_type),
                              .digest = parsed,
                              .bytes = VIEW(""),
                              .size = (size_t)json_integer_value(size)};
    return 0;
}

int document_refuse_index(struct error *err)
{
    return error_set(err, ERROR_INPUT, 0,
                     "it is an index, a list of images (for several platforms, or with "
                     "attestations); Lambda takes a single manifest (with docker buildx: one "
                     "--platform, and --provenance=false --sbom=false)");
}

bool document_is_index(const char *media_type)
{
    return media_type && (strcmp(media_type, OCI_TYPE_INDEX) == 0 ||
                          strcmp(media_type, OCI_TYPE_DOCKER_LIST) == 0);
}
