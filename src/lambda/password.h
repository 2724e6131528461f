/* Where the sink's password comes from, when it is not in the URL. */
#ifndef LORRY_LAMBDA_PASSWORD_H
#define LORRY_LAMBDA_PASSWORD_H

#include "aws/client.h"
#include "lambda/settings.h"
#include "sink/sink.h"

/* A refused password is read again at once, but then at most this often. */
#define PASSWORD_REREAD_MS 60000

/* The source that the settings choose: SINK_PASSWORD, a secret of Secrets Manager, a parameter of
 * the Parameter Store; NULL if none of them is set. The latter two are read at the first use, and
 * again when what they gave was refused. A secret that is a JSON object gives its member
 * SINK_PASSWORD_SECRET_KEY, by default "password". `settings` and `aws` are borrowed for its life.
 * Errors of its get(): those of the AWS call; ERROR_SETTING if the secret has no such member. */
struct password_source *password_new(const struct settings *settings, struct aws_client *aws);

/* Overwrites what it holds. NULL is allowed. */
void password_free(struct password_source *source);

#endif
