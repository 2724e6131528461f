/* One non-blocking TCP connection, plain or under TLS, for the libevent client. */
#ifndef LORRY_NET_CONNECTION_H
#define LORRY_NET_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"
#include "net/http_request.h"
#include "net/tls.h"

enum io {
    IO_DONE,        /* some bytes went through */
    IO_AWAIT_READ,  /* try again when the socket is readable */
    IO_AWAIT_WRITE, /* ... writable */
    IO_END,         /* the peer has closed, in order */
    IO_FAILED,      /* `err` says why */
};

struct connection {
    struct tls_socket socket;
    SSL *session; /* NULL: plain */
    bool broken;  /* an operation has failed: no farewell */
    char label[sizeof(((struct http_origin *)NULL)->label)];
};

/* Begins to connect (TCP_NODELAY, close-on-exec); NULL with `err` if that fails at once. `label`
 * names the peer in messages. */
struct connection *connection_open(const struct sockaddr *address, socklen_t len, const char *label,
                                   struct error *err);

/* After the socket has become writable: whether it is connected. 0, or -1 and `err`. */
int connection_established(struct connection *connection, struct error *err);

/* Puts TLS on it; connection_handshake() follows until IO_DONE. */
int connection_secure(struct connection *connection, struct tls *tls, const char *host,
                      struct error *err);
enum io connection_handshake(struct connection *connection, struct error *err);

/* As read(2) and write(2); `*len` is the room (never 0) or the length before, and what was done
 * after IO_DONE. */
enum io connection_read(struct connection *connection, char *to, size_t *len, struct error *err);
enum io connection_write(struct connection *connection, const char *from, size_t *len,
                         struct error *err);

/* Nothing has come since the last answer, neither an end nor a byte that nobody asked for. */
bool connection_is_quiet(struct connection *connection);

/* Closes and frees. NULL is allowed. */
void connection_free(struct connection *connection);

#endif
