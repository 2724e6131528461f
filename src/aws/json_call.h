/* Calls of AWS services that speak the JSON protocol, version 1.1 [Smithy "AWS JSON 1.1 protocol"]:
 * a signed POST whose header names the operation. One try a call: callers repeat what `retry` of
 * the error says may succeed later. */
#ifndef LORRY_AWS_JSON_CALL_H
#define LORRY_AWS_JSON_CALL_H

#include <stdint.h>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/view.h"
#include "net/http.h"

/* What every call needs. All of it is borrowed. */
struct aws_client {
    struct http_client *http;
    struct aws_credentials_provider *credentials;
    struct clock *clock; /* for the time of the signature */
    const char *region;  /* NULL: calls fail, and say what to set */
    int64_t timeout_ms;  /* of one call */
};

struct aws_json_call {
    const struct aws_service *service;
    const char *operation; /* "secretsmanager.GetSecretValue", the value of X-Amz-Target */
    const char
        *permission;     /* "secretsmanager:GetSecretValue", for the message when it is missing */
    const char *subject; /* what the call is about, for messages: the name of the secret */
    struct view body;    /* JSON */
    size_t response_cap;
};

/* Puts the JSON that the service answers into `answer` (made by the call, released by the caller;
 * untouched on failure).
 *
 * Errors: ERROR_AWS with the HTTP status as code; the message has the subject, AWS's code, the
 * first line of its message (some go on with what was signed), and what to do about it. ERROR_NET
 * if there is no answer, ERROR_SETTING if region or endpoint are wrong. */
int aws_json_call(struct aws_client *client, const struct aws_json_call *call, struct buf *answer,
                  struct error *err);

/* Appends the text of a member of `json`, reached by the names of `path` from the outermost object
 * on (NULL-terminated), to `out`. False if there is none, or if it is no string; or if `json` is no
 * JSON. `out` is untouched then. */
bool aws_json_text(struct view json, const char *const *path, struct buf *out);

#endif
