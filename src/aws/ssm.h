/* The Parameter Store of AWS Systems Manager, what of it is needed. */
#ifndef LORRY_AWS_SSM_H
#define LORRY_AWS_SSM_H

#include "aws/call.h"
#include "aws/new_secret.h"

/* A parameter has at most this many bytes [Systems Manager User Guide "Advanced parameters"]. */
#define PARAMETER_SIZE_MAX 8192

/* Appends the value of a parameter, decrypted, by its name or ARN, to `value`. Errors: those of
 * aws_call(). Needs "ssm:GetParameter", and "kms:Decrypt" for a SecureString with a key of
 * one's own. */
int ssm_get_parameter(struct aws_client *client, const char *name, struct buf *value,
                      struct error *err);

/* Whether there is a parameter, by its name or ARN. 1 or 0; -1 and `err`: those of aws_call(). It
 * is not decrypted, and not kept. Needs "ssm:GetParameter". */
int ssm_find_parameter(struct aws_client *client, const char *name, struct error *err);

/* Makes a parameter (SecureString, with the key of the account). Errors: those of aws_call();
 * "ParameterAlreadyExists" if there is one of that name. Needs "ssm:PutParameter" and, for its
 * tags, "ssm:AddTagsToResource". */
int ssm_put_parameter(struct aws_client *client, const struct new_secret *secret,
                      struct error *err);

#endif
