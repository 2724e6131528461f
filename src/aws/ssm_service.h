/* What the files of the Parameter Store share. Private to aws/. */
#ifndef LORRY_AWS_SSM_SERVICE_H
#define LORRY_AWS_SSM_SERVICE_H

#include "aws/service.h"

extern const struct aws_service ssm_service;

#endif
