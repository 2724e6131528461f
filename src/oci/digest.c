#include "oci/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/memory.h"

#define PREFIX VIEW("sha256:")

static struct oci_digest format(const unsigned char hash[SHA256_DIGEST_LENGTH])
{
    struct oci_digest digest = {"sha256:"};
    for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
        snprintf(digest.text + PREFIX.len + 2 * i, 3, "%02x", hash[i]);
    return digest;
}

struct oci_digest oci_digest_of(struct view bytes)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)bytes.ptr, bytes.len, hash);
    return format(hash);
}

struct oci_hash {
    EVP_MD_CTX *context;
};

/* What fails here is nothing but memory. */
struct oci_hash *oci_hash_begin(void)
{
    struct oci_hash *hash = xcalloc(1, sizeof(*hash));
    hash->context = EVP_MD_CTX_new();
    if (!hash->context || !EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL))
        memory_exhausted();
    return hash;
}

void oci_hash_add(struct oci_hash *hash, struct view bytes)
{
    if (!EVP_DigestUpdate(hash->context, bytes.ptr, bytes.len))
        memory_exhausted();
}

struct oci_digest oci_hash_end(struct oci_hash *hash)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    if (!EVP_DigestFinal_ex(hash->context, bytes, NULL))
        memory_exhausted();
    EVP_MD_CTX_free(hash->context);
    free(hash);
    return format(bytes);
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

static unsigned char nibble(char hex)
{
    return (unsigned char)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

void oci_digest_base64(const struct oci_digest *digest, char out[OCI_DIGEST_BASE64_SIZE])
{
    const char *hex = oci_digest_hex(digest);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    for (size_t i = 0; i < sizeof(hash); i++)
        hash[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    base64_encode(view_of((const char *)hash, sizeof(hash)), out);
    out[OCI_DIGEST_BASE64_SIZE - 1] = '\0';
}

bool oci_digest_of_base64(const char *text, struct oci_digest *digest)
{
    char hash[BASE64_DECODED_MAX(OCI_DIGEST_BASE64_SIZE - 1) + BASE64_SLACK];
    if (strlen(text) != OCI_DIGEST_BASE64_SIZE - 1 ||
        base64_decode(view_str(text), hash) != SHA256_DIGEST_LENGTH)
        return false;
    *digest = format((const unsigned char *)hash);
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
