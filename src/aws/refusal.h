/* From what a service refused with, in any protocol, to the error object. Private to aws/. */
#ifndef LORRY_AWS_REFUSAL_H
#define LORRY_AWS_REFUSAL_H

#include "aws/call.h"
#include "aws/protocol.h"

/* Fills `err` (see aws_call()) from the answer. Always returns -1. */
int aws_refuse(const struct aws_client *client, const struct aws_call *call,
               const struct http_response *response, struct error *err);

/* Whether a signature was refused, or would be, for its time: "RequestTimeTooSkewed", ... */
bool aws_refusal_is_skew(const struct error *err);

#endif
