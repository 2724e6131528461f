#include <stdlib.h>

#include "aws/credential_client.h"
#include "aws/sts.h"

/* STS takes no longer one [AssumeRoleWithWebIdentity]. */
#define TOKEN_MAX 20000

/* The environment comes first, setting by setting [botocore]. */
static const char *setting(const struct credential_search *search, const char *variable,
                           const char *key)
{
    const char *value = search->profile_option ? NULL : getenv(variable);
    return value && *value ? value : profiles_value(search->profiles, search->profile, key);
}

/* The file is read each time: whoever put it there renews it. */
static int read_token(const char *path, struct buf *token, struct error *err)
{
    if (buf_read_file(token, path, err) < 0)
        return error_prefix(err, "the web identity token");
    return token->len ? 0 : error_set(err, ERROR_INPUT, 0, "%s: the token file is empty", path);
}

int source_web_identity(const struct credential_search *search, struct credential_found *found,
                        struct buf *why, struct error *err)
{
    cleanup_secret struct buf token = BUF_INIT(TOKEN_MAX);
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    struct aws_client client = sts_client(search, NULL);
    struct sts_session session = {0};
    const char *path = setting(search, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    struct sts_role role = {
        .arn = setting(search, "AWS_ROLE_ARN", "role_arn"),
        .session_name = setting(search, "AWS_ROLE_SESSION_NAME", "role_session_name"),
    };
    if (!path) {
        buf_append_str(why, "no web_identity_token_file");
        return 0;
    }
    if (!role.arn)
        return error_set(err, ERROR_SETTING, 0,
                         "there is a web identity token file but no role: set AWS_ROLE_ARN, or "
                         "role_arn in profile \"%s\"",
                         search->profile);
    if (!role.session_name)
        role.session_name = sts_session_name(search, &name);
    if (read_token(path, &token, err) < 0 ||
        sts_assume_role_with_web_identity(&client, &role, buf_view(&token), &session, err) < 0)
        return -1;
    *found = (struct credential_found){session.keys, session.expires_us};
    return 1;
}
