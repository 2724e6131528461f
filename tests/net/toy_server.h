/* A small HTTP server in threads of this process, that can misbehave: the path says how. */
#ifndef LORRY_TESTS_TOY_SERVER_H
#define LORRY_TESTS_TOY_SERVER_H

#include <openssl/ssl.h>
#include <stddef.h>

#define TOY_BIG ((size_t)6 << 20)

struct toy_server;

/* On a free port of 127.0.0.1. `tls` is borrowed; NULL: plain. */
struct toy_server *toy_server_start(SSL_CTX *tls);

/* Closes all connections and waits for the threads. */
void toy_server_stop(struct toy_server *server);

int toy_server_port(const struct toy_server *server);

/* How many connections, and how many whole requests, have come so far. */
int toy_server_connections(struct toy_server *server);
int toy_server_requests(struct toy_server *server);

/* The byte at `i` of a big body. */
static inline char toy_byte(size_t i)
{
    return (char)(i * 31 ^ i >> 9);
}

/* Sums a body up, so that sending it back is not needed. */
unsigned toy_sum(const char *bytes, size_t len);

#endif
