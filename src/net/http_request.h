/* What all clients do with a request before they send it: check it, and cut its URL. */
#ifndef LORRY_NET_HTTP_REQUEST_H
#define LORRY_NET_HTTP_REQUEST_H

#include <stdbool.h>

#include "base/error.h"
#include "base/view.h"
#include "net/http.h"

#define HTTP_HOST_MAX 253 /* of a name in text form; RFC 1035 section 2.3.4 */

/* Where a request goes. The views point into its URL. */
struct http_origin {
    bool tls;
    char host[HTTP_HOST_MAX + 1]; /* an IPv6 address without its brackets */
    int port;
    struct view target;            /* path and query; may be empty or begin with "?" */
    char label[HTTP_HOST_MAX + 9]; /* "host:port", for messages and as the key of a connection */
    char authority[HTTP_HOST_MAX + 9]; /* the same without a default port: the Host header */
};

/* Cuts a URL. Fails with ERROR_INPUT on what http_request_check() refuses of one. */
int http_origin_of(struct view url, struct http_origin *origin, struct error *err);

/* Same scheme, host and port (RFC 6454): what the one may know, the other may. */
bool http_same_origin(const struct http_origin *a, const struct http_origin *b);

/* Whether a host (without brackets) is this machine: "localhost", or a loopback address. */
bool http_host_is_loopback(const char *host);

/* Fails with ERROR_INPUT on what must not go onto the wire: a URL with anything but visible ASCII,
 * user info or a fragment; a method or header name that is no token; CR, LF or NUL in a header
 * value; a header that the client makes itself. */
int http_request_check(const struct http_request *request, struct http_origin *origin,
                       struct error *err);

/* Whether the body of the answer, which has this status, is for `on_body`. */
bool http_request_takes_body(const struct http_request *request, int status);

/* Fills `err` for an exchange that `on_body` has ended. Always returns -1. */
int http_request_stopped(const struct http_origin *origin, struct error *err);

/* The body is sent, also when empty: POST, PUT and PATCH; and with any method when there is one. */
bool http_request_has_body(const struct http_request *request);

/* The request brings this header (any case). */
bool http_request_has_header(const struct http_request *request, const char *name);

#endif
