/* What the files of CloudWatch Logs share. Private to aws/. */
#ifndef LORRY_AWS_LOGS_SERVICE_H
#define LORRY_AWS_LOGS_SERVICE_H

#include <jansson.h>

#include "aws/logs.h"
#include "aws/service.h"

extern const struct aws_service logs_service;

/* Hands a list of events, as answers have it, to `take`, in the order of time; of those that have
 * the same, in that of the list. What is none is left out. */
int logs_take_list(const json_t *list, logs_take_events *take, void *user, struct error *err);

#endif
