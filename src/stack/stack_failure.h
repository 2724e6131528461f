/* Why an operation of a stack failed: of all the events that it leaves behind, the first failure is
 * the cause, and the rest its consequences. */
#ifndef LORRY_STACK_STACK_FAILURE_H
#define LORRY_STACK_STACK_FAILURE_H

#include "aws/cloudformation.h"

/* All texts are owned; empty ones: none yet. */
struct stack_failure {
    struct buf logical_id, type, reason;
};

void stack_failure_init(struct stack_failure *failure);
/* Safe on a zeroed one. */
void stack_failure_release(struct stack_failure *failure);
#define cleanup_stack_failure __attribute__((cleanup(stack_failure_release)))

/* Takes the next event of the stack, the oldest first: an event that begins an operation makes it
 * forget the failures of older ones. `stack` is the id of the stack. */
void stack_failure_take(struct stack_failure *failure, const char *stack,
                        const struct cfn_event *event);

/* Appends "Table (AWS::DynamoDB::Table): <reason>" and, where that is known, what to do; nothing if
 * no resource failed. */
void stack_failure_explain(const struct stack_failure *failure, struct buf *out);

#endif
