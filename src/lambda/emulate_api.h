/* The other side of the Runtime API: what Lambda answers to a runtime, for one invocation [LDG
 * "Using the Lambda runtime API for custom runtimes"; where that is silent, as the AWS Runtime
 * Interface Emulator does it]. On the loopback device. Private to emulate*.c. */
#ifndef LORRY_LAMBDA_EMULATE_API_H
#define LORRY_LAMBDA_EMULATE_API_H

#include <event2/event.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Of a response; what is beyond 6 MB is for Lambda's own envelope. */
#define EMULATE_RESPONSE_MAX (((size_t)6 << 20) + 100)

enum emulate_state {
    EMULATE_STARTING, /* the runtime has not asked for an invocation yet */
    EMULATE_RUNNING,  /* it has got it */
    EMULATE_ANSWERED,
    EMULATE_IDLE,        /* it asked for the next one, which never comes */
    EMULATE_INIT_FAILED, /* it said that it cannot begin */
};

struct emulate_api;

struct emulate_invocation {
    struct view event;
    const char *request_id, *function_arn, *trace_id, *invocation_id;
    int64_t timeout_ms;
    void (*changed)(void *user,
                    enum emulate_state state); /* the state, after the answer is known */
    void *user;
};

/* Listens on a free port. All of `invocation` is borrowed. NULL and ERROR_SYSTEM if it cannot. */
struct emulate_api *emulate_api_new(struct event_base *base,
                                    const struct emulate_invocation *invocation, struct error *err);
/* NULL is allowed. */
void emulate_api_free(struct emulate_api *api);

/* "127.0.0.1:PORT", for AWS_LAMBDA_RUNTIME_API. */
const char *emulate_api_address(const struct emulate_api *api);

/* What the runtime answered: JSON, or whatever it was; `failed`: as an error. Empty before. */
const struct buf *emulate_api_answer(const struct emulate_api *api, bool *failed);

#endif
