/* AWS Secrets Manager, what of it is needed. */
#ifndef LORRY_AWS_SECRETS_MANAGER_H
#define LORRY_AWS_SECRETS_MANAGER_H

#include "aws/call.h"

/* A secret has at most this many bytes [Secrets Manager User Guide "Quotas"]. */
#define SECRET_SIZE_MAX 65536

/* Appends the current text of a secret, by its name or ARN, to `value`. Errors: those of
 * aws_call(); ERROR_AWS if the secret is binary. Needs "secretsmanager:GetSecretValue". */
int secrets_manager_get_value(struct aws_client *client, const char *secret, struct buf *value,
                              struct error *err);

#endif
