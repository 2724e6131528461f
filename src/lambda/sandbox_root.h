/* The namespaces of a sandbox. Private to sandbox*.c. */
#ifndef LORRY_LAMBDA_SANDBOX_ROOT_H
#define LORRY_LAMBDA_SANDBOX_ROOT_H

#include "lambda/sandbox.h"

struct sandbox_entry {
    uid_t uid; /* before */
    gid_t gid;
    bool permitted;    /* the machine permits all that it takes; what fails then is the plan's */
    bool without_proc; /* some containers forbid that */
};

/* In a child that was made with new user, mount and process namespaces: becomes a user without
 * privileges, and makes the plan's folder its root, in which "tmp", "dev" and "proc" are folders.
 * NULL; or what it was at when it failed, and errno. */
const char *sandbox_enter(const struct sandbox_plan *plan, struct sandbox_entry *entry);

#endif
