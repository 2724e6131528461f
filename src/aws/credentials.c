#include "aws/credentials.h"

#include <string.h>

#include "base/memory.h"

static void wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void aws_credentials_release(struct aws_credentials *credentials)
{
    free(credentials->access_key_id);
    wipe(credentials->secret_access_key);
    wipe(credentials->session_token);
    *credentials = (struct aws_credentials){0};
}

void aws_credentials_copy(const struct aws_credentials *from, struct aws_credentials *to)
{
    *to = (struct aws_credentials){xstrdup(from->access_key_id), xstrdup(from->secret_access_key),
                                   from->session_token ? xstrdup(from->session_token) : NULL};
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static int environment_get(struct aws_credentials_provider *provider,
                           struct aws_credentials *credentials, struct error *err)
{
    (void)provider;
    const char *id = environment("AWS_ACCESS_KEY_ID");
    const char *secret = environment("AWS_SECRET_ACCESS_KEY");
    const char *token = environment("AWS_SESSION_TOKEN");
    if (!id || !secret)
        return error_set(
            err, ERROR_AWS, 0,
            "no AWS credentials: %s is not set in the environment (Lambda sets it from "
            "the role of the function)",
            id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    *credentials =
        (struct aws_credentials){xstrdup(id), xstrdup(secret), token ? xstrdup(token) : NULL};
    return 0;
}

struct aws_credentials_provider aws_credentials_environment = {environment_get};
