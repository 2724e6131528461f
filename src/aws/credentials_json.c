#include "aws/credentials_json.h"

#include "aws/json_text.h"
#include "base/clock.h"
#include "base/memory.h"

/* A member as an owned string; NULL if it is not there, or empty. */
static char *member(struct view json, const char *name)
{
    const char *path[] = {name, NULL};
    cleanup_secret struct buf text = BUF_INIT(CREDENTIALS_JSON_CAP);
    return aws_json_text(json, path, &text) && text.len ? xstrdup(buf_str(&text)) : NULL;
}

int credentials_read_json(struct view json, const struct credentials_names *names,
                          struct credential_found *found, struct error *err)
{
    cleanup_credential_found struct credential_found read = {
        .keys = {member(json, names->id), member(json, names->secret), member(json, names->token)},
    };
    cleanup_free char *expiration = member(json, names->expiration);
    const char *missing = !read.keys.access_key_id                      ? names->id
                          : !read.keys.secret_access_key                ? names->secret
                          : names->expiring && !read.keys.session_token ? names->token
                          : names->expiring && !expiration              ? names->expiration
                                                                        : NULL;
    if (missing)
        return error_set(err, ERROR_AWS, 0, "the answer is no JSON object with \"%s\"", missing);
    if (expiration && !clock_parse_us(expiration, &read.expires_us))
        return error_set(err, ERROR_AWS, 0, "\"%s\" of the answer is no time", names->expiration);
    *found = read;
    read.keys = (struct aws_credentials){0};
    return 0;
}
