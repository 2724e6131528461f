#include "aws/credential_source.h"
#include "base/memory.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

int source_environment(const struct credential_search *search, struct credential_found *found,
                       struct buf *why, struct error *err)
{
    const char *id = environment("AWS_ACCESS_KEY_ID");
    const char *secret = environment("AWS_SECRET_ACCESS_KEY");
    const char *token = environment("AWS_SECURITY_TOKEN");
    if (search->profile_option) {
        buf_append_str(why, "--profile was given");
        return 0;
    }
    if (!id) {
        buf_append_str(why, "AWS_ACCESS_KEY_ID is not set");
        return 0;
    }
    if (!secret)
        return error_set(err, ERROR_AWS, 0,
                         "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not");
    if (!token)
        token = environment("AWS_SESSION_TOKEN");
    found->keys =
        (struct aws_credentials){xstrdup(id), xstrdup(secret), token ? xstrdup(token) : NULL};
    return 1;
}
