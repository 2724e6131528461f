/* Where the sink's password comes from, when it is not in the URL. */
#ifndef LORRY_SINK_PASSWORD_H
#define LORRY_SINK_PASSWORD_H

#include "aws/client.h"
#include "sink/sink.h"

/* A refused password is read again at once, but then at most this often. */
#define PASSWORD_REREAD_MS 60000

/* Where a password is: one of the first three, or nowhere. All texts are borrowed. */
struct password_place {
    const char *password;    /* this is it */
    const char *secret;      /* Secrets Manager: name or ARN */
    const char *parameter;   /* Parameter Store: name or ARN */
    const char *secret_key;  /* member of a secret that is a JSON object; NULL: "password" */
    const char *setting;     /* what says so, for messages: "SINK_PASSWORD", "sink.password" */
    const char *key_setting; /* what names the member: "SINK_PASSWORD_SECRET_KEY" */
};

/* A source of what is there; NULL if the place is nowhere. Secrets and parameters are read at the
 * first use, and again when what they gave was refused. `place` is copied, its texts and `aws` are
 * borrowed for the source's life. Errors of its get(): those of the AWS call; ERROR_SETTING if the
 * secret has no such member. */
struct password_source *password_new(const struct password_place *place, struct aws_client *aws);

/* Overwrites what it holds. NULL is allowed. */
void password_free(struct password_source *source);

#endif
