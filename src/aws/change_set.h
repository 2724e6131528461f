/* Change sets of AWS CloudFormation: what a template would change, looked at before it is done
 * [CloudFormation User Guide "Update CloudFormation stacks using change sets"]. */
#ifndef LORRY_AWS_CHANGE_SET_H
#define LORRY_AWS_CHANGE_SET_H

#include "aws/cloudformation.h"

/* A parameter of a template; `value` NULL: the one that the stack has. */
struct change_set_request {
    const char *stack;
    const char *name;
    bool create; /* there is no such stack yet */
    /* The template: inline, or where it lies in S3; both NULL: the one that the stack has. */
    const char *template_body, *template_url;
    const struct cfn_pair *parameters;
    size_t parameter_count;
    /* All tags of the stack, which are those of its resources as well, unless these have tags of
     * that name themselves [CloudFormation User Guide "CloudFormation resource tagging"]. */
    const struct cfn_pair *tags;
    size_t tag_count;
    /* What is compared is what there is, not what the template before said: what has been changed
     * or deleted by other means becomes as the template says again [CloudFormation User Guide
     * "Using drift-aware change sets"]. For updates only. */
    bool revert_drift;
    bool import_existing; /* resources of that name that belong to no stack become the stack's */
};

/* CreateChangeSet: begins. Resources of IAM are acknowledged, but none with names of their own.
 * Errors: those of aws_call(). */
int change_set_create(struct aws_client *client, const struct change_set_request *request,
                      struct error *err);

/* One property that changes. */
struct change_set_property {
    const char *name;     /* "MemorySize", or "Tags" and the like for what is no property */
    const char *recreate; /* "Never", "Conditionally", "Always" */
};

struct change_set_change {
    const char *action; /* "Add", "Modify", "Remove", "Import", "Dynamic" */
    const char *logical_id, *physical_id, *type;
    const char *replacement; /* of "Modify": "True", "False", "Conditional"; else "" */
    const char *policy; /* what becomes of the old one: "Retain", "Delete", ...; "" if unsaid */
    struct change_set_property *properties;
    size_t property_count;
};

struct change_set {
    struct arena arena; /* owns all texts */
    const char *status; /* "CREATE_COMPLETE", "FAILED", ... */
    const char *reason; /* "" if nothing is said */
    struct change_set_change *changes;
    size_t change_count;
};

/* Safe on a zeroed one. */
void change_set_release(struct change_set *set);
#define cleanup_change_set __attribute__((cleanup(change_set_release)))

/* DescribeChangeSet, all pages, into `set` (zeroed or released before). Errors: those of
 * aws_call(). */
int change_set_describe(struct aws_client *client, const char *stack, const char *name,
                        struct change_set *set, struct error *err);

/* Whether it failed since there is nothing to change: CloudFormation has no other sign of that than
 * two sentences (FACTS section 7). */
bool change_set_is_empty(const struct change_set *set);

/* Takes the name of a change set; returns 0 to go on, -1 with `err` set. */
typedef int change_set_take(void *user, struct view name, struct error *err);

/* ListChangeSets, all pages. Errors: those of aws_call() and `take`. */
int change_set_list(struct aws_client *client, const char *stack, change_set_take *take, void *user,
                    struct error *err);

/* ExecuteChangeSet: begins; `token` is in all events of it. Errors: those of aws_call(). */
int change_set_execute(struct aws_client *client, const char *stack, const char *name,
                       const char *token, struct error *err);

/* DeleteChangeSet. Errors: those of aws_call(). */
int change_set_delete(struct aws_client *client, const char *stack, const char *name,
                      struct error *err);

#endif
