/* TLS for the libevent client: OpenSSL set up once, on the first https request, and the sessions
 * made from it. At least TLS 1.2; chain and name are verified; no configuration file of the host is
 * read. */
#ifndef LORRY_NET_TLS_H
#define LORRY_NET_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/error.h"

struct tls;

/* Where OpenSSL reads and writes. Sends without raising SIGPIPE, which its own socket BIO does. */
struct tls_socket {
    int fd;
    bool ended; /* the peer has closed the TCP connection */
};

/* Finds the CA bundle (SSL_CERT_FILE, else where Debian, Amazon Linux, Alpine and Lambda's images
 * keep it). Errors: ERROR_SETTING, with the paths that were tried. */
struct tls *tls_new(struct error *err);

/* NULL is allowed; its sessions must be gone. */
void tls_free(struct tls *tls);

/* A client session for `host` (name or address), to be freed with SSL_free() before `socket` goes.
 */
SSL *tls_session(struct tls *tls, struct tls_socket *socket, const char *host, struct error *err);

/* What went wrong with a session, from OpenSSL's error queue and the verification; `label` is the
 * "host:port" of the message. Always returns -1. ERROR_NET; an untrusted certificate is without
 * `retry`, a connection that was cut has ECONNRESET. */
int tls_explain(SSL *session, const char *label, struct error *err);

#endif
