/* A registry, by the OCI Distribution Specification: HEAD, then only what is missing is sent. */
#ifndef LORRY_OCI_REGISTRY_H
#define LORRY_OCI_REGISTRY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "oci/image.h"
#include "oci/reference.h"

#define REGISTRY_LOGIN_CAP ((size_t)64 << 10)

/* Who logs in. Both empty: nobody, anonymous. */
struct registry_login {
    struct buf user;
    struct buf password;
    bool is_token; /* the password is an identity token (OAuth 2.0: a refresh token) */
};

/* Overwrites the password. Safe on a zeroed one. */
void registry_login_release(struct registry_login *login);
#define cleanup_registry_login __attribute__((cleanup(registry_login_release)))

/* Where logins come from: the docker credential file (docker_config.h), or ECR (stack/). */
struct registry_logins {
    /* Fills `login` (zeroed) for a registry ("host" or "host:port"); leaves it empty if there is
     * none. `renew`: the one given last, or having none, was refused or has expired; without a
     * better one, an error that says what to do. */
    int (*get)(struct registry_logins *logins, const char *registry, bool renew,
               struct registry_login *login, struct error *err);
};

/* How far a push is. Blobs are layers and config; bytes are also those of the manifest. */
struct registry_progress {
    size_t bytes_sent, bytes_total; /* of what has to be uploaded, as far as that is known yet */
    size_t blobs_sent, blobs_there; /* uploaded; found to be there already */
};

struct registry_options {
    struct http_client *http;
    struct clock *clock;
    struct registry_logins *logins; /* NULL: anonymous */
    /* Where the registry really is ("http://127.0.0.1:5000"), if not at https://<registry>. NULL:
     * there, or for a loopback name or address http://<registry>, as docker does. */
    const char *url;
    void (*on_progress)(void *user, const struct registry_progress *progress); /* NULL: none */
    void *user;
};

/* Pushes a complete image to `reference` (its tag; without one, by digest): blobs in parallel, then
 * the manifest, unless the registry has exactly that one already. Uploads are repeated when they
 * break off; an answer with another digest than ours is an error. `progress` (may be NULL) gets the
 * final state.
 *
 * Errors: ERROR_HTTP with the status, and the registry's code as name ("NAME_UNKNOWN", "DENIED",
 * "UNAUTHORIZED"); ERROR_NET. Nothing refers to what was uploaded before a failure. */
int registry_push(const struct registry_options *options, const struct oci_reference *reference,
                  const struct oci_image *image, struct registry_progress *progress,
                  struct error *err);

/* Fetches manifest and config (by digest, if the reference has one), verified by their digests; the
 * layers stay there (the image is incomplete). Of an index: ERROR_INPUT that says so, and what is
 * in it. Other errors as above. */
int registry_inspect(const struct registry_options *options, const struct oci_reference *reference,
                     struct oci_image *image, struct error *err);

#endif
