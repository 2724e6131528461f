/* AWS Security Token Service: who the caller is, and credentials of roles [STS API Reference,
 * version 2011-06-15; the Query protocol]. */
#ifndef LORRY_AWS_STS_H
#define LORRY_AWS_STS_H

#include <stdint.h>

#include "aws/client.h"
#include "aws/credentials.h"

/* Who the credentials belong to. */
struct sts_identity {
    char *account; /* "123456789012" */
    char *arn;
    char *user_id;
};

/* Safe on a zeroed one. */
void sts_identity_release(struct sts_identity *identity);
#define cleanup_sts_identity __attribute__((cleanup(sts_identity_release)))

/* GetCallerIdentity. Errors: those of aws_call(). */
int sts_get_caller_identity(struct aws_client *client, struct sts_identity *identity,
                            struct error *err);

/* What time it is at AWS, in microseconds since 1970, by the second: the Date of an answer. Nobody
 * needs to be known there. Errors: ERROR_NET, ERROR_SETTING if there is no region or none of that
 * name; ERROR_AWS if the answer does not tell. */
int sts_get_time(struct aws_client *client, int64_t *time_us, struct error *err);

/* A role to assume; what is NULL or 0 is left out of the request. */
struct sts_role {
    const char *arn;
    const char *session_name; /* required */
    const char *external_id;
    const char *serial_number, *token_code; /* of an MFA device */
    int duration_s;
};

/* Credentials of a role, and when they expire (microseconds since 1970). The caller releases
 * `keys`. */
struct sts_session {
    struct aws_credentials keys;
    int64_t expires_us;
};

/* AssumeRole, signed with the client's credentials. Errors: those of aws_call(). */
int sts_assume_role(struct aws_client *client, const struct sts_role *role,
                    struct sts_session *session, struct error *err);

/* AssumeRoleWithWebIdentity, not signed: `token` (of OpenID Connect) is the proof. MFA and external
 * id of the role are not sent. Errors: those of aws_call(). */
int sts_assume_role_with_web_identity(struct aws_client *client, const struct sts_role *role,
                                      struct view token, struct sts_session *session,
                                      struct error *err);

#endif
