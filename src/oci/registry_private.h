/* A registry while something is pushed or fetched: jobs made of requests, and the login that these
 * bring along. Private to oci/registry*.c. */
#ifndef LORRY_OCI_REGISTRY_PRIVATE_H
#define LORRY_OCI_REGISTRY_PRIVATE_H

#include "net/http_request.h"
#include "oci/challenge.h"
#include "oci/registry.h"

/* What requests prove themselves with. */
struct registry_auth {
    const char *actions;        /* what a token has to allow: "pull" or "pull,push" */
    struct challenge challenge; /* the last one */
    struct buf header;          /* the value of Authorization; empty: nobody has asked for it yet */
    unsigned generation;        /* how many there have been */
    unsigned refused;           /* how many of them in a row were of no use */
};

struct registry {
    const struct registry_options *options;
    const struct oci_reference *reference;
    struct http_origin origin; /* where Authorization may go */
    struct buf base;           /* "https://host/v2/<repository>/" */
    struct registry_auth auth;
};

/* Borrows its arguments. Error: ERROR_SETTING if the URL of the options is none. */
int registry_open(struct registry *registry, const struct registry_options *options,
                  const struct oci_reference *reference, const char *actions, struct error *err);

/* Overwrites what is secret. Safe on a zeroed one. */
void registry_close(struct registry *registry);
#define cleanup_registry __attribute__((cleanup(registry_close)))

#define REGISTRY_URL_CAP ((size_t)16 << 10)
#define REGISTRY_ANSWER_CAP ((size_t)256 << 10) /* of what is no manifest: errors, tokens */

/* What a tag may stand for: the value of Accept. */
#define REGISTRY_MANIFEST_TYPES                                                                    \
    OCI_TYPE_MANIFEST ", " OCI_TYPE_INDEX ", " OCI_TYPE_DOCKER_MANIFEST ", " OCI_TYPE_DOCKER_LIST

/* A chain of requests with one end. It stands first in the struct of who makes it. */
struct registry_job {
    const struct registry_job_ops *ops;
    struct registry *registry;
    char what[100]; /* for messages: "layer sha256:..." */
    bool done;      /* nothing more to ask */

    /* The next request. */
    const char *method;
    struct buf url;
    struct view body;         /* borrowed */
    const char *content_type; /* of the body; NULL: there is none */
    const char *accept;       /* NULL: anything */
    size_t response_cap;
    struct view authorization; /* for a token's realm only, which is asked nothing else; borrowed */
    bool to_realm;

    /* Of registry_run(). */
    bool at_home; /* the request goes to the registry itself */
    unsigned failed, hops, generation;
    int64_t wanted_ms;
};

struct registry_job_ops {
    /* Sets the first request; called again to begin anew after trouble that may pass. */
    void (*begin)(struct registry_job *job);
    /* An answer that is no redirect and asks for no login: sets the next request or `done`. An
     * error with `retry` makes the job begin anew. */
    int (*answered)(struct registry_job *job, const struct http_response *response,
                    struct error *err);
    /* How much of the body has been sent; may be NULL. */
    void (*sent)(struct registry_job *job, size_t bytes);
};

/* Sets a request: `target` is appended to the base URL. No body, no headers. */
void registry_job_ask(struct registry_job *job, const char *method, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Moves the next request to where a Location leads. Errors: ERROR_NET if that is no usable URL, or
 * leads from https to http. */
int registry_job_move(struct registry_job *job, struct view location, struct error *err);

/* Fills `err` from an answer that is no success (see registry_push()), `retry` included. Always
 * returns -1. */
int registry_refuse(const struct registry_job *job, const struct http_response *response,
                    struct error *err);

/* If the answer names a digest (Docker-Content-Digest), it has to be this one: ERROR_NET. */
int registry_check_digest(const struct registry_job *job, const struct http_response *response,
                          const char *expected, struct error *err);

/* Runs jobs to their ends, some of them at a time. Follows redirects, logs in, waits and begins
 * anew after trouble that may pass. Fails with the first error that does not; the jobs can be
 * released then. */
int registry_run(struct registry *registry, struct registry_job **jobs, size_t count,
                 struct error *err);

void registry_job_release(struct registry_job *job);

/* After a refusal of what was sent: gets a new Authorization. Error: there is none. */
int registry_auth_renew(struct registry *registry, const struct http_response *refusal,
                        struct error *err);

/* Appends the value of Authorization for user and password. */
void registry_put_basic(const struct registry_login *login, struct buf *header);

/* Asks the realm of a challenge for a token, as `login` or (if that is empty) as nobody; `header`
 * becomes "Bearer <token>". */
int registry_token_get(struct registry *registry, const struct registry_login *login,
                       struct buf *header, struct error *err);

#endif
