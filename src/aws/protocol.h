/* The protocols that AWS services speak [Smithy "AWS protocols"]: what differs between them is
 * which headers a request has, and where a refusal says what it is. */
#ifndef LORRY_AWS_PROTOCOL_H
#define LORRY_AWS_PROTOCOL_H

#include <stdbool.h>

#include "base/buf.h"
#include "net/http.h"

#define AWS_REFUSAL_TEXT_CAP ((size_t)64 << 10)

/* An answer that is no success, whatever the protocol. */
struct aws_refusal {
    int status;            /* of HTTP */
    struct buf code;       /* "ThrottlingException", without name space; empty if there is none */
    struct buf message;    /* empty if there is none */
    struct buf request_id; /* empty if there is none */
    struct buf region;     /* S3: where the bucket is; empty if it does not say */
};

/* Safe on a zeroed one. */
void aws_refusal_release(struct aws_refusal *refusal);
#define cleanup_aws_refusal __attribute__((cleanup(aws_refusal_release)))

struct aws_protocol {
    const char *content_type; /* of requests; NULL: calls bring their own, if any */
    bool target_header;       /* X-Amz-Target names the operation */
    /* Reads code, message, request id and region, as far as they are there, into the (initialised,
     * empty) buffers. Any bytes may come. */
    void (*read_refusal)(const struct http_response *response, struct aws_refusal *refusal);
};

extern const struct aws_protocol aws_protocol_json_1_0;
extern const struct aws_protocol aws_protocol_json_1_1;
extern const struct aws_protocol aws_protocol_rest_json;
extern const struct aws_protocol aws_protocol_query; /* answers are XML */
extern const struct aws_protocol aws_protocol_rest_xml;

#endif
