#include "aws/credential_source.h"
#include "base/memory.h"

static int find(const struct credential_search *search, enum profile_section section,
                struct credential_found *found, struct buf *why, struct error *err)
{
    const char *values[4];
    static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key",
                                       "aws_security_token", "aws_session_token"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        values[i] = profiles_get(search->profiles, section, search->profile, keys[i]);
    if (!values[0]) {
        bool there = profiles_has(search->profiles, section, search->profile);
        buf_printf(why, there ? "profile \"%s\" has no aws_access_key_id" : "no profile \"%s\"",
                   search->profile);
        return 0;
    }
    if (!values[1])
        return error_set(err, ERROR_AWS, 0,
                         "profile \"%s\" has aws_access_key_id but no aws_secret_access_key",
                         search->profile);
    const char *token = values[2] ? values[2] : values[3];
    found->keys = (struct aws_credentials){xstrdup(values[0]), xstrdup(values[1]),
                                           token ? xstrdup(token) : NULL};
    return 1;
}

int source_credentials_file(const struct credential_search *search, struct credential_found *found,
                            struct buf *why, struct error *err)
{
    return find(search, PROFILE_CREDENTIALS, found, why, err);
}

int source_config_file(const struct credential_search *search, struct credential_found *found,
                       struct buf *why, struct error *err)
{
    return find(search, PROFILE_CONFIG, found, why, err);
}
