/* What the files of AWS Lambda share. Private to aws/. */
#ifndef LORRY_AWS_LAMBDA_SERVICE_H
#define LORRY_AWS_LAMBDA_SERVICE_H

#include "aws/service.h"

extern const struct aws_service lambda_service;

/* Appends "2015-03-31/functions/<function><rest>", the target of a call about a function (name or
 * ARN). */
void lambda_append_target(struct buf *target, const char *function, const char *rest);

#endif
