/* AWS credentials and where they come from. */
#ifndef LORRY_AWS_CREDENTIALS_H
#define LORRY_AWS_CREDENTIALS_H

#include "base/buf.h"

struct aws_credentials {
    char *access_key_id;
    char *secret_access_key;
    char *session_token; /* NULL: none */
};

/* Overwrites the secrets, frees everything. Safe on a zeroed one. */
void aws_credentials_release(struct aws_credentials *credentials);
#define cleanup_aws_credentials __attribute__((cleanup(aws_credentials_release)))

/* Copies all of `from` to `to`, which owns it. */
void aws_credentials_copy(const struct aws_credentials *from, struct aws_credentials *to);

/* A place that credentials come from. */
struct aws_credentials_provider {
    /* Fills `credentials` with copies; the caller releases them. Called before every request, so
     * that renewed ones are seen. Error: ERROR_AWS; it says where they were looked for and what to
     * set. */
    int (*get)(struct aws_credentials_provider *provider, struct aws_credentials *credentials,
               struct error *err);
    /* The service says that what get() gave last has expired, whatever its date: forget it; the
     * next get() looks for others. NULL: there are never others. */
    void (*expired)(struct aws_credentials_provider *provider);
};

/* Somebody who can be asked, for the code of an MFA device. */
struct aws_prompt {
    /* Shows the question, and appends what is typed, which is not shown, to `answer`, without the
     * end of the line. Error: ERROR_SYSTEM if there is nobody, or no answer. */
    int (*ask)(struct aws_prompt *prompt, const char *question, struct buf *answer,
               struct error *err);
};

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: what Lambda gives to a function. A
 * variable that is empty counts as not set (emulators give an empty token). */
extern struct aws_credentials_provider aws_credentials_environment;

#endif
