#include "aws/credential_source.h"
#include "base/memory.h"

static int refuse(const struct credential_search *search, const char *what, struct error *err)
{
    return error_set(err, ERROR_AWS, 0,
                     "%s is not supported by this version: get keys with \"aws configure "
                     "export-credentials --profile %s --format env\", and set them in the "
                     "environment, without --profile",
                     what, search->profile);
}

int source_unsupported(const struct credential_search *search, struct credential_found *found,
                       struct buf *why, struct error *err)
{
    static const struct {
        const char *key;
        const char *what;
    } settings[] = {
        {"role_arn", "\"role_arn\" of the profile"},
        {"web_identity_token_file", "\"web_identity_token_file\" of the profile"},
    };
    (void)found;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (profiles_value(search->profiles, search->profile, settings[i].key))
            return refuse(search, settings[i].what, err);
    const char *token_file = getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (token_file && *token_file && !search->profile_option)
        return refuse(search, "AWS_WEB_IDENTITY_TOKEN_FILE", err);
    buf_append_str(why, "not set up");
    return 0;
}
