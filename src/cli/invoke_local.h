/* `lorry invoke --local`. */
#ifndef LORRY_CLI_INVOKE_LOCAL_H
#define LORRY_CLI_INVOKE_LOCAL_H

#include "base/view.h"
#include "cli/cli.h"
#include "stack/stack.h"

struct invoke_local {
    const struct stack *stack;
    const char *package; /* a path; NULL: it is made, as for deploying */
    struct view event;
};

/* Runs the function of the pipeline here, and shows what it makes of the event. Returns the exit
 * status. */
int invoke_local(const struct cli *cli, const struct invoke_local *invoke);

#endif
