/* An AWS client as the AWS CLI would set it up: profile, region, credentials, endpoints from
 * options, environment and the files of the user. */
#ifndef LORRY_AWS_SESSION_H
#define LORRY_AWS_SESSION_H

#include "aws/client.h"

/* All of it is borrowed, and may be NULL but `http` and `clock`. */
struct aws_session_options {
    struct http_client *http;
    struct clock *clock;
    const char *profile;      /* --profile; NULL: AWS_PROFILE, else "default" */
    const char *region;       /* --region or that of the pipeline; NULL: AWS_REGION,
                                 AWS_DEFAULT_REGION, that of the profile */
    const char *endpoint_url; /* --endpoint-url */
    /* Who to ask for the code of an MFA device; NULL: nobody, and roles that want one fail. */
    struct aws_prompt *prompt;
};

struct aws_session;

/* Reads the files; connects to nothing: credentials are looked for with the first call. The region
 * may stay unknown: calls fail then, and say what to set. Errors: ERROR_SETTING for a profile that
 * was asked for and is nowhere, a file that is malformed (file and line are named), or a setting
 * of the profile that is wrong. */
struct aws_session *aws_session_open(const struct aws_session_options *options, struct error *err);

/* Overwrites the secrets. NULL is allowed. */
void aws_session_free(struct aws_session *session);

/* The client; lives as long as the session. */
struct aws_client *aws_session_client(struct aws_session *session);

#endif
