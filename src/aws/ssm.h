/* The Parameter Store of AWS Systems Manager, what of it is needed. */
#ifndef LORRY_AWS_SSM_H
#define LORRY_AWS_SSM_H

#include "aws/call.h"

/* A parameter has at most this many bytes [Systems Manager User Guide "Advanced parameters"]. */
#define PARAMETER_SIZE_MAX 8192

/* Appends the value of a parameter, decrypted, by its name or ARN, to `value`. Errors: those of
 * aws_call(). Needs "ssm:GetParameter", and "kms:Decrypt" for a SecureString with a key of
 * one's own. */
int ssm_get_parameter(struct aws_client *client, const char *name, struct buf *value,
                      struct error *err);

#endif
