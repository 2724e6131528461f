#include "net/http_request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/memory.h"

static const char *const OWN_HEADERS[] = {"host", "content-length", "connection",
                                          "transfer-encoding", "expect"};

static bool equals_ignoring_case(struct view v, const char *text)
{
    return v.len == strlen(text) && strncasecmp(v.ptr, text, v.len) == 0;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(struct view v)
{
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        if (c <= 0x20 || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return v.len > 0;
}

static int check_header(const struct http_header *header, struct error *err)
{
    if (!is_token(header->name))
        return error_set(err, ERROR_INPUT, 0, "a request header has a name that is no token");
    for (size_t i = 0; i < ARRAY_LEN(OWN_HEADERS); i++)
        if (equals_ignoring_case(header->name, OWN_HEADERS[i]))
            return error_set(err, ERROR_INPUT, 0,
                             "the request header \"%s\" is not for callers to set", OWN_HEADERS[i]);
    for (size_t i = 0; i < header->value.len; i++) {
        char c = header->value.ptr[i];
        if (c == '\r' || c == '\n' || c == '\0')
            return error_set(
                err, ERROR_INPUT, 0,
                "the value of the request header \"%.*s\" contains a line break or NUL",
                VIEW_ARG(header->name));
    }
    return 0;
}

static int bad_url(struct error *err, const char *what)
{
    return error_set(err, ERROR_INPUT, 0, "cannot send a request to a URL %s", what);
}

static int cut_port(struct view text, struct http_origin *origin, struct error *err)
{
    int port = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || port > 6553)
            return bad_url(err, "whose port is not a number from 1 to 65535");
        port = port * 10 + text.ptr[i] - '0';
    }
    if (text.len && (port < 1 || port > 65535))
        return bad_url(err, "whose port is not a number from 1 to 65535");
    if (text.len)
        origin->port = port;
    return 0;
}

/* "host", "host:port", "[v6]", "[v6]:port" */
static int cut_authority(struct view authority, struct http_origin *origin, struct error *err)
{
    bool literal = authority.len && authority.ptr[0] == '[';
    const char *allowed = literal
                              ? "0123456789abcdefABCDEF:."
                              : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._";
    struct view rest = view_skip(authority, literal);
    size_t len = 0;
    while (len < rest.len && strchr(allowed, rest.ptr[len]))
        len++;
    if (len == 0 || len > HTTP_HOST_MAX)
        return bad_url(err, "without a usable host");
    memcpy(origin->host, rest.ptr, len);
    rest = view_skip(rest, len);
    if (literal) {
        if (!rest.len || rest.ptr[0] != ']')
            return bad_url(err, "without a usable host");
        rest = view_skip(rest, 1);
    }
    if (rest.len && rest.ptr[0] != ':')
        return bad_url(err, "with user information or without a usable host");
    origin->port = origin->tls ? 443 : 80;
    int default_port = origin->port;
    if (cut_port(view_skip(rest, 1), origin, err))
        return -1;

    const char *open = literal ? "[" : "", *close = literal ? "]" : "";
    snprintf(origin->label, sizeof(origin->label), "%s%s%s:%d", open, origin->host, close,
             origin->port);
    snprintf(origin->authority, sizeof(origin->authority), "%s%s%s", open, origin->host, close);
    if (origin->port != default_port)
        memcpy(origin->authority, origin->label, sizeof(origin->authority));
    return 0;
}

int http_origin_of(struct view url, struct http_origin *origin, struct error *err)
{
    struct http_origin out = {0};
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= 0x20 || url.ptr[i] >= 0x7F)
            return bad_url(err, "with a character that is not visible ASCII (percent-encode it)");
    if (memchr(url.ptr, '#', url.len))
        return bad_url(err, "with a fragment");
    static const struct view PLAIN = VIEW("http://"), SECURE = VIEW("https://");
    if (view_starts_with(url, PLAIN))
        url = view_skip(url, PLAIN.len);
    else if (view_starts_with(url, SECURE))
        url = view_skip(url, SECURE.len);
    else
        return bad_url(err, "that is neither http:// nor https://");
    out.tls = url.ptr[-4] == 's';
    size_t len = 0;
    while (len < url.len && url.ptr[len] != '/' && url.ptr[len] != '?')
        len++;
    out.target = view_skip(url, len);
    if (cut_authority(view_of(url.ptr, len), &out, err))
        return -1;
    *origin = out;
    return 0;
}

bool http_same_origin(const struct http_origin *a, const struct http_origin *b)
{
    return a->tls == b->tls && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

bool http_host_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcasecmp(host, "localhost") == 0;
}

int http_request_check(const struct http_request *request, struct http_origin *origin,
                       struct error *err)
{
    if (!is_token(view_str(request->method)))
        return error_set(err, ERROR_INPUT, 0, "the request method is no token");
    for (size_t i = 0; i < request->header_count; i++)
        if (check_header(&request->headers[i], err))
            return -1;
    return http_origin_of(request->url, origin, err);
}

bool http_request_takes_body(const struct http_request *request, int status)
{
    return request->on_body && status >= 200 && status <= 299;
}

int http_request_stopped(const struct http_origin *origin, struct error *err)
{
    return error_set(err, ERROR_NET, ECANCELED, "the answer of \"%s\" was not read to its end",
                     origin->label);
}

bool http_request_has_body(const struct http_request *request)
{
    static const char *const WITH_BODY[] = {"POST", "PUT", "PATCH"};
    for (size_t i = 0; i < ARRAY_LEN(WITH_BODY); i++)
        if (strcmp(request->method, WITH_BODY[i]) == 0)
            return true;
    return request->body.len > 0;
}

bool http_request_has_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (equals_ignoring_case(request->headers[i].name, name))
            return true;
    return false;
}
