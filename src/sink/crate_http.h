/* One statement, one request, one answer: POST /_sql of CrateDB [FACTS 4 "Endpoint"]. Private to
 * the CrateDB sink. */
#ifndef LORRY_SINK_CRATE_HTTP_H
#define LORRY_SINK_CRATE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"
#include "net/http.h"
#include "sink/sink.h"

/* As many requests are in the air at once. */
#define CRATE_CONNECTIONS 4

/* The server takes no more [wire 1032, http.max_content_length]. */
#define CRATE_BODY_MAX ((size_t)100 << 20)

struct crate_http {
    struct http_client *client; /* borrowed, like the next two */
    struct clock *clock;
    int64_t patience_ms;            /* for an answer without a deadline; -1: for ever */
    struct password_source *source; /* NULL: the password of the URL */
    char *url;                      /* http(s)://host:port/_sql */
    char *name;                     /* host:port, for messages */
    char *schema;                   /* Default-Schema; NULL: none */
    char *user;                     /* "" if none */
    char *password;                 /* of the URL; NULL if none */
    char *authorization;            /* header value; NULL until it is known, or none is needed */
    bool asked;                     /* the source was asked */
};

enum crate_outcome {
    CRATE_DONE,      /* 200 with JSON in `answer` */
    CRATE_REFUSED,   /* the call as a whole: 4000, 4008 or 5000, nothing was stored */
    CRATE_TOO_LARGE, /* 413 */
    CRATE_FAILED,    /* anything else */
};

struct crate_call {
    struct view statement; /* for SQL_ECHO */
    struct view body;      /* JSON with "stmt"; borrowed until the call is done */
    enum crate_outcome outcome;
    int code;           /* CrateDB's own, 0 if it gave none */
    struct view answer; /* owned by the exchange */
    const char *reason; /* REFUSED: without any value (crate_reason()) */
    struct error error; /* all but DONE: fit to be shown, without any value */
    struct http_exchange exchange;
};

/* Reads the URL (crate://user:password@host:4200/schema?ssl=true). Error: ERROR_SETTING. */
int crate_http_open(struct crate_http *http, const struct sink_config *config, struct error *err);

/* Overwrites the secrets, frees everything. Safe on a zeroed one. */
void crate_http_release(struct crate_http *http);

/* Sends all calls (at most CRATE_CONNECTIONS) at once and waits for their outcomes. After a bad
 * login the password is asked for again, and those calls are repeated once. `deadline`: see sink.h;
 * 0 waits as long as the config says. */
void crate_perform(struct crate_http *http, struct crate_call *calls, size_t count,
                   int64_t deadline);

/* One call that must succeed: 0 with an answer, else -1 and the call's error. */
int crate_send(struct crate_http *http, struct crate_call *call, int64_t deadline,
               struct error *err);

/* Begins a body: {"stmt":"..." ; what follows is up to the caller, "}" included. */
void crate_begin_body(struct buf *body, struct view statement);

/* Frees the answer; body and statement stay the caller's. */
void crate_call_release(struct crate_call *call);
#define cleanup_crate_call __attribute__((cleanup(crate_call_release)))

#endif
