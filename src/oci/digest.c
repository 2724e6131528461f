#include "oci/digest.h"

#include <openssl/sha.h>
#include <stdio.h>

#define PREFIX VIEW("sha256:")

struct oci_digest oci_digest_of(struct view bytes)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct oci_digest digest = {"sha256:"};
    SHA256((const unsigned char *)bytes.ptr, bytes.len, hash);
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(digest.text + PREFIX.len + 2 * i, 3, "%02x", hash[i]);
    return digest;
}

bool oci_digest_parse(struct view text, struct oci_digest *digest)
{
    struct view hex = view_skip(text, PREFIX.len);
    if (!view_starts_with(text, PREFIX) || hex.len != OCI_DIGEST_HEX_LEN)
        return false;
    for (size_t i = 0; i < hex.len; i++)
        if (!(hex.ptr[i] >= '0' && hex.ptr[i] <= '9') && !(hex.ptr[i] >= 'a' && hex.ptr[i] <= 'f'))
            return false;
    *digest = (struct oci_digest){0};
    memcpy(digest->text, text.ptr, text.len);
    return true;
}

bool oci_digest_equal(const struct oci_digest *a, const struct oci_digest *b)
{
    return strcmp(a->text, b->text) == 0;
}

const char *oci_digest_hex(const struct oci_digest *digest)
{
    return digest->text + PREFIX.len;
}
