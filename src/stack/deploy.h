/* Makes a stack what its pipeline says, from nothing or from any earlier state: package, template,
 * change set, and what comes of it. Whatever interrupts it, the next run goes on. */
#ifndef LORRY_STACK_DEPLOY_H
#define LORRY_STACK_DEPLOY_H

#include "aws/change_set.h"
#include "oci/image.h"
#include "oci/zip.h"
#include "stack/change_summary.h"
#include "stack/publish.h"
#include "stack/stack.h"

/* Whom a deployment talks to. */
struct deploy_ui {
    /* What has been done, or is going on: a line without a newline. */
    void (*say)(void *user, const char *line);
    /* What is going to be changed. */
    void (*show)(void *user, const struct change_set *changes);
    /* Whether to go on with what cannot be undone. 1 or 0; -1: nobody can be asked, `err` says what
     * to do. */
    int (*agree)(void *user, const char *question, struct error *err);
    /* What happens to the stack; see stack_watch.h. */
    void (*happen)(void *user, const struct cfn_event *event, int64_t took_us);
    /* What is being waited for: a text without a newline that takes the place of the last one. */
    void (*wait)(void *user, const char *what);
    /* From here on, or not any more, CloudFormation is at work and goes on even if this process
     * ends. NULL: nobody asks. */
    void (*under_way)(void *user, bool is);
    /* How far the upload of the image is. */
    void (*send)(void *user, const struct registry_progress *progress);
    void *user;
};

/* The password of the sink, for a secret that is not there yet. */
struct deploy_password {
    /* The password (owned by the giver), or NULL and `err`, which says what to do. `kind` and
     * `name`: of what is going to be made. */
    const char *(*get)(struct deploy_password *password, const char *kind, const char *name,
                       struct error *err);
    const char *given; /* where one has been given: "SINK_PASSWORD"; NULL: it would be asked for */
};

struct deploy {
    struct aws_client *client; /* of the region of the pipeline */
    const struct stack *stack;
    const struct deploy_ui *ui;
    const struct oci_image *image; /* the package: one of the two */
    const struct zip_made *zip;
    const char *(*environment)(const char *name); /* where secrets may be: as getenv() */
    struct deploy_password *password;             /* who has it, if it is needed; NULL: nobody */
    bool no_create;                               /* the repository has to be there */
    bool revert_drift; /* what was changed behind the stack's back becomes as it says again */
};

/* What came of it. */
struct deployed {
    bool changed;           /* false: all was as it should be */
    struct cfn_stack stack; /* with its outputs */
};

/* Safe on a zeroed one. */
void deployed_release(struct deployed *deployed);
#define cleanup_deployed __attribute__((cleanup(deployed_release)))

/* Deploys. `deployed` is zeroed before. Errors: those of the calls; ERROR_SETTING for a stack of
 * that name that is not lorry's; ERROR_DECLINED if the user does not agree; ERROR_AWS with the
 * first failing resource and its reason, if CloudFormation rolled back. */
int deploy_run(const struct deploy *deploy, struct deployed *deployed, struct error *err);

#endif
