/* From what a service refused with, in any protocol, to the error object. Private to aws/. */
#ifndef LORRY_AWS_REFUSAL_H
#define LORRY_AWS_REFUSAL_H

#include "aws/call.h"
#include "aws/protocol.h"

/* Fills `err` (see aws_call()) from the answer. Always returns -1. */
int aws_refuse(const struct aws_client *client, const struct aws_call *call,
               const struct http_response *response, struct error *err);

/* What a failure of a call was about. */

/* There were too many requests. */
bool aws_refusal_is_throttling(const struct error *err);

/* The credentials have expired. */
bool aws_refusal_is_expiry(const struct error *err);

/* The signature was refused, and that may be for its time: the Date of the answer tells. */
bool aws_refusal_is_skew(const struct error *err);

#endif
