#include "stack/stack.h"

#include "base/buf.h"

void stack_release(struct stack *stack)
{
    arena_wipe(&stack->arena);
    *stack = (struct stack){0};
}

void stack_name(const struct stack *stack, struct buf *out)
{
    buf_printf(out, "%s-%s", stack->project, stack->stage);
}

const char *stack_architecture_name(enum stack_architecture architecture)
{
    return architecture == STACK_ARM64 ? "arm64" : "x86_64";
}

/* A week, and no less than the stream has: a change may come as late as that. */
int stack_tombstone_hours(const struct stack *stack)
{
    enum { WEEK = 7 * 24 };
    return stack->stream.retention_hours > WEEK ? stack->stream.retention_hours : WEEK;
}
