#include "net/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static int net_errno(struct error *err, int code, const char *doing, const char *label)
{
    return error_set_retry(err, ERROR_NET, code, "cannot %s \"%s\": %s", doing, label,
                           strerror(code));
}

struct connection *connection_open(const struct sockaddr *address, socklen_t len, const char *label,
                                   struct error *err)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        net_errno(err, errno, "connect to", label);
        return NULL;
    }
    /* Without it, the second write of a small request waits for the answer to the first. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(fd, address, len) && errno != EINPROGRESS) {
        net_errno(err, errno, "connect to", label);
        close(fd);
        return NULL;
    }
    struct connection *connection = xcalloc(1, sizeof(*connection));
    connection->socket.fd = fd;
    snprintf(connection->label, sizeof(connection->label), "%s", label);
    return connection;
}

int connection_established(struct connection *connection, struct error *err)
{
    int code = 0;
    socklen_t len = sizeof(code);
    if (getsockopt(connection->socket.fd, SOL_SOCKET, SO_ERROR, &code, &len))
        code = errno;
    return code ? net_errno(err, code, "connect to", connection->label) : 0;
}

int connection_secure(struct connection *connection, struct tls *tls, const char *host,
                      struct error *err)
{
    connection->session = tls_session(tls, &connection->socket, host, err);
    return connection->session ? 0 : -1;
}

/* What the result of an SSL_* call means. */
static enum io tls_outcome(struct connection *connection, int rc, struct error *err)
{
    switch (SSL_get_error(connection->session, rc)) {
    case SSL_ERROR_NONE: return IO_DONE;
    case SSL_ERROR_WANT_READ: return IO_AWAIT_READ;
    case SSL_ERROR_WANT_WRITE: return IO_AWAIT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return IO_END;
    default: break;
    }
    connection->broken = true;
    tls_explain(connection->session, connection->label, err);
    return IO_FAILED;
}

enum io connection_handshake(struct connection *connection, struct error *err)
{
    ERR_clear_error();
    errno = 0;
    return tls_outcome(connection, SSL_do_handshake(connection->session), err);
}

static enum io socket_outcome(struct connection *connection, ssize_t done, size_t *len,
                              enum io again, const char *doing, struct error *err)
{
    if (done >= 0) {
        *len = (size_t)done;
        return done ? IO_DONE : IO_END;
    }
    if (errno == EAGAIN || errno == EINTR)
        return again;
    connection->broken = true;
    net_errno(err, errno, doing, connection->label);
    return IO_FAILED;
}

enum io connection_read(struct connection *connection, char *to, size_t *len, struct error *err)
{
    if (!connection->session)
        return socket_outcome(connection, recv(connection->socket.fd, to, *len, 0), len,
                              IO_AWAIT_READ, "read from", err);
    ERR_clear_error();
    errno = 0;
    return tls_outcome(connection, SSL_read_ex(connection->session, to, *len, len), err);
}

enum io connection_write(struct connection *connection, const char *from, size_t *len,
                         struct error *err)
{
    if (!connection->session)
        return socket_outcome(connection, send(connection->socket.fd, from, *len, MSG_NOSIGNAL),
                              len, IO_AWAIT_WRITE, "send to", err);
    ERR_clear_error();
    errno = 0;
    return tls_outcome(connection, SSL_write_ex(connection->session, from, *len, len), err);
}

bool connection_is_quiet(struct connection *connection)
{
    char byte;
    if (!connection->session)
        return recv(connection->socket.fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
    /* Session tickets may wait there, so that looking at the socket is not enough. */
    ERR_clear_error();
    size_t got;
    int rc = SSL_peek_ex(connection->session, &byte, 1, &got);
    return rc <= 0 && SSL_get_error(connection->session, rc) == SSL_ERROR_WANT_READ;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    if (connection->session && !connection->broken && SSL_is_init_finished(connection->session))
        SSL_shutdown(connection->session);
    SSL_free(connection->session);
    close(connection->socket.fd);
    free(connection);
}
