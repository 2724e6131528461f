/* Where an AWS service is reached. */
#ifndef LORRY_AWS_ENDPOINT_H
#define LORRY_AWS_ENDPOINT_H

#include "base/buf.h"
#include "base/error.h"

struct aws_service {
    const char *name;     /* for people: "Secrets Manager" */
    const char *host;     /* first label of the host, and the signing name: "secretsmanager" */
    const char *variable; /* the end of AWS_ENDPOINT_URL_<SERVICE>: "SECRETS_MANAGER" */
};

/* The region of the environment: AWS_REGION (which Lambda sets), else AWS_DEFAULT_REGION; NULL if
 * neither is set. */
const char *aws_region_environment(void);

/* Appends the URL of the service in the region to `url`, with a slash at the end:
 * AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, else https://<host>.<region>.<suffix of the
 * region's partition>/. Error: ERROR_SETTING if a variable is no http or https URL, or the region
 * is no name of a region. */
int aws_endpoint(const struct aws_service *service, const char *region, struct buf *url,
                 struct error *err);

#endif
