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

const char *oci_digest_hex(const struct oci_digest *digest)
{
    return digest->text + PREFIX.len;
}
