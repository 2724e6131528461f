/* The JSON documents of images: manifest, config, index. Any bytes may come. Private to oci/. */
#ifndef LORRY_OCI_DOCUMENT_H
#define LORRY_OCI_DOCUMENT_H

#include <jansson.h>

#include "base/error.h"
#include "oci/image.h"

/* Parses an object; `what` names it in messages. `*document` is a new reference. Error: ERROR_INPUT
 * if it is none, or larger than OCI_MANIFEST_MAX, or names a member twice. */
int document_read(struct view text, const char *what, json_t **document, struct error *err);

static inline void document_release(json_t **document)
{
    json_decref(*document);
}
#define cleanup_document __attribute__((cleanup(document_release)))

/* The text of a member, borrowed; NULL if it is not there, or no string. */
const char *document_text(const json_t *object, const char *name);

/* Fills media type (a copy), digest and size from a descriptor; `what` names it in messages. Error:
 * ERROR_INPUT. [OCI Image Format Specification "Content Descriptors"] */
int document_descriptor(const json_t *value, const char *what, struct oci_blob *blob,
                        struct error *err);

/* ERROR_INPUT that says that an index is no image. Returns -1. */
int document_refuse_index(struct error *err);

/* Whether that is the media type of an index. NULL: no. */
bool document_is_index(const char *media_type);

#endif
