/* Why a function of a pipeline writes nothing more into its log. */
#ifndef LORRY_STACK_LOG_SILENCE_H
#define LORRY_STACK_LOG_SILENCE_H

#include <stdbool.h>

#include "aws/client.h"
#include "base/buf.h"

/* Whether nothing calls the function (name or ARN): no event source mapping leads to it, or none
 * that is not switched off. Then a sentence that says so is appended. False also if that cannot be
 * found out. Needs "lambda:ListEventSourceMappings". */
bool log_silence_explain(struct aws_client *client, const char *function, struct buf *out);

#endif
