/* The secret that `sink.password` of a pipeline names, in Secrets Manager or in the Parameter
 * Store: whether it is there, and how it is made. One that is there is never changed. */
#ifndef LORRY_STACK_STACK_SECRET_H
#define LORRY_STACK_STACK_SECRET_H

#include "aws/client.h"
#include "stack/stack.h"

enum stack_secret_state {
    STACK_SECRET_NONE, /* the pipeline names none */
    STACK_SECRET_THERE,
    STACK_SECRET_MISSING,
    STACK_SECRET_DELETING, /* scheduled for deletion: it cannot be read, and its name is taken */
    STACK_SECRET_UNKNOWN,  /* whoever asks may not look */
};

struct stack_secret {
    enum stack_secret_state state;
    const char *kind; /* "secret" or "parameter" */
    const char *name; /* or ARN; the pipeline's */
    bool by_arn;      /* such a one is not made: its name is not known, or not in this account */
    struct error why; /* STACK_SECRET_UNKNOWN: what has to be allowed */
};

/* Looks for it; nothing of its text is kept. Errors: those of the calls, but not that looking is
 * not allowed. */
int stack_secret_find(struct aws_client *client, const struct stack *stack,
                      struct stack_secret *secret, struct error *err);

/* Makes a missing one, which is not by_arn, with the tags of the pipeline: the password itself, or
 * a JSON object with the member that `sink.password.key` names. 1: made; 0: somebody else has made
 * it meanwhile, and it stays; -1 and `err`: those of the call, which never hold the password. */
int stack_secret_make(struct aws_client *client, const struct stack *stack,
                      const struct stack_secret *secret, const char *password, struct error *err);

#endif
