/* A struct http_client that asks the model in the process, with trouble drawn from a seed: requests
 * that get lost before or after the server saw them, refusals, delays, a writer that dies. The
 * exchanges of one http_perform() reach the server in a random order. */
#ifndef LORRY_TESTS_MODEL_HTTP_MODEL_H
#define LORRY_TESTS_MODEL_HTTP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/cratedb_model.h"
#include "net/http.h"

/* How often, in per mille of the requests. */
struct http_model_faults {
    unsigned lost_before;  /* connection refused: the server saw nothing */
    unsigned lost_after;   /* the server did it, the answer did not arrive */
    unsigned unavailable;  /* 503, not done */
    unsigned too_many;     /* 429, not done */
    unsigned unauthorised; /* 401 in plain text, not done */
    unsigned refreshed;    /* a second passes on the server: all rows become visible */
    unsigned slow;         /* `slow_ms` pass, of which the deadline may not be enough: the server
                              did it, and the answer is too late */
    int64_t slow_ms;
    unsigned dies; /* the writer crashes: nothing of this client gets through from then on */
};

struct http_model_options {
    uint64_t seed;
    struct http_model_faults faults;
    struct clock *clock; /* for `slow`; NULL: clock_system */
};

/* `model` is borrowed, and may be shared by the clients of several threads. Free with
 * http_client_free(). */
struct http_client *http_model_new(struct cratedb_model *model,
                                   const struct http_model_options *options);

/* From now on these; zeroed: none. */
void http_model_set_faults(struct http_client *client, const struct http_model_faults *faults);

/* Whether `dies` has happened. */
bool http_model_is_dead(const struct http_client *client);

/* How many requests were sent to the server so far, the lost ones included. */
size_t http_model_requests(const struct http_client *client);

#endif
