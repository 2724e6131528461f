#include "unit.h"

#include "toy_certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

void toy_certificate_make(const struct toy_wish *wish, struct toy_certificate *out)
{
    static long serial = 1;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    X509 *issuer = wish->issuer ? wish->issuer->x509 : x509;
    assert_non_null(key);
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), wish->from_s);
    X509_gmtime_adj(X509_getm_notAfter(x509), wish->to_s);
    X509_set_pubkey(x509, key);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->name, -1, -1,
                               0);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    add_extension(x509, issuer, NID_subject_key_identifier, "hash");
    add_extension(x509, issuer, NID_authority_key_identifier, "keyid:always");
    if (wish->names) {
        add_extension(x509, issuer, NID_subject_alt_name, wish->names);
    } else {
        add_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(x509, issuer, NID_key_usage, "critical,keyCertSign");
    }
    assert_true(X509_sign(x509, wish->issuer ? wish->issuer->key : key, EVP_sha256()) > 0);
    *out = (struct toy_certificate){x509, key};
}

void toy_certificate_release(struct toy_certificate *certificate)
{
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    *certificate = (struct toy_certificate){0};
}

void toy_certificate_write(const struct toy_certificate *certificate, int fd)
{
    FILE *file = fdopen(dup(fd), "a");
    assert_non_null(file);
    assert_true(PEM_write_X509(file, certificate->x509));
    fclose(file);
}

SSL_CTX *toy_server_context(const struct toy_certificate *certificate,
                            const struct toy_certificate *between)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert_non_null(context);
    assert_true(SSL_CTX_use_certificate(context, certificate->x509));
    assert_true(SSL_CTX_use_PrivateKey(context, certificate->key));
    if (between)
        assert_true(SSL_CTX_add1_chain_cert(context, between->x509));
    return context;
}
