/* AWS CloudFormation: stacks and what happens to them [CloudFormation API Reference, version
 * 2010-05-15; the Query protocol]. Change sets are in change_set.h. */
#ifndef LORRY_AWS_CLOUDFORMATION_H
#define LORRY_AWS_CLOUDFORMATION_H

#include "aws/client.h"
#include "base/arena.h"

/* A stack is meant by its name or its id (an ARN) everywhere; only the id finds one that has been
 * deleted. */

struct cfn_pair {
    const char *name;
    const char *value;
};

struct cfn_stack {
    struct arena arena; /* owns all texts */
    const char *id;
    const char *status; /* "CREATE_COMPLETE", ... */
    const char *reason; /* why, "" if nothing is said */
    int64_t changed_us; /* since 1970: when its latest operation began; 0: it does not say */
    bool protected;     /* from being deleted */
    struct cfn_pair *parameters; /* a NoEcho one has stars for a value */
    size_t parameter_count;
    struct cfn_pair *outputs;
    size_t output_count;
    struct cfn_pair *tags;
    size_t tag_count;
};

/* Safe on a zeroed one. */
void cfn_stack_release(struct cfn_stack *stack);
#define cleanup_cfn_stack __attribute__((cleanup(cfn_stack_release)))

/* The value of a pair of that name, or NULL. */
const char *cfn_value(const struct cfn_pair *pairs, size_t count, const char *name);

/* DescribeStacks. 1: `stack` (zeroed or released before) is filled; 0: there is none of that name;
 * -1 and `err`: those of aws_call(). */
int cfn_describe_stack(struct aws_client *client, const char *name, struct cfn_stack *stack,
                       struct error *err);

/* GetTemplate: appends the template as it was given to CloudFormation (of a stack under review:
 * nothing). Errors: those of aws_call(). */
int cfn_get_template(struct aws_client *client, const char *name, struct buf *template,
                     struct error *err);

/* UpdateTerminationProtection. Errors: those of aws_call(). */
int cfn_protect(struct aws_client *client, const char *name, bool protect, struct error *err);

/* DeleteStack: begins. `token` makes its events known, and repeated requests one; NULL: none.
 * Errors: those of aws_call(). */
int cfn_delete_stack(struct aws_client *client, const char *name, const char *token,
                     struct error *err);

/* A stack that has been deleted; borrowed for the time of the callback. */
struct cfn_deleted {
    struct view name, id;
    int64_t deleted_us; /* since 1970 */
};

/* Takes one. Returns 0 to go on, -1 with `err` set. */
typedef int cfn_take_deleted(void *user, const struct cfn_deleted *stack, struct error *err);

/* ListStacks: all of the region that have been deleted within the last 90 days, in no order that is
 * promised. For so long, their ids find their templates and events as well [CloudFormation API
 * Reference "ListStacks", "GetTemplate", "DescribeStackEvents"]. Errors: those of aws_call() and
 * `take`. */
int cfn_list_deleted(struct aws_client *client, cfn_take_deleted *take, void *user,
                     struct error *err);

/* What happened to a resource or to the stack itself; borrowed for the time of the callback. Texts
 * that are not there are "". */
struct cfn_event {
    const char *id;
    const char *time; /* "2026-11-23T22:10:33.123Z" */
    const char *logical_id, *physical_id, *type;
    const char *status; /* "CREATE_FAILED", ... */
    const char *reason;
    const char *token; /* of the request that it belongs to */
};

/* Takes an event. Returns 0 to go on, -1 with `err` set. */
typedef int cfn_take_event(void *user, const struct cfn_event *event, struct error *err);

struct cfn_events {
    const char *stack;
    const char *after; /* id of an event; NULL: none */
    cfn_take_event *take;
    void *user;
};

/* DescribeStackEvents: the events behind the one with the id `after` (NULL: all of them), the
 * oldest first. Errors: those of aws_call() and `take`. */
int cfn_read_events(struct aws_client *client, const struct cfn_events *events, struct error *err);

#endif
