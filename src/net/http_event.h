/* HTTP on libevent and OpenSSL, for the static processor: an HTTP/1.1 exchange of our own, driven
 * by libevent's readiness and timers (FACTS: evhttp's traps), names resolved by evdns, TLS set up
 * at the first https request only. No proxies. */
#ifndef LORRY_NET_HTTP_EVENT_H
#define LORRY_NET_HTTP_EVENT_H

#include "net/http.h"

/* Never NULL. Opens nothing yet. Keeps up to 8 idle connections. */
struct http_client *http_event_new(void);

/* The same with other files than /etc/resolv.conf and /etc/hosts; borrowed. */
struct http_client *http_event_new_with(const char *resolv_conf, const char *hosts);

#endif
