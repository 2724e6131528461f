#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/memory.h"
#include "net/ca_store.h"

struct tls {
    SSL_CTX *context;
    BIO_METHOD *socket_method;
    struct ca_store *cas;
};

static int socket_read(BIO *bio, char *to, int len)
{
    struct tls_socket *socket = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t got = recv(socket->fd, to, (size_t)len, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    socket->ended = socket->ended || got == 0;
    return (int)got;
}

static int socket_write(BIO *bio, const char *from, int len)
{
    struct tls_socket *socket = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t put = send(socket->fd, from, (size_t)len, MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return (int)put;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    (void)number;
    (void)pointer;
    struct tls_socket *socket = BIO_get_data(bio);
    if (command == BIO_CTRL_EOF)
        return socket->ended;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *make_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method) {
        BIO_meth_set_read(method, socket_read);
        BIO_meth_set_write(method, socket_write);
        BIO_meth_set_ctrl(method, socket_control);
    }
    return method;
}

static struct ca_store *open_bundle(struct error *err)
{
    const char *chosen = getenv("SSL_CERT_FILE");
    if (chosen && *chosen) {
        struct ca_store *cas = ca_store_open(chosen, err);
        if (!cas)
            error_prefix(err, "SSL_CERT_FILE");
        return cas;
    }
    cleanup_buf struct buf tried = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < CA_STORE_PLACES; i++) {
        struct ca_store *cas = ca_store_open(ca_store_places[i], NULL);
        if (cas)
            return cas;
        buf_printf(&tried, "%s%s", i ? ", " : "", ca_store_places[i]);
    }
    error_set(
        err, ERROR_SETTING, 0,
        "no CA certificates to verify servers with: none in %s (SSL_CERT_FILE may name another "
        "file)",
        buf_str(&tried));
    return NULL;
}

static int openssl_failed(struct error *err, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_get_error());
    return error_set(err, ERROR_NET, 0, "cannot set up TLS: %s: %s", what,
                     reason ? reason : "out of memory");
}

static int configure(struct tls *tls, struct error *err)
{
    static const unsigned char ALPN[] = "\x08http/1.1";
    X509_VERIFY_PARAM *verify = SSL_CTX_get0_param(tls->context);
    if (!SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) ||
        SSL_CTX_set_alpn_protos(tls->context, ALPN, sizeof(ALPN) - 1) ||
        /* A bundle may name an intermediate CA or the server itself as trusted; libcurl allows
           that. */
        !X509_VERIFY_PARAM_set_flags(verify, X509_V_FLAG_PARTIAL_CHAIN) ||
        ca_store_attach(tls->cas, SSL_CTX_get_cert_store(tls->context)))
        return openssl_failed(err, "settings");
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                       SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
    return 0;
}

struct tls *tls_new(struct error *err)
{
    struct ca_store *cas = open_bundle(err);
    if (!cas)
        return NULL;
    struct tls *tls = xcalloc(1, sizeof(*tls));
    tls->cas = cas;
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    tls->socket_method = make_socket_method();
    tls->context = SSL_CTX_new(TLS_client_method());
    int rc = tls->context && tls->socket_method ? configure(tls, err)
                                                : openssl_failed(err, "start of OpenSSL");
    if (rc) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->socket_method);
    ca_store_free(tls->cas);
    free(tls);
}

static bool is_address(const char *host)
{
    struct in6_addr any;
    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

/* The name that the certificate must carry; an address is no SNI (RFC 6066 section 3). */
static bool expect_host(SSL *session, const char *host)
{
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host);
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(session, host) && SSL_set_tlsext_host_name(session, host);
}

SSL *tls_session(struct tls *tls, struct tls_socket *socket, const char *host, struct error *err)
{
    ERR_clear_error();
    BIO *bio = BIO_new(tls->socket_method);
    SSL *session = SSL_new(tls->context);
    if (!bio || !session || !expect_host(session, host)) {
        BIO_free(bio);
        SSL_free(session);
        openssl_failed(err, "session");
        return NULL;
    }
    BIO_set_data(bio, socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);
    SSL_set_connect_state(session);
    return session;
}

int tls_explain(SSL *session, const char *label, struct error *err)
{
    int system_error = errno;
    long verdict = SSL_get_verify_result(session);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return error_set(err, ERROR_NET, 0, "certificate of \"%s\" is made out to another name: %s",
                         label, X509_verify_cert_error_string(verdict));
    if (verdict != X509_V_OK)
        return error_set(err, ERROR_NET, 0, "certificate of \"%s\" is not trusted: %s", label,
                         X509_verify_cert_error_string(verdict));
    unsigned long code = ERR_peek_error();
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return error_set_retry(err, ERROR_NET, ECONNRESET, "\"%s\" cut the TLS connection off",
                               label);
    const char *reason = ERR_reason_error_string(code);
    if (!reason && system_error)
        return error_set_retry(err, ERROR_NET, system_error, "TLS connection to \"%s\": %s", label,
                               strerror(system_error));
    return error_set_retry(err, ERROR_NET, 0, "TLS connection to \"%s\": %s", label,
                           reason ? reason : "failed");
}
