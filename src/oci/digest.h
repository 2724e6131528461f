/* Content digests of OCI [OCI Image Format Specification "Digests"]; always SHA-256 here. */
#ifndef LORRY_OCI_DIGEST_H
#define LORRY_OCI_DIGEST_H

#include <stdbool.h>

#include "base/view.h"

#define OCI_DIGEST_HEX_LEN 64

struct oci_digest {
    char text[sizeof("sha256:") + OCI_DIGEST_HEX_LEN]; /* "sha256:<64 hexadecimal digits>" */
};

struct oci_digest oci_digest_of(struct view bytes);

/* The same of bytes that come in pieces. The end frees it. */
struct oci_hash;
struct oci_hash *oci_hash_begin(void);
void oci_hash_add(struct oci_hash *hash, struct view bytes);
struct oci_digest oci_hash_end(struct oci_hash *hash);

/* "sha256:" and 64 lower-case hexadecimal digits, nothing else. False: `digest` is untouched. */
bool oci_digest_parse(struct view text, struct oci_digest *digest);

/* The hash as base64, as S3 and Lambda write it; and back, false if it is none. */
#define OCI_DIGEST_BASE64_SIZE 45 /* with the NUL */
void oci_digest_base64(const struct oci_digest *digest, char out[OCI_DIGEST_BASE64_SIZE]);
bool oci_digest_of_base64(const char *text, struct oci_digest *digest);

bool oci_digest_equal(const struct oci_digest *a, const struct oci_digest *b);

/* The hexadecimal digits alone: the name of a blob in a layout. */
const char *oci_digest_hex(const struct oci_digest *digest);

#endif
