/* HTTP/1.1 as the program needs it: send some requests at once, wait for all the answers. Three
 * clients stand behind it: libcurl (http_curl.h; `lorry`), libevent (http_event.h;
 * `lorry-processor`), scripted (tests/). An answer of any status is a success here. Redirects are
 * not followed. TLS verifies chain and name. */
#ifndef LORRY_NET_HTTP_H
#define LORRY_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct http_header {
    struct view name;
    struct view value;
};

#define HTTP_HEADERS_MAX 24

struct http_request {
    const char *method; /* "GET", "POST", ... */
    struct view url;    /* absolute, http or https, no user info, no fragment; percent-encoded */
    /* Host and Content-Length are the client's to add, and User-Agent unless it is here. */
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    struct view body; /* sent (and announced) for POST, PUT and PATCH, also when empty */
    /* A wish: the body waits until the server agrees to take it, or for a second (Expect:
     * 100-continue). libcurl's client fulfils it. */
    bool ask_first;
    int64_t deadline_ms; /* of clock_system.steady_ms(), for the whole exchange; 0: wait for ever */
    size_t response_cap; /* of the body; more is an error */
    /* Optional, called now and then from within http_perform(): how many bytes of `body` the
     * network has taken so far. After a reconnection it may start from a lower number. */
    void (*on_sent)(void *user, size_t sent);
    /* Optional, called while the body of a 2xx answer arrives: it is handed over piece by piece and
     * not kept, and `response_cap` is for a piece (256 KiB suffice), or for the body of any other
     * answer, which is kept. Anything but 0 ends the exchange: it fails with ECANCELED. */
    int (*on_body)(void *user, struct view piece);
    /* A wish: asked several times a second, whether anything comes or not; true ends the exchange,
     * which fails with ECANCELED. libcurl's client fulfils it. */
    bool (*stop)(void *user);
    void *user; /* for the functions above; borrowed */
};

struct http_response {
    int status;        /* 0 when there was no answer */
    struct buf header; /* "name: value\n" lines; names in lower case */
    struct buf body;
};

/* A request, and after http_perform() either its answer or the reason why there is none. */
struct http_exchange {
    struct http_request request;
    struct http_response response;
    bool failed; /* no complete answer came; `error` says why (ERROR_NET, mostly with `retry`) */
    struct error error; /* names host and port, never the query or a header */
};

struct http_client;

struct http_client_ops {
    /* See http_perform(). May block until the last deadline. */
    void (*perform)(struct http_client *client, struct http_exchange *exchanges, size_t count);
    void (*free)(struct http_client *client);
};

struct http_client {
    const struct http_client_ops *ops;
};

/* Runs all exchanges concurrently, each on a connection of its own, and returns when every one has
 * an answer or has failed. Kept connections are reused, and one that turns out to be dead before
 * any byte of an answer came is replaced once, silently: requests must bear being delivered twice.
 * What the requests point to is borrowed for the time of the call. Answers are owned by the
 * exchange: see http_release(). Not thread-safe: one client, one thread. */
void http_perform(struct http_client *client, struct http_exchange *exchanges, size_t count);

/* One exchange. Returns 0 when there is an answer; else -1 and `err` is a copy of the exchange's
 * error. */
int http_send(struct http_client *client, struct http_exchange *exchange, struct error *err);

/* Adds a header; both views are borrowed. Asserts that there is room. */
void http_add_header(struct http_request *request, struct view name, struct view value);

/* The value of a header of the answer (name in lower case), without surrounding space; the empty
 * view if there is none. Of several, the first. */
struct view http_response_header(const struct http_response *response, const char *name);

/* The same for all of several: `*rest` is the header's lines at first, and moves behind the one
 * that was found. False if there is none (any more). */
bool http_next_header(struct view *rest, const char *name, struct view *value);

/* The time that the server's Date header tells (RFC 9110 section 6.6.1), in microseconds since
 * 1970. False if there is none. */
bool http_date_us(const struct http_response *response, int64_t *us);

/* How long the server wants to be left alone, in milliseconds (RFC 9110 section 10.2.3, seconds);
 * -1 if it does not say, or a date. */
int64_t http_retry_after_ms(const struct http_response *response);

/* Frees header and body. Safe on a zeroed one. */
void http_response_release(struct http_response *response);
#define cleanup_http_response __attribute__((cleanup(http_response_release)))

/* Frees the answer; the exchange can be performed again. */
void http_release(struct http_exchange *exchange);

/* Frees the client and closes its connections. NULL is allowed. */
void http_client_free(struct http_client *client);

#endif
