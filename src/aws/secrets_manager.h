/* AWS Secrets Manager, what of it is needed. */
#ifndef LORRY_AWS_SECRETS_MANAGER_H
#define LORRY_AWS_SECRETS_MANAGER_H

#include "aws/call.h"
#include "aws/new_secret.h"

/* A secret has at most this many bytes [Secrets Manager User Guide "Quotas"]. */
#define SECRET_SIZE_MAX 65536

/* Appends the current text of a secret, by its name or ARN, to `value`. Errors: those of
 * aws_call(); ERROR_AWS if the secret is binary. Needs "secretsmanager:GetSecretValue". */
int secrets_manager_get_value(struct aws_client *client, const char *secret, struct buf *value,
                              struct error *err);

/* Whether there is a secret, by its name or ARN, and whether it is scheduled for deletion. 1 or 0;
 * -1 and `err`: those of aws_call(). Its text is not read. Needs "secretsmanager:DescribeSecret".
 */
int secrets_manager_find(struct aws_client *client, const char *secret, bool *deleting,
                         struct error *err);

/* Makes a secret with a text. Errors: those of aws_call(); "ResourceExistsException" if there is
 * one of that name. Needs "secretsmanager:CreateSecret" and, for its tags,
 * "secretsmanager:TagResource". */
int secrets_manager_create(struct aws_client *client, const struct new_secret *secret,
                           struct error *err);

#endif
