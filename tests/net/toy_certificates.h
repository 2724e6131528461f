/* Certificates made while a test runs, so that none lies in the tree and expires. */
#ifndef LORRY_TESTS_TOY_CERTIFICATES_H
#define LORRY_TESTS_TOY_CERTIFICATES_H

#include <openssl/ssl.h>

struct toy_certificate {
    X509 *x509;
    EVP_PKEY *key;
};

struct toy_wish {
    const char *name;  /* common name */
    const char *names; /* subjectAltName, as in "DNS:a,IP:127.0.0.1"; NULL: a CA */
    const struct toy_certificate *issuer; /* NULL: self-signed */
    long from_s, to_s;                    /* validity, relative to now */
};

void toy_certificate_make(const struct toy_wish *wish, struct toy_certificate *out);
void toy_certificate_release(struct toy_certificate *certificate);

/* Appends it to an open file as PEM. */
void toy_certificate_write(const struct toy_certificate *certificate, int fd);

/* A server's context that shows `certificate`, and `between` (NULL: none) behind it. */
SSL_CTX *toy_server_context(const struct toy_certificate *certificate,
                            const struct toy_certificate *between);

#endif
