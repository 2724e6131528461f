#include <string.h>
#include <strings.h>

#include "aws/credentials_json.h"
#include "aws/metadata.h"
#include "base/memory.h"

#define ROLE_PATH "latest/meta-data/iam/security-credentials/"
#define TOKEN_CAP 4096

/* Outside of EC2 nobody answers: that must not take long. */
static const struct metadata_request one_second = {.method = "GET", .timeout_ms = 1000, .tries = 1};

static const char *setting(const struct credential_search *search, const char *variable,
                           const char *key)
{
    const char *value = getenv(variable);
    return value && *value ? value : profiles_value(search->profiles, search->profile, key);
}

/* With a slash at the end. */
static void append_base(const struct credential_search *search, struct buf *url)
{
    const char *endpoint =
        setting(search, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    const char *mode = setting(search, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                               "ec2_metadata_service_endpoint_mode");
    if (endpoint)
        buf_append_str(url, endpoint);
    else
        buf_append_str(url, mode && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                                  : "http://169.254.169.254");
    if (url->len && url->ptr[url->len - 1] != '/')
        buf_append_char(url, '/');
}

/* Version 2 of the service: a session token first, then everything with it. */
static int get_token(const struct credential_search *search, const char *base, struct buf *token,
                     struct error *err)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct metadata_request request = one_second;
    buf_printf(&url, "%slatest/api/token", base);
    request.method = "PUT";
    request.url = buf_view(&url);
    request.header =
        (struct http_header){VIEW("x-aws-ec2-metadata-token-ttl-seconds"), VIEW("21600")};
    if (metadata_send(search, &request, token, err) < 0)
        return -1;
    if (!token->len || strpbrk(buf_str(token), "\r\n"))
        return error_set(err, ERROR_AWS, 0, "it gave no session token");
    return 0;
}

/* `role`: "" for the list of roles. */
static int get(const struct credential_search *search, const char *base, const struct buf *token,
               const char *role, struct buf *body, struct error *err)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct metadata_request request = one_second;
    buf_printf(&url, "%s" ROLE_PATH "%s", base, role);
    request.url = buf_view(&url);
    request.header = (struct http_header){VIEW("x-aws-ec2-metadata-token"), buf_view(token)};
    return metadata_send(search, &request, body, err);
}

/* The first line, which has to be a name that can stand in a URL: IAM's rules for role names. */
static bool take_role(const struct buf *list, struct buf *role)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-";
    size_t len = strcspn(buf_str(list), "\r\n");
    buf_append(role, buf_str(list), len);
    return role->len && strspn(buf_str(role), allowed) == role->len;
}

static int fetch(const struct credential_search *search, const char *base,
                 struct credential_found *found, struct error *err)
{
    static const struct credentials_names names = {"AccessKeyId", "SecretAccessKey", "Token",
                                                   "Expiration", true};
    cleanup_secret struct buf token = BUF_INIT(TOKEN_CAP), body = BUF_INIT(CREDENTIALS_JSON_CAP);
    cleanup_buf struct buf list = BUF_INIT(CREDENTIALS_JSON_CAP), role = BUF_INIT(TOKEN_CAP);
    if (get_token(search, base, &token, err) < 0 || get(search, base, &token, "", &list, err) < 0)
        return -1;
    if (!take_role(&list, &role))
        return error_set(err, ERROR_AWS, 0, "the instance has no role");
    if (get(search, base, &token, buf_str(&role), &body, err) < 0)
        return -1;
    return credentials_read_json(buf_view(&body), &names, found, err);
}

/* Nothing there is no failure: most machines are no instances, as it is the last in the order. */
int source_instance(const struct credential_search *search, struct credential_found *found,
                    struct buf *why, struct error *err)
{
    const char *disabled = getenv("AWS_EC2_METADATA_DISABLED");
    cleanup_buf struct buf base = BUF_INIT(BUF_TEXT_CAP);
    struct error failure = {0};
    (void)err;
    if (disabled && strcasecmp(disabled, "true") == 0) {
        buf_append_str(why, "AWS_EC2_METADATA_DISABLED is true");
        return 0;
    }
    append_base(search, &base);
    if (fetch(search, buf_str(&base), found, &failure) == 0)
        return 1;
    buf_append_str(why, failure.message);
    return 0;
}
