/* An HTTP/1.1 server for the stubs: one thread, kept connections, bodies by Content-Length. It is
 * meant to cost next to nothing beside what it measures, and trusts its peers: it serves loopback
 * only. */
#ifndef LORRY_BENCH_SERVER_H
#define LORRY_BENCH_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

#define SERVER_CONNECTIONS 32

struct server_connection {
    int fd; /* -1: free */
    struct buf in, out;
    size_t sent;              /* of `out` and `tail` together */
    struct view tail;         /* follows `out`; borrowed until it is sent */
    size_t head_len;          /* 0: the head of the request is not there yet */
    size_t body_len;          /* as announced */
    struct view method, path; /* of the request */
    struct view body;         /* what of it has come so far */
    size_t seen;              /* of the body: for `progress` */
    void *state;              /* of the stub */
};

struct server {
    int listener;
    int port;
    bool stop; /* set by a callback: server_run() returns when all answers are sent */
    void *user;
    /* More of a body has come; may be NULL. */
    void (*progress)(struct server *server, struct server_connection *c);
    /* A request is complete; must end in server_answer(), or must keep `c` and answer later. */
    void (*request)(struct server *server, struct server_connection *c);
    /* The connection is gone; may be NULL. */
    void (*closed)(struct server *server, struct server_connection *c);
    struct server_connection connections[SERVER_CONNECTIONS];
};

/* Listens on a free port of 127.0.0.1. */
int server_init(struct server *server, struct error *err);

/* Serves until `stop`, or until `watched_fd` (-1: none) becomes readable or is hung up. */
int server_run(struct server *server, int watched_fd, struct error *err);

void server_release(struct server *server);

/* Queues an answer in JSON. `headers` (may be "") are whole lines, each with its CR LF; `tail`,
 * borrowed until it is sent, follows `body`. */
void server_answer(struct server_connection *c, int status, const char *headers, struct view body,
                   struct view tail);

#endif
