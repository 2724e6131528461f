/* What the files of DynamoDB share. Private to aws/. */
#ifndef LORRY_AWS_DYNAMODB_SERVICE_H
#define LORRY_AWS_DYNAMODB_SERVICE_H

#include "aws/service.h"

extern const struct aws_service dynamodb_service;

#endif
