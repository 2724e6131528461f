/* A process that sees what a function on Lambda sees: its own files, read-only but for /tmp, no
 * process but its own, no privileges; the network is the machine's. It takes user namespaces, as
 * root or not. Where the machine forbids them, the process runs without that. */
#ifndef LORRY_LAMBDA_SANDBOX_H
#define LORRY_LAMBDA_SANDBOX_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "lambda/memory_group.h"

/* All of it is borrowed, until sandbox_start() returns. */
struct sandbox_plan {
    const char *root;         /* the folder that becomes "/" */
    const char *tmp;          /* one that becomes /tmp, empty */
    const char *const *words; /* the program, an absolute path within root, and its arguments; NULL
                                 ends them */
    const char *folder;       /* where it begins, within root */
    char *const *environment;
    const char *shared; /* a folder of the machine, an absolute path, that it may write to; NULL */
    bool with_system;   /* the machine's own programs and libraries are seen beside its files */
    bool needs_root;    /* it cannot be run without "/" being root */
    int64_t memory_max; /* bytes */
};

/* What the process came to. */
enum sandbox_event {
    SANDBOX_NONE,    /* nothing yet */
    SANDBOX_REFUSED, /* it could not be started: `code` is errno */
    SANDBOX_EXITED,  /* `code`: its exit status */
    SANDBOX_KILLED,  /* `code`: the signal */
};

struct sandbox {
    pid_t supervisor; /* our child, which has the process */
    int output;       /* what it writes to standard output and error; not blocking */
    int report;       /* readable when sandbox_look() has something */
    bool isolated;
    bool without_proc;
    char why_not[ERROR_MESSAGE_SIZE]; /* what was in the way, if it is not isolated */
    struct memory_group memory;       /* may be none */
    int64_t peak;                     /* bytes, the most seen so far */
};

/* Starts it. Error: ERROR_SYSTEM. */
int sandbox_start(const struct sandbox_plan *plan, struct sandbox *sandbox, struct error *err);

/* What has become of it; does not wait. */
enum sandbox_event sandbox_look(const struct sandbox *sandbox, int *code);

/* Looks at how much memory it uses; returns the most seen so far, in bytes. Without a control group
 * that is what the process itself had in memory at once, by the kernel's own high-water mark. */
int64_t sandbox_measure(struct sandbox *sandbox);

/* Ends it with all that it started. The descriptors stay: what it wrote can be read to the end. */
void sandbox_stop(struct sandbox *sandbox);

/* Stops it if need be. Safe on one that was never started, if zeroed. */
void sandbox_release(struct sandbox *sandbox);

#endif
