#include <string.h>

#include "aws/credentials_json.h"
#include "aws/metadata.h"
#include "base/memory.h"
#include "net/http_request.h"
#include "net/url.h"

#define TOKEN_CAP 16384

/* The agents of ECS and EKS; over plain HTTP credentials come from them or from this machine only
 * [AWS SDKs Reference "Container credential provider"]. */
static bool is_trusted(const char *host)
{
    static const char *const agents[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
    for (size_t i = 0; i < ARRAY_LEN(agents); i++)
        if (strcmp(host, agents[i]) == 0)
            return true;
    return http_host_is_loopback(host);
}

static int check_url(const char *text, struct error *err)
{
    cleanup_url struct url url = {0};
    if (url_parse(view_str(text), &url, err) < 0)
        return error_prefix(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    bool plain = strcmp(url.scheme, "http") == 0;
    if (url.password || *url.user || !*url.host || (!plain && strcmp(url.scheme, "https") != 0))
        return error_set(err, ERROR_SETTING, 0,
                         "AWS_CONTAINER_CREDENTIALS_FULL_URI is no http or https URL");
    if (plain && !is_trusted(url.host))
        return error_set(
            err, ERROR_SETTING, 0,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI: host \"%s\" is none that may be asked "
            "over http: use https, a loopback address, or that of the agent of ECS "
            "or EKS",
            url.host);
    return 0;
}

/* The value of the header Authorization; empty: none. The file is read each time: it is renewed. */
static int read_token(struct buf *token, struct error *err)
{
    const char *file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *text = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (file && *file) {
        if (buf_read_file(token, file, err) < 0)
            return error_prefix(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    } else if (text) {
        buf_append_str(token, text);
    }
    if (token->overflow || memchr(buf_str(token), '\0', token->len) ||
        strpbrk(buf_str(token), "\r\n"))
        return error_set(err, ERROR_SETTING, 0,
                         "the container's authorization token cannot be sent in a header: it has a "
                         "line break, or is too long");
    return 0;
}

static int fetch(const struct credential_search *search, const char *url,
                 struct credential_found *found, struct error *err)
{
    static const struct credentials_names names = {"AccessKeyId", "SecretAccessKey", "Token",
                                                   "Expiration", true};
    cleanup_secret struct buf token = BUF_INIT(TOKEN_CAP), body = BUF_INIT(CREDENTIALS_JSON_CAP);
    struct metadata_request request = {
        .method = "GET", .url = view_str(url), .timeout_ms = 2000, .tries = 3};
    if (read_token(&token, err) < 0)
        return -1;
    if (token.len)
        request.header = (struct http_header){VIEW("Authorization"), buf_view(&token)};
    if (metadata_send(search, &request, &body, err) < 0)
        return -1;
    return credentials_read_json(buf_view(&body), &names, found, err);
}

int source_container(const struct credential_search *search, struct credential_found *found,
                     struct buf *why, struct error *err)
{
    const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    cleanup_buf struct buf url = BUF_INIT(URL_LENGTH_MAX);
    if (relative && *relative) {
        if (*relative != '/')
            return error_set(err, ERROR_SETTING, 0,
                             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with \"/\"");
        buf_printf(&url, "http://169.254.170.2%s", relative);
    } else if (full && *full) {
        if (check_url(full, err) < 0)
            return -1;
        buf_append_str(&url, full);
    } else {
        buf_append_str(why, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
        return 0;
    }
    return fetch(search, buf_str(&url), found, err) < 0 ? -1 : 1;
}
