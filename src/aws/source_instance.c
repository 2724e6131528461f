#include <string.h>
#include <strings.h>

#include "aws/credentials_json.h"
#include "aws/metadata.h"
#include "base/memory.h"
#include "base/parse.h"

#define ROLE_PATH "latest/meta-data/iam/security-credentials/"
#define TOKEN_CAP 4096

/* The metadata service, and how it is asked. */
struct instance {
    const struct credential_search *search;
    struct buf base; /* its URL, with a slash at the end */
    struct metadata_request request;
};

static const char *setting(const struct credential_search *search, const char *variable,
                           const char *key)
{
    const char *value = getenv(variable);
    return value && *value ? value : profiles_value(search->profiles, search->profile, key);
}

static int read_number(const struct credential_search *search, const char *variable,
                       const char *key, int64_t *number, struct error *err)
{
    const char *text = setting(search, variable, key);
    if (!text)
        return 0;
    return parse_int64(view_str(text), 1, 100, number, err) < 0
               ? error_prefix(err, "%s, or %s of the profile", variable, key)
               : 0;
}

/* Outside of EC2 nobody answers: unless it is wanted, that must not take long. */
static int read_patience(const struct credential_search *search, struct metadata_request *request,
                         struct error *err)
{
    int64_t seconds = 1, tries = 1;
    if (read_number(search, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", &seconds,
                    err) < 0 ||
        read_number(search, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts",
                    &tries, err) < 0)
        return -1;
    *request = (struct metadata_request){.timeout_ms = seconds * 1000, .tries = (unsigned)tries};
    return 0;
}

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

/* `path`: behind the base. */
static int ask(const struct instance *instance, const char *method, const char *path,
               struct http_header header, struct buf *body, struct error *err)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct metadata_request request = instance->request;
    buf_printf(&url, "%s%s", buf_str(&instance->base), path);
    request.method = method;
    request.url = buf_view(&url);
    request.header = header;
    return metadata_send(instance->search, &request, body, err);
}

/* Version 2 of the service: a session token first, then everything with it. */
static int get_token(const struct instance *instance, struct buf *token, struct error *err)
{
    static const struct http_header lifetime = {VIEW("x-aws-ec2-metadata-token-ttl-seconds"),
                                                VIEW("21600")};
    if (ask(instance, "PUT", "latest/api/token", lifetime, token, err) < 0)
        return -1;
    if (!token->len || strpbrk(buf_str(token), "\r\n"))
        return error_set(err, ERROR_AWS, 0, "it gave no session token");
    return 0;
}

/* `role`: "" for the list of roles. */
static int get(const struct instance *instance, const struct buf *token, const char *role,
               struct buf *body, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, ROLE_PATH "%s", role);
    return ask(instance, "GET", buf_str(&path),
               (struct http_header){VIEW("x-aws-ec2-metadata-token"), buf_view(token)}, body, err);
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

static int fetch(const struct instance *instance, struct credential_found *found, struct error *err)
{
    static const struct credentials_names names = {"AccessKeyId", "SecretAccessKey", "Token",
                                                   "Expiration", true};
    cleanup_secret struct buf token = BUF_INIT(TOKEN_CAP), body = BUF_INIT(CREDENTIALS_JSON_CAP);
    cleanup_buf struct buf list = BUF_INIT(CREDENTIALS_JSON_CAP), role = BUF_INIT(TOKEN_CAP);
    if (get_token(instance, &token, err) < 0 || get(instance, &token, "", &list, err) < 0)
        return -1;
    if (!take_role(&list, &role))
        return error_set(err, ERROR_AWS, 0, "the instance has no role");
    if (get(instance, &token, buf_str(&role), &body, err) < 0)
        return -1;
    return credentials_read_json(buf_view(&body), &names, found, err);
}

/* Nothing there is no failure: most machines are no instances, as it is the last in the order. */
int source_instance(const struct credential_search *search, struct credential_found *found,
                    struct buf *why, struct error *err)
{
    const char *disabled = getenv("AWS_EC2_METADATA_DISABLED");
    struct instance instance = {.search = search, .base = BUF_INIT(BUF_TEXT_CAP)};
    struct error failure = {0};
    if (disabled && strcasecmp(disabled, "true") == 0) {
        buf_append_str(why, "AWS_EC2_METADATA_DISABLED is true");
        return 0;
    }
    if (read_patience(search, &instance.request, err) < 0)
        return -1;
    append_base(search, &instance.base);
    int result = fetch(&instance, found, &failure);
    buf_release(&instance.base);
    if (result < 0)
        buf_append_str(why, failure.message);
    return result == 0;
}
