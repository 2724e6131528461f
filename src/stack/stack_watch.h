/* Looks on while CloudFormation works on a stack. */
#ifndef LORRY_STACK_STACK_WATCH_H
#define LORRY_STACK_STACK_WATCH_H

#include "aws/cloudformation.h"
#include "stack/stack_failure.h"

struct stack_watch {
    struct aws_client *client;
    struct buf stack; /* its id, which also finds it when it has been deleted */
    /* Every event as it happens; `took_us` is the time since the same resource was begun with, 0 if
     * that was not seen. NULL: nobody asks. */
    void (*on_event)(void *user, const struct cfn_event *event, int64_t took_us);
    /* After every look that finds something under way still: "7 done, Stream and Role under way,
     * 12 s". NULL: nobody asks. */
    void (*on_wait)(void *user, const char *what);
    void *user;
    struct stack_failure failure; /* the cause, once something failed */
    struct buf status;            /* of the stack, as of the last look */
    /* Private. */
    struct buf last; /* the event seen last */
    struct arena arena;
    struct watched *resources; /* that something was begun with */
    int64_t begun_ms;          /* steady: when waiting began */
    bool quiet;                /* events are those of before */
};

/* Takes note of where the events of the stack (name or id) are: what happens from now on is looked
 * at. Errors: those of cfn_read_events(). */
int stack_watch_begin(struct stack_watch *watch, struct aws_client *client, const char *stack,
                      struct error *err);

/* Safe on a zeroed one. */
void stack_watch_release(struct stack_watch *watch);
#define cleanup_stack_watch __attribute__((cleanup(stack_watch_release)))

/* Until nothing is under way any more. 0, whatever came of it: see `status` and `failure`. Errors:
 * those of the calls, of aws_wait(). Being interrupted does no harm: CloudFormation goes on. */
int stack_watch_wait(struct stack_watch *watch, struct error *err);

#endif
