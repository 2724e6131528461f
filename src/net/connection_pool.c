#include "net/connection_pool.h"

#include <strings.h>

static struct connection *remove_at(struct connection_pool *pool, size_t i)
{
    struct connection *connection = pool->idle[i];
    pool->count--;
    for (; i < pool->count; i++)
        pool->idle[i] = pool->idle[i + 1];
    return connection;
}

struct connection *pool_take(struct connection_pool *pool, const struct http_origin *origin)
{
    for (size_t i = pool->count; i-- > 0;) {
        struct connection *connection = pool->idle[i];
        if ((connection->session != NULL) != origin->tls ||
            strcasecmp(connection->label, origin->label) != 0)
            continue;
        remove_at(pool, i);
        if (connection_is_quiet(connection))
            return connection;
        connection_free(connection);
    }
    return NULL;
}

void pool_give(struct connection_pool *pool, struct connection *connection)
{
    if (pool->count == POOL_SIZE)
        connection_free(remove_at(pool, 0));
    pool->idle[pool->count++] = connection;
}

void pool_release(struct connection_pool *pool)
{
    while (pool->count)
        connection_free(pool->idle[--pool->count]);
}
