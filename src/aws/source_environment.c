#include "aws/credentials_json.h"
#include "base/memory.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Nothing can be renewed here: the environment of a process stays what it was at its start. */
static int read_expiration(const struct credential_search *search, int64_t *expires_us,
                           struct error *err)
{
    const char *text = environment("AWS_CREDENTIAL_EXPIRATION");
    struct clock *clock = search->client->clock;
    if (!text)
        return 0;
    if (!clock_parse_us(text, expires_us))
        return error_set(err, ERROR_SETTING, 0, "AWS_CREDENTIAL_EXPIRATION is no time");
    if (*expires_us <= clock->now_us(clock))
        return error_set(err, ERROR_AWS, 0,
                         "the keys of the environment expired at the time that "
                         "AWS_CREDENTIAL_EXPIRATION tells: set others");
    return 0;
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
    if (read_expiration(search, &found->expires_us, err) < 0)
        return -1;
    if (!token)
        token = environment("AWS_SESSION_TOKEN");
    found->keys =
        (struct aws_credentials){xstrdup(id), xstrdup(secret), token ? xstrdup(token) : NULL};
    return 1;
}
