/* Helper programs of others, run to their end: a text in, a text out. */
#ifndef LORRY_BASE_PROCESS_H
#define LORRY_BASE_PROCESS_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

struct process {
    const char *const *words; /* program (looked up in PATH) and arguments, ended by NULL */
    struct view input;        /* its standard input; with a NULL pointer: ours */
    int64_t timeout_ms;
    struct clock *clock;
    struct buf *output; /* what it prints is appended; its cap holds */
};

/* Runs it until it has closed its output and ended. Its standard error is ours: the user sees what
 * it says. 0 if it ended with status 0. Errors: ERROR_SYSTEM; they say "it ...", and never quote an
 * argument, input or output. The code is ENOENT if there is no such program, 0 if it ended with a
 * status other than 0: what it printed is in `output` then. */
int process_run(const struct process *process, struct error *err);

#endif
