/* The steps of a deployment. Private to stack/. */
#ifndef LORRY_STACK_DEPLOY_PARTS_H
#define LORRY_STACK_DEPLOY_PARTS_H

#include <jansson.h>

#include "aws/waiter.h"
#include "base/arena.h"
#include "stack/deploy.h"
#include "stack/stack_watch.h"

/* [CloudFormation User Guide "Quotas"] */
#define DEPLOY_PARAMETERS_MAX 200
#define DEPLOY_TAGS_MAX 50

/* Of a table that is `existing: true`: the name of the stack whose deployment switched on that its
 * changes go to a stream. CloudFormation cannot own that, so it is noted where it is: on the table.
 */
#define DEPLOY_STREAMING_TAG "lorry:streaming"

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
    struct cfn_stack stack; /* as it was found; zeroed: there is none */
    json_t *template;       /* that it has; NULL: there is none, or it is none of lorry's */
    struct cfn_pair parameters[DEPLOY_PARAMETERS_MAX]; /* value NULL: the one that the stack has */
    size_t parameter_count;
    bool exists;                    /* a stack that can be updated */
    bool keeps_template;            /* only parameters change */
    bool takes_table, takes_stream; /* what an earlier stack left behind is taken over */
};

/* What a deployment of a pipeline begins with. */
struct deployment deployment_of(const struct deploy *deploy);
/* Overwrites the parameters: there are secrets among them. */
void deployment_release(struct deployment *deployment);
#define cleanup_deployment __attribute__((cleanup(deployment_release)))

