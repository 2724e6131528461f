/* Where an AWS service is reached. */
#ifndef LORRY_AWS_ENDPOINT_H
#define LORRY_AWS_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/service.h"
#include "base/buf.h"
#include "base/error.h"

/* An `endpoint_url` of the configuration file. */
struct aws_endpoint_setting {
    const char *service; /* as in a `services` section: "secrets_manager"; NULL: all of them */
    const char *url;
};

/* What is set beside the environment. All of it is borrowed. */
struct aws_endpoints {
    const char *option;                         /* --endpoint-url: for all services; NULL: none */
    const struct aws_endpoint_setting *profile; /* those of the profile; the first that fits */
    size_t profile_count;
};

/* The region of the environment: AWS_REGION (which Lambda sets), else AWS_DEFAULT_REGION; NULL if
 * neither is set. */
const char *aws_region_environment(void);

/* Whether it has the form of one: it becomes part of host names. */
bool aws_region_valid(const char *region);

/* "amazonaws.com", or what hosts end with in the partition of the region. */
const char *aws_partition_suffix(const char *region);

/* "aws", "aws-cn", "aws-us-gov", ...: the partition of the region, as in ARNs. */
const char *aws_partition(const char *region);

/* The region of signatures for the service: that of the caller, but for services without regions.
 */
const char *aws_signing_region(const struct aws_service *service, const char *region);

/* Appends the URL of the service in the region to `url`, with a slash at the end. In the order of
 * the AWS CLI: --endpoint-url, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services
 * section, the profile's endpoint_url; else https://<host>.<region>.<suffix of the partition>/
 * (without the region, or with that of the partition, for services without regions).
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves out all but the option [AWS SDKs Reference
 * "Service-specific endpoints"]. `*overridden` (may be NULL) tells whether it is none of AWS's own.
 * `endpoints` may be NULL. Error: ERROR_SETTING if what is set is no http or https URL of host,
 * port and path, or the region is no name of a region. */
int aws_endpoint(const struct aws_service *service, const char *region,
                 const struct aws_endpoints *endpoints, struct buf *url, bool *overridden,
                 struct error *err);

/* The same for a bucket of S3: https://<bucket>.<host>... where it is AWS's own endpoint and the
 * name is a label of a host, so that the certificate fits; else <endpoint>/<bucket>/ [S3 User Guide
 * "Virtual hosting of buckets"]. `bucket` has the characters of a name, unreserved ones only. */
int aws_bucket_endpoint(const struct aws_service *service, const char *bucket, const char *region,
                        const struct aws_endpoints *endpoints, struct buf *url, struct error *err);

#endif
