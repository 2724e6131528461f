/* Connections kept for the next request to the same place. */
#ifndef LORRY_NET_CONNECTION_POOL_H
#define LORRY_NET_CONNECTION_POOL_H

#include "net/connection.h"

#define POOL_SIZE 8

struct connection_pool {
    struct connection *idle[POOL_SIZE]; /* the one used last at the end */
    size_t count;
};

/* Takes the kept connection to this origin that was used last; those found dead on the way are
 * closed. NULL if there is none. */
struct connection *pool_take(struct connection_pool *pool, const struct http_origin *origin);

/* Keeps a connection, whose last answer has been read to its end; closes the oldest if that is one
 * too many. */
void pool_give(struct connection_pool *pool, struct connection *connection);

/* Closes all. */
void pool_release(struct connection_pool *pool);

#endif
