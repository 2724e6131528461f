/* The steps of a deployment. Private to stack/. */
#ifndef LORRY_STACK_DEPLOY_PARTS_H
#define LORRY_STACK_DEPLOY_PARTS_H

#include <jansson.h>

#include "base/arena.h"
#include "stack/deploy.h"
#include "stack/stack_watch.h"

/* [CloudFormation User Guide "Quotas"] */
#define DEPLOY_PARAMETERS_MAX 200

/* A deployment under way. Texts live in `arena`. */
struct deployment {
    const struct deploy *deploy;
    struct aws_client *client;
    const struct stack *pipeline;
    struct arena arena;
    const char *name;    /* of the stack */
    const char *account; /* 12 digits */
    const char *region;
    const char *stream_arn;
    struct cfn_pair parameters[DEPLOY_PARAMETERS_MAX]; /* of the template */
    size_t parameter_count;
    bool exists;       /* a stack that can be updated */
    bool has_leftover; /* what an earlier stack of this pipeline left behind is taken over */
};

void deployment_say(const struct deployment *deployment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Finds out account and names, and says them. Errors: those of the call. */
int deployment_begin(struct deployment *deployment, struct error *err);

/* The template that the stack has. 1: `*template` is a new reference to it; 0: it is none of
 * lorry's; -1 and `err`: those of the call. */
int deployment_read_template(const struct deployment *deployment, json_t **template,
                             struct error *err);

/* Waits for what is under way with the stack, and shows it. 0, however it ends; -1 and `err`: those
 * of stack_watch_wait(). */
int deployment_wait_for_end(struct deployment *deployment, const struct cfn_stack *stack,
                            struct error *err);

/* Sets a parameter; more than there may be are left out, and the template is refused then. */
void deployment_set(struct deployment *deployment, const char *parameter, const char *value);

/* Makes the secret that the pipeline names, if it is not there, and leaves it alone if it is. That
 * nobody may look is only said. Errors: ERROR_SETTING for one that is scheduled for deletion, or
 * missing and named by its ARN; those of the giver of the password and of the calls. */
int deployment_make_secret(struct deployment *deployment, struct error *err);

/* Puts the package where Lambda takes it from, unless it is there, and sets the parameters that say
 * where that is. Errors: those of publish_image() and zip_upload(). */
int deployment_publish(struct deployment *deployment, struct error *err);

/* Sees to it that there is no stack of that name, or one of lorry's that can be updated: waits for
 * what is under way, removes what an attempt left behind that failed. Sets `exists`. Errors:
 * ERROR_SETTING for a stack of somebody else; ERROR_AWS for one that is stuck. */
int deployment_settle(struct deployment *deployment, struct error *err);

/* Table and stream that `destroy` kept, where there is no stack: if they are those of this
 * pipeline (their tags tell), they are taken over. Sets `has_leftover`. Errors: ERROR_SETTING for
 * such names that are somebody else's, which says what to do. */
int deployment_find_leftovers(struct deployment *deployment, struct error *err);

/* Of a table that is there already (`existing: true`): that it is, with the keys that the pipeline
 * says, and that it does not send its changes to another stream. Errors: ERROR_SETTING. */
int deployment_check_table(struct deployment *deployment, struct error *err);

/* Has such a table send its changes to the stream, with times in microseconds; what is right
 * already is left alone. Returns when it does. */
int deployment_attach(struct deployment *deployment, struct error *err);

/* Makes the change set, shows it, and carries it out. 1: done; 0: there was nothing to change; -1
 * and `err`. */
int deployment_change(struct deployment *deployment, struct error *err);

/* Looks on until nothing is under way. Error: ERROR_AWS, with the cause, if it came to nothing. */
int deployment_watch(struct deployment *deployment, struct stack_watch *watch, struct error *err);

#endif
