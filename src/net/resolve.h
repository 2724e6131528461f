/* Host names to addresses for the libevent client: literals, the hosts file, then DNS by evdns.
 * Nothing of libc's resolver is used; a static executable has none (NSS). */
#ifndef LORRY_NET_RESOLVE_H
#define LORRY_NET_RESOLVE_H

#include <event2/event.h>
#include <sys/socket.h>

#include "base/error.h"

#define ADDRESSES_MAX 8

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    };
    socklen_t len;
};

struct addresses {
    struct address at[ADDRESSES_MAX];
    size_t count;
};

struct resolver;
struct resolve_query;

/* Borrows its arguments. Reads nothing yet. */
struct resolver *resolver_new(struct event_base *base, const char *resolv_conf, const char *hosts);

/* No query may be running. NULL is allowed. */
void resolver_free(struct resolver *resolver);

/* The addresses of a literal (IPv4, IPv6), of a name in the hosts file, or of "localhost" (RFC
 * 6761: the loopback ones, whatever the hosts file lacks). 0, or -1 if DNS has to be asked. */
int resolve_here(struct resolver *resolver, const char *host, int port, struct addresses *out);

/* `err` is NULL and `found` has at least one address, or the other way round. */
typedef void resolve_done(void *user, const struct addresses *found, const struct error *err);

/* Asks DNS: the servers of resolv.conf, two times 2 s each. `done` is called from the event loop,
 * never from here. NULL and `err` if that cannot begin: resolv.conf cannot be read. */
struct resolve_query *resolve_start(struct resolver *resolver, const char *host, int port,
                                    resolve_done *done, void *user, struct error *err);

/* `done` will not be called. The query must not have ended. */
void resolve_cancel(struct resolve_query *query);

#endif
