/* Takes a stack down: what it is made of goes, what holds data stays unless it is said. */
#ifndef LORRY_STACK_DESTROY_H
#define LORRY_STACK_DESTROY_H

#include "stack/deploy.h"

struct destroy {
    struct aws_client *client; /* of the region of the pipeline */
    const struct stack *stack;
    const struct deploy_ui *ui; /* `say`, `agree`, `happen`, `wait` */
    bool data;                  /* what the stack keeps since it holds data goes as well */
    bool registry;              /* and so do the images of the pipeline, and their repository */
};

enum destroy_way {
    DESTROY_NOT,        /* it stays */
    DESTROY_WITH_STACK, /* CloudFormation deletes it */
    DESTROY_APART,      /* by its own API, which is asked for apart */
    DESTROY_ALONG,      /* by its own API, but nothing is lost by that */
};

/* Something that goes or stays. */
struct destroy_thing {
    const char *kind; /* "stack", "streaming", "table", "stream", "bucket", "queue", "folder",
                         "repository", "image", "secret", "parameter" */
    const char *name;
    const char *why;
    enum destroy_way way;
};

#define DESTROY_THINGS_MAX 12

struct destroyed {
    struct arena arena; /* owns all texts that are not constant */
    struct destroy_thing things[DESTROY_THINGS_MAX];
    size_t count;
    bool changed; /* false: there was nothing to delete */
};

/* Safe on a zeroed one. */
void destroyed_release(struct destroyed *destroyed);
#define cleanup_destroyed __attribute__((cleanup(destroyed_release)))

/* Says what goes and what stays, asks, and deletes; `destroyed` is zeroed before. That there is
 * nothing is a success. What `deploy` has an existing table send to a stream is switched off first.
 * Being interrupted does no harm: run it again.
 *
 * Errors: those of the calls; ERROR_SETTING for a stack that lorry did not make, or one that is
 * protected; ERROR_DECLINED if the user does not agree; ERROR_AWS with the first failing resource
 * and its reason. */
int destroy_run(const struct destroy *destroy, struct destroyed *destroyed, struct error *err);

#endif
