/* What the program knows of an AWS service: a constant in the file of each service. */
#ifndef LORRY_AWS_SERVICE_H
#define LORRY_AWS_SERVICE_H

#include "aws/protocol.h"

struct aws_service {
    const char *name;         /* for people: "Secrets Manager" */
    const char *host;         /* first labels of the host: "secretsmanager", "api.ecr" */
    const char *signing_name; /* in the credential scope: "secretsmanager", "ecr" */
    /* The end of AWS_ENDPOINT_URL_<SERVICE>, and in lower case its name in the `services` section
     * of the configuration file: "SECRETS_MANAGER" [AWS SDKs Reference "Service-specific
     * endpoints"]. */
    const char *variable;
    const struct aws_protocol *protocol;
    const char *target;  /* JSON: what X-Amz-Target begins with: "secretsmanager"; else NULL */
    const char *version; /* Query: the API's version, "2011-06-15"; else NULL */
    unsigned signing;    /* enum sigv4_flag: S3's rules */
    bool global;         /* one for all regions of a partition: IAM */
};

struct aws_operation {
    const struct aws_service *service;
    const char *name;       /* "GetSecretValue" */
    const char *permission; /* the IAM action: "secretsmanager:GetSecretValue"; NULL: none needed */
    const char *method;     /* REST: "GET", "PUT", ...; NULL: POST */
    bool anonymous;         /* not signed, needs no credentials */
};

#endif
