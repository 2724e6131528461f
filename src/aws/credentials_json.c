#include "aws/credentials_json.h"

#include <ctype.h>
#include <time.h>

#include "aws/json_text.h"
#include "base/memory.h"

/* The end of a time: "Z", "UTC" (of older token caches), "+hh:mm", "-hhmm", nothing. */
static bool read_offset(const char *text, int *minutes)
{
    char digits[5] = "";
    size_t count = 0;
    *minutes = 0;
    if (!*text || strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    for (const char *p = text + 1; *p; p++) {
        if (*p == ':' && count == 2 && p == text + 3)
            continue;
        if (!isdigit((unsigned char)*p) || count == 4)
            return false;
        digits[count++] = *p;
    }
    int hhmm = (digits[0] - '0') * 600 + (digits[1] - '0') * 60 + (digits[2] - '0') * 10 +
               (digits[3] - '0');
    *minutes = *text == '-' ? -hhmm : hhmm;
    return count == 4;
}

bool credentials_read_time(const char *text, int64_t *us)
{
    struct tm tm = {0};
    int minutes;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        return false;
    if (*rest == '.')
        for (rest++; isdigit((unsigned char)*rest);)
            rest++;
    if (!read_offset(rest, &minutes))
        return false;
    *us = ((int64_t)timegm(&tm) - (int64_t)minutes * 60) * 1000000;
    return true;
}

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
    if (expiration && !credentials_read_time(expiration, &read.expires_us))
        return error_set(err, ERROR_AWS, 0, "\"%s\" of the answer is no time", names->expiration);
    *found = read;
    read.keys = (struct aws_credentials){0};
    return 0;
}