void deployment_say(const struct deployment *deployment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Asks `poll` until it has come about; `what` is that, for messages, and shown while it lasts.
 * Errors: those of `poll` and of aws_wait(). */
int deployment_wait(const struct deployment *deployment, const char *what,
                    enum aws_wait_state (*poll)(void *user, struct error *err), void *user,
                    struct error *err);

/* Finds out account and names, and says them. Errors: those of the call. */
int deployment_begin(struct deployment *deployment, struct error *err);

/* Describes the stack and reads its template, into `stack` and `template`. Returns the enum
 * stack_state, STACK_ABSENT for one that has been deleted, or -1 and `err`: those of the calls. */
int deployment_look(struct deployment *deployment, struct error *err);

/* The same, once nothing is under way with the stack any more; what is, is shown. STACK_BUSY: it
 * is somebody else's, and not waited for. Errors: those of stack_watch_wait() as well. */
int deployment_find(struct deployment *deployment, struct error *err);

/* Error: ERROR_SETTING if the stack that was found is none of lorry's. */
int deployment_check_owner(const struct deployment *deployment, struct error *err);

/* Sets ERROR_AWS for a stack that is stuck: what to do about it. Returns -1. */
int deployment_refuse_stuck(const struct deployment *deployment, struct error *err);

/* Whether the template of the stack that was found has that resource. */
bool deployment_has(const struct deployment *deployment, const char *logical_id);

/* Sets a parameter (value NULL: it stays as it is), instead of what was set before; more than there
 * may be are left out, and the template is refused then. */
void deployment_set(struct deployment *deployment, const char *parameter, const char *value);

/* Makes the secret that the pipeline names, if it is not there, and leaves it alone if it is. That
 * nobody may look is only said. Errors: ERROR_SETTING for one that is scheduled for deletion, or
 * missing and named by its ARN; those of the giver of the password and of the calls. */
int deployment_make_secret(struct deployment *deployment, struct error *err);

/* Puts the package where Lambda takes it from, unless it is there, and sets the parameters that say
 * where that is. Errors: those of publish_image() and content_upload(). */
int deployment_publish(struct deployment *deployment, struct error *err);

/* Sets these parameters only: where it would be. Error: ERROR_SETTING if the name of the project is
 * too long for a key of S3. */
int deployment_name_package(struct deployment *deployment, struct error *err);

/* The bucket of packages and large templates: its name, and what goes there. It is made if need be.
 * The zip package goes into a folder of the project's ("": itself). Errors: those of
 * s3_find_bucket(), s3_create_bucket() and content_upload(). */
void deployment_append_bucket(const struct deployment *deployment, struct buf *out);
int deployment_name_zip(struct deployment *deployment, struct error *err);
int deployment_upload_zip(struct deployment *deployment, const char *folder, struct error *err);

/* The same for a template; appends the URL from which CloudFormation takes it. ERROR_SETTING as
 * well if it is larger than TEMPLATE_MAX. */
int deployment_upload_template(struct deployment *deployment, struct view template, struct buf *url,
                               struct error *err);

/* Sees to it that there is no stack of that name, or one of lorry's that can be updated: waits for
 * what is under way, removes what an attempt left behind that failed. Sets `exists`. Errors:
 * ERROR_SETTING for a stack of somebody else; ERROR_AWS for one that is stuck. */
int deployment_settle(struct deployment *deployment, struct error *err);

/* Table and stream that `destroy` kept, and the stack does not have: if they are those of this
 * pipeline (their tags tell), they are taken over. Sets `takes_table`, `takes_stream`. Errors:
 * ERROR_SETTING for such names that are somebody else's, or cannot be taken over, which says what
 * to do. */
int deployment_find_leftovers(struct deployment *deployment, struct error *err);

/* Whether something has the tags of this pipeline, ProjectName and Stage: 1, 0, -1 and `err`.
 * `name` is what the function of the service wants: dynamodb_has_tag(), kinesis_has_tag(). */
typedef int deployment_has_tag(struct aws_client *client, const char *name, const char *key,
                               const char *value, struct error *err);
int deployment_owns(const struct deployment *deployment, deployment_has_tag *has_tag,
                    const char *name, struct error *err);

/* Of a table and a stream that are there already (`existing: true`): that they are, that the table
 * has the keys that the pipeline says (if it does), and that it does not send its changes to
 * another stream. Says if the stream forgets records before they are given up on. Errors:
 * ERROR_SETTING; those of the calls. */
int deployment_check_existing(struct deployment *deployment, struct error *err);

/* That a table has the keys that the pipeline says, if it says any. Error: ERROR_SETTING. */
struct dynamodb_table;
int deployment_check_keys(const struct deployment *deployment, const struct dynamodb_table *table,
                          struct error *err);

/* Has such a table send its changes to the stream, with times in microseconds; what is right
 * already is left alone. Returns when it does. */
int deployment_attach(struct deployment *deployment, struct error *err);

/* Makes the change set, shows it, and carries it out. 1: done; 0: there was nothing to change; -1
 * and `err`. */
int deployment_change(struct deployment *deployment, struct error *err);

/* The tags that the pipeline says its stack has; they are borrowed from it. */
struct deploy_tags {
    struct cfn_pair items[DEPLOY_TAGS_MAX];
    size_t count;
};
struct deploy_tags deployment_tags(const struct deployment *deployment);

/* The name of the function of the stack that was found. */
const char *deployment_function(const struct deployment *deployment);

/* What it runs, once nothing is under way with it; `runs` is untouched if Lambda does not say.
 * Errors: those of the call; ERROR_AWS if it is not there. */
struct oci_digest;
int deployment_look_at_code(const struct deployment *deployment, struct oci_digest *runs,
                            struct error *err);

/* Sees to it that the function runs the package, which the stack has: waits for Lambda, and has
 * CloudFormation update code that was changed behind the back of the stack. 1: that was so; 0: all
 * was well; -1 and `err`: those of the calls; ERROR_AWS with Lambda's reason. */
int deployment_ensure_code(struct deployment *deployment, struct error *err);

/* Looks on until nothing is under way. Error: ERROR_AWS, with the cause, if it came to nothing. */
int deployment_watch(struct deployment *deployment, struct stack_watch *watch, struct error *err);

#endif
