/* The calls that sources make themselves. Private to aws/. */
#ifndef LORRY_AWS_CREDENTIAL_CLIENT_H
#define LORRY_AWS_CREDENTIAL_CLIENT_H

#include "aws/credential_source.h"

/* A client like the session's, but for `provider` (NULL: none, for calls that are not signed) and
 * --endpoint-url: that is where the command's own calls go, not where secrets are traded for
 * credentials [as with the AWS CLI]. Everything in it is borrowed. */
struct aws_client credential_client(const struct credential_search *search,
                                    struct aws_credentials_provider *provider);

#endif
