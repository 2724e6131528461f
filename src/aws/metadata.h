/* Requests to the small HTTP servers that hand out credentials: containers' agents, the metadata
 * service of EC2. Private to aws/. */
#ifndef LORRY_AWS_METADATA_H
#define LORRY_AWS_METADATA_H

#include "aws/credential_source.h"

struct metadata_request {
    const char *method;
    struct view url;
    struct http_header header; /* without a name: none */
    int64_t timeout_ms;        /* of one try */
    unsigned tries;
};

/* Sends it until an answer of 200 comes; what was not one is tried again after a second, unless
 * nothing of it may pass (a status from 400 to 499). `body` (a secret) gets the answer's. Errors:
 * ERROR_NET, ERROR_HTTP with the status as code; nothing of the answer is quoted. */
int metadata_send(const struct credential_search *search, const struct metadata_request *request,
                  struct buf *body, struct error *err);

#endif
