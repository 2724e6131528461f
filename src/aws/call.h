/* One call of an AWS service: endpoint, headers, signature, tries, errors; the same for all
 * protocols. */
#ifndef LORRY_AWS_CALL_H
#define LORRY_AWS_CALL_H

#include "aws/client.h"
#include "aws/service.h"
#include "base/view.h"

#define AWS_CALL_HEADERS_MAX 12

struct aws_call {
    const struct aws_operation *operation;
    const char *subject; /* what the call is about, for messages: the name of the secret */
    /* S3: part of the host, or the first segment of the path where the endpoint is overridden or
     * the name is no label of a host. Else NULL. */
    const char *bucket;
    /* REST: path and query behind the endpoint's slash, percent-encoded; else empty. */
    struct view target;
    struct http_header headers[AWS_CALL_HEADERS_MAX]; /* more than the protocol's own */
    size_t header_count;
    struct view body;
    size_t response_cap;
    bool ask_first;                           /* see struct http_request */
    void (*on_sent)(void *user, size_t sent); /* see struct http_request; NULL: nobody asks */
    /* See struct http_request; NULL: the body is kept. What was handed over cannot be taken back:
     * the client must have no `retry`. */
    int (*on_body)(void *user, struct view piece);
    bool (*stop)(void *user); /* see struct http_request; NULL: nothing ends it */
    void *user;
};

/* Performs the call. `answer` (zeroed or released before; untouched on failure) gets status, header
 * and body; the caller releases it with http_response_release().
 *
 * A failure that may pass is tried again as `client->retry` has it. A signature that was refused
 * for its time is made once more with the time of the server.
 *
 * Errors: ERROR_AWS with the HTTP status as code and AWS's code as name; the message has service,
 * subject, AWS's code, the first line of its message, the request id, and what to do about it; it
 * is `repeated` if an earlier try may have been carried out. ERROR_NET if there is no answer,
 * ERROR_SETTING if region or endpoint are wrong. */
int aws_call(struct aws_client *client, const struct aws_call *call, struct http_response *answer,
             struct error *err);

#endif
