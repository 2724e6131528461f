/* The calls that sources make themselves. Private to aws/. */
#ifndef LORRY_AWS_CREDENTIAL_CLIENT_H
#define LORRY_AWS_CREDENTIAL_CLIENT_H

#include "aws/credential_source.h"

/* A client like the session's, but for `provider` (NULL: none, for calls that are not signed) and
 * --endpoint-url: that is where the command's own calls go, not where secrets are traded for
 * credentials [as with the AWS CLI]. Everything in it is borrowed. */
struct aws_client credential_client(const struct credential_search *search,
                                    struct aws_credentials_provider *provider);

/* The same for STS: where sts_regional_endpoints is "legacy", that of all regions, for the regions
 * that botocore asks there. */
struct aws_client sts_client(const struct credential_search *search,
                             struct aws_credentials_provider *provider);

/* Makes up the name of a role's session where none is set, in the (empty) buffer: "lorry-" and the
 * time in seconds. */
const char *sts_session_name(const struct credential_search *search, struct buf *name);

#endif
