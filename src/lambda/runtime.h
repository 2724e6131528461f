/* The Runtime API of AWS Lambda [LDG "Using the Lambda runtime API for custom runtimes"]: asks for
 * invocations and answers them. */
#ifndef LORRY_LAMBDA_RUNTIME_H
#define LORRY_LAMBDA_RUNTIME_H

#include <stdint.h>

#include "base/error.h"
#include "base/view.h"
#include "net/http.h"

/* An event has at most 6 MB [LDG "Lambda quotas"]; emulators are not that strict. A larger one is
 * an answer that cannot be read: RUNTIME_GONE. */
#define EVENT_SIZE_MAX ((size_t)8 << 20)

struct runtime {
    struct http_client *http; /* borrowed */
    const char *host;         /* "127.0.0.1:9001", AWS_LAMBDA_RUNTIME_API; borrowed */
};

/* What came. The views are borrowed from `exchange`. */
struct invocation {
    struct http_exchange exchange;
    struct view event;
    struct view request_id;
    struct view invocation_id; /* to be echoed; empty: none */
    int64_t deadline_ms;       /* milliseconds since 1970; 0: not told */
};

/* What becomes of the loop. */
enum runtime_state {
    RUNTIME_OK,
    RUNTIME_AGAIN, /* this invocation is over (it timed out, or its answer was refused): ask for the
                      next; it was logged */
    RUNTIME_GONE,  /* the API failed: exit promptly; `err` says why */
};

/* Waits, for as long as it takes, for the next invocation, and exports its trace as
 * _X_AMZN_TRACE_ID. `invocation` is released by the caller, whatever is returned. */
enum runtime_state runtime_next(struct runtime *runtime, struct invocation *invocation,
                                struct error *err);

/* Answers with JSON. */
enum runtime_state runtime_respond(struct runtime *runtime, const struct invocation *invocation,
                                   struct view json, struct error *err);

/* Answers that the invocation failed. `type` is "Category.Reason". */
enum runtime_state runtime_fail(struct runtime *runtime, const struct invocation *invocation,
                                const char *type, const char *message, struct error *err);

/* Reports that the processor cannot begin; the process has to exit with a status other than 0
 * then. */
enum runtime_state runtime_init_error(struct runtime *runtime, const char *type,
                                      const char *message, struct error *err);

void invocation_release(struct invocation *invocation);
#define cleanup_invocation __attribute__((cleanup(invocation_release)))

#endif
