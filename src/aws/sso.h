/* AWS IAM Identity Center (formerly Single Sign-On): credentials of a role for who has signed on
 * [IAM Identity Center Portal API Reference, version 2019-06-10; REST-JSON]. */
#ifndef LORRY_AWS_SSO_H
#define LORRY_AWS_SSO_H

#include "aws/client.h"
#include "base/view.h"

struct sso_role {
    const char *account_id; /* "123456789012" */
    const char *name;       /* of the permission set */
};

/* GetRoleCredentials, not signed: the access token of the sign-on is the proof. The client's region
 * is that of the sign-on, whatever the region of other calls. `keys` are the caller's to release;
 * `expires_us`: microseconds since 1970. Errors: those of aws_call(), the name being
 * "UnauthorizedException" if the sign-on has ended; ERROR_AWS if the answer has no credentials. */
int sso_get_role_credentials(struct aws_client *client, const struct sso_role *role,
                             struct view access_token, struct aws_credentials *keys,
                             int64_t *expires_us, struct error *err);

/* Takes the credentials out of an answer, which may be any bytes. Private to aws/. */
int sso_read_role_credentials(struct view json, struct aws_credentials *keys, int64_t *expires_us,
                              struct error *err);

#endif
