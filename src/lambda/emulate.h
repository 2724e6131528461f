/* One invocation of a function on this machine, as Lambda would do it: its package, the Runtime
 * API, its environment, its limits of time and memory. */
#ifndef LORRY_LAMBDA_EMULATE_H
#define LORRY_LAMBDA_EMULATE_H

#include <signal.h>

#include "aws/lambda.h"
#include "lambda/emulate_package.h"
#include "lambda/variables.h"

/* Of a log, in bytes. */
#define EMULATE_LOG_MAX ((size_t)1 << 20)

/* All of it is borrowed. */
struct emulation {
    const struct emulate_package *package;
    const char *function; /* its name */
    const char *region;
    const struct variables *variables; /* its environment, credentials included; what Lambda sets
                                          itself goes before */
    struct view event;
    int timeout_s, memory_mb;
    const char *shared; /* see sandbox.h */
    /* A line of the log, as written, without its newline, when it comes. */
    void (*log)(void *user, struct view line);
    /* What the user has to know about how it is run; before anything else. */
    void (*note)(void *user, const char *text);
    void *user;
};

struct emulated {
    struct lambda_invocation invocation; /* `log` is whole, up to EMULATE_LOG_MAX */
    int64_t init_us;                     /* from its start until it asked for the event */
    int64_t duration_us;                 /* from then on, until it had answered */
    int64_t peak;                        /* bytes of memory; 0: not known */
    bool limited;                        /* a control group held it to the limit, and measured */
};

/* Holds SIGINT, SIGTERM and SIGHUP back until emulate_run() hears them, and again behind it: so
 * that nothing that was unpacked is left behind. `before` gets the mask, for sigprocmask(). */
void emulate_hold_signals(sigset_t *before);

/* Runs it to its end and removes what is left of its processes. That the function fails, runs out
 * of time or memory, or ends without an answer is no error, but `invocation.failed`, with Lambda's
 * own words for it. SIGINT, SIGTERM and SIGHUP end it: ERROR_SYSTEM with EINTR, and `*interrupted`
 * is the signal. Errors: those of sandbox_start(). */
int emulate_run(const struct emulation *emulation, struct emulated *emulated, int *interrupted,
                struct error *err);

/* Safe on a zeroed one. */
void emulated_release(struct emulated *emulated);
#define cleanup_emulated __attribute__((cleanup(emulated_release)))

#endif
