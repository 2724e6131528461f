/* What can be done with a stack in the state that it is in [CloudFormation User Guide "Stack status
 * codes"]. */
#ifndef LORRY_STACK_STACK_STATE_H
#define LORRY_STACK_STACK_STATE_H

#include <stdbool.h>

enum stack_state {
    STACK_ABSENT, /* there is none, or only a change set that would make one: create it */
    STACK_READY,  /* update it */
    STACK_BUSY,   /* something is under way: wait */
    STACK_FAILED, /* its creation or deletion failed: it can only be deleted */
    STACK_STUCK,  /* neither forward nor back without help from outside */
    STACK_DELETED,
};

/* `status` as CloudFormation calls it; NULL: there is no stack. A status that is not known, of a
 * later version of CloudFormation, counts as busy while it is in progress, else as ready. */
enum stack_state stack_state_of(const char *status);

/* Whether what was asked for came about: false for a rollback, whatever it ended with. */
bool stack_status_is_success(const char *status);

#endif
