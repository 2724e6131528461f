/* What the files of Secrets Manager share. Private to aws/. */
#ifndef LORRY_AWS_SECRETS_MANAGER_SERVICE_H
#define LORRY_AWS_SECRETS_MANAGER_SERVICE_H

#include "aws/service.h"

extern const struct aws_service secrets_manager_service;

#endif
