#include "aws/credential_source.h"

/* What "aws login" leaves can be used only by whoever renews it, and renewing means writing it. */
int source_login(const struct credential_search *search, struct credential_found *found,
                 struct buf *why, struct error *err)
{
    const char *profile = search->profile;
    (void)found;
    if (!profiles_value(search->profiles, profile, "login_session")) {
        buf_append_str(why, "no login_session");
        return 0;
    }
    return error_set(err, ERROR_AWS, 0,
                     "\"login_session\" of profile \"%s\" is for the AWS CLI alone: make a profile "
                     "with \"credential_process = aws configure export-credentials --profile %s\", "
                     "and use that",
                     profile, profile);
}
