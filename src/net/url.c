#include "net/url.h"

#include <string.h>

#include "base/memory.h"

/* The URL cut at its punctuation, nothing decoded yet. */
struct url_cut {
    struct view scheme;
    struct view user;
    struct view password;
    bool has_password;
    struct view host;
    struct view port;
    struct view path;
    struct view query;
};

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* As in Python's unquote(): passwords that work with SQLAlchemy work here. */
char *url_decode(struct view text, bool plus_is_space)
{
    char *out = xmalloc(text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int high = -1, low = -1;
        if (c == '%' && text.len - i > 2) {
            high = hex_value(text.ptr[i + 1]);
            low = hex_value(text.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (!c) {
            free(out);
            return NULL;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return out;
}

static char *lower_copy(struct view text)
{
    char *out = xstrndup(text.ptr, text.len);
    for (char *p = out; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 'a' - 'A');
    return out;
}

/* Bytes before the first one of `stops`; all if there is none. */
static size_t span_until(struct view text, const char *stops)
{
    size_t i = 0;
    while (i < text.len && !strchr(stops, text.ptr[i]))
        i++;
    return i;
}

/* Cuts the first `len` bytes off. */
static struct view take(struct view *rest, size_t len)
{
    struct view head = {rest->ptr, len};
    *rest = view_skip(*rest, len);
    return head;
}

static int cut_scheme(struct view *rest, struct url_cut *cut, struct error *err)
{
    size_t len = span_until(*rest, ":");
    bool good = len > 0 && is_alpha(rest->ptr[0]);
    for (size_t i = 0; i < len; i++)
        good = good && (is_alpha(rest->ptr[i]) || is_digit(rest->ptr[i]) ||
                        strchr("+-.", rest->ptr[i]) != NULL);
    if (!good || !view_starts_with(view_skip(*rest, len), VIEW("://")))
        return error_set(err, ERROR_SETTING, 0, "not a URL: it does not begin with \"scheme://\"");
    cut->scheme = take(rest, len);
    *rest = view_skip(*rest, 3);
    return 0;
}

static bool is_http(struct view scheme)
{
    return (scheme.len == 4 || scheme.len == 5) &&
           strncasecmp(scheme.ptr, "https", scheme.len) == 0;
}

/* Where the "@" behind user and password is; -1 without one. RFC 3986 ends the authority at the
 * first
 * "/", "?" or "#". SQLAlchemy lets a password run up to the first "@" whatever it contains; that is
 * followed for database URLs, else a part of such a password would pass for a path and be shown. */
static ssize_t find_at(struct view rest, bool http)
{
    size_t end = span_until(rest, "/?#");
    size_t colon = http || !rest.len || rest.ptr[0] == '[' ? rest.len : span_until(rest, ":/");
    if (colon < rest.len && rest.ptr[colon] == ':') {
        size_t at = colon + span_until(view_skip(rest, colon), "@");
        if (at < rest.len)
            return (ssize_t)at;
    }
    const char *at = end ? memrchr(rest.ptr, '@', end) : NULL;
    return at ? at - rest.ptr : -1;
}

static void cut_user(struct view *rest, struct url_cut *cut)
{
    ssize_t at = find_at(*rest, is_http(cut->scheme));
    if (at < 0)
        return;
    struct view info = take(rest, (size_t)at);
    *rest = view_skip(*rest, 1);
    cut->user = take(&info, span_until(info, ":"));
    cut->has_password = info.len > 0;
    cut->password = view_skip(info, 1);
}

/* None of the messages quotes what it is about: a password that is not encoded as it should be can
 * end up in any part. */
static int cut_host(struct view *rest, struct url_cut *cut, struct error *err)
{
    struct view authority = take(rest, span_until(*rest, "/?#"));
    bool literal = authority.len && authority.ptr[0] == '[';
    if (literal) {
        size_t end = span_until(authority, "]");
        if (end == authority.len)
            return error_set(err, ERROR_SETTING, 0, "the host of the URL lacks its \"]\"");
        cut->host = view_skip(take(&authority, end), 1);
        authority = view_skip(authority, 1);
    } else {
        cut->host = take(&authority, span_until(authority, ":"));
    }
    for (size_t i = 0; i < cut->host.len; i++) {
        char c = cut->host.ptr[i];
        bool good = literal ? hex_value(c) >= 0 || strchr(":.", c)
                            : is_alpha(c) || is_digit(c) || strchr("-._", c);
        if (!good)
            return error_set(
                err, ERROR_SETTING, 0,
                "the host of the URL has a character that no host name has (in user and "
                "password, write \"@\" as %%40, \"/\" as %%2F, \":\" as %%3A)");
    }
    if (literal && !cut->host.len)
        return error_set(err, ERROR_SETTING, 0, "the host of the URL is empty");
    if (authority.len && authority.ptr[0] != ':')
        return error_set(err, ERROR_SETTING, 0,
                         "the URL has something other than a port behind its host");
    cut->port = view_skip(authority, 1);
    return 0;
}

static int parse_port(struct view text, int *port, struct error *err)
{
    int value = 0;
    bool good = text.len <= 5;
    for (size_t i = 0; good && i < text.len; i++) {
        good = is_digit(text.ptr[i]);
        value = value * 10 + (text.ptr[i] - '0');
    }
    if (!good || value > 65535 || (text.len && !value))
        return error_set(
            err, ERROR_SETTING, 0,
            "the port of the URL is not a number from 1 to 65535 (in user and password, "
            "write \"@\" as %%40, \"/\" as %%2F, \":\" as %%3A)");
    *port = value;
    return 0;
}

static int cut_path(struct view *rest, struct url_cut *cut, struct error *err)
{
    if (is_http(cut->scheme) && memchr(rest->ptr, '#', rest->len))
        return error_set(err, ERROR_SETTING, 0,
                         "the URL has a fragment (\"#...\"), which means nothing here");
    cut->path = take(rest, span_until(*rest, "?"));
    cut->query = view_skip(*rest, 1);
    return 0;
}

static int check_text(struct view text, struct error *err)
{
    if (text.len > URL_LENGTH_MAX)
        return error_set(err, ERROR_SETTING, 0, "the URL is longer than %d bytes", URL_LENGTH_MAX);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            return error_set(err, ERROR_SETTING, 0, "the URL has a control character at byte %zu",
                             i + 1);
    return 0;
}

static int cut_all(struct view text, struct url_cut *cut, int *port, struct error *err)
{
    if (check_text(text, err) || cut_scheme(&text, cut, err))
        return -1;
    cut_user(&text, cut);
    if (cut_host(&text, cut, err) || parse_port(cut->port, port, err) || cut_path(&text, cut, err))
        return -1;
    return 0;
}

int url_parse(struct view text, struct url *url, struct error *err)
{
    struct url_cut cut = {0};
    int port = 0;
    if (cut_all(text, &cut, &port, err) < 0)
        return -1;

    struct url out = {
        .scheme = lower_copy(cut.scheme),
        .user = url_decode(cut.user, false),
        .password = cut.has_password ? url_decode(cut.password, false) : NULL,
        .host = lower_copy(cut.host),
        .port = port,
        .path = url_decode(cut.path, false),
        .query = xstrndup(cut.query.ptr, cut.query.len),
    };
    if (!out.user || !out.path || (cut.has_password && !out.password)) {
        url_release(&out);
        return error_set(err, ERROR_SETTING, 0, "the URL contains %%00");
    }
    *url = out;
    return 0;
}

int url_append_without_password(struct buf *out, struct view text, struct error *err)
{
    struct url_cut cut = {0};
    int port;
    if (cut_all(text, &cut, &port, err) < 0)
        return -1;
    if (!cut.has_password) {
        buf_append_view(out, text);
        return 0;
    }
    const char *colon = cut.password.ptr - 1;
    buf_append_view(out, view_between(text.ptr, colon));
    buf_append_view(out, view_between(cut.password.ptr + cut.password.len, text.ptr + text.len));
    return 0;
}

char *url_query(const struct url *url, const char *name)
{
    struct view rest = view_str(url->query);
    while (rest.len) {
        struct view pair = take(&rest, span_until(rest, "&"));
        rest = view_skip(rest, 1);
        cleanup_free char *key = url_decode(take(&pair, span_until(pair, "=")), true);
        if (key && strcmp(key, name) == 0)
            return url_decode(view_skip(pair, 1), true);
    }
    return NULL;
}

void url_release(struct url *url)
{
    if (url->password)
        explicit_bzero(url->password, strlen(url->password));
    free(url->scheme);
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->path);
    free(url->query);
    *url = (struct url){0};
}

static bool is_unreserved(char c)
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void url_encode(struct view text, const char *keep, struct buf *out)
{
    static const char hex_digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (is_unreserved((char)c) || (c && strchr(keep, c)))
            buf_append_char(out, (char)c);
        else
            buf_append(out, (char[]){'%', hex_digits[c >> 4], hex_digits[c & 15]}, 3);
    }
}

static bool has_scheme(struct view location)
{
    size_t len = 0;
    while (len < location.len && (is_alpha(location.ptr[len]) || is_digit(location.ptr[len])))
        len++;
    return len && view_starts_with(view_skip(location, len), VIEW("://"));
}

/* How much of `base` stays in front of a reference that is no URL by itself. */
static size_t kept_of(struct view base, struct view location)
{
    size_t scheme = span_until(base, ":") + 1;
    size_t authority = scheme + 2 + span_until(view_skip(base, scheme + 2), "/?");
    size_t path = authority + span_until(view_skip(base, authority), "?");
    if (view_starts_with(location, VIEW("//")))
        return scheme;
    if (!location.len)
        return base.len;
    if (location.ptr[0] == '/')
        return authority;
    if (location.ptr[0] == '?')
        return path;
    while (path > authority && base.ptr[path - 1] != '/')
        path--;
    return path;
}

void url_resolve(struct view base, struct view location, struct buf *out)
{
    location.len = span_until(location, "#");
    size_t kept = has_scheme(location) ? 0 : kept_of(base, location);
    buf_append(out, base.ptr, kept);
    bool relative = kept && location.len && !strchr("/?", location.ptr[0]);
    if (relative && base.ptr[kept - 1] != '/') /* "http://host" */
        buf_append_char(out, '/');
    buf_append_view(out, location);
}
