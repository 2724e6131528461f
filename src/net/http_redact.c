#include "net/http_redact.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define BODY_SHOWN_MAX ((size_t)4 << 10)
#define BODY_READ_MAX ((size_t)8 << 20)
#define HIDDEN "***"

static bool is_one_of(struct view name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == name.len && strncasecmp(names[i], name.ptr, name.len) == 0)
            return true;
    return false;
}

static bool contains(struct view text, const char *part)
{
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++)
        if (strncasecmp(text.ptr + i, part, len) == 0)
            return true;
    return false;
}

/* Members of bodies and parameters of queries. Parts of names, since services spell them in many
 * ways; a paging token is hidden along with the others. */
static bool is_secret(struct view name)
{
    static const char *const parts[] = {"secret",     "token",         "password",   "signature",
                                        "credential", "authorization", "passphrase", "private"};
    /* The value of a parameter, of SSM and of CloudFormation; what statements of a sink carry; half
     * of a pair of keys; a signature of Azure's blob store, to which registries redirect. */
    static const char *const names[] = {"value", "parametervalue", "args", "bulk_args",
                                        "auth",  "accesskeyid",    "sig"};
    /* They tell which secret, not what it is. */
    static const char *const harmless[] = {"secretid", "secretarn", "tokentype"};
    if (is_one_of(name, harmless, ARRAY_LEN(harmless)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (contains(name, parts[i]))
            return true;
    return is_one_of(name, names, ARRAY_LEN(names));
}

/* "ParameterValue" of "Parameters.member.1.ParameterValue". */
static struct view last_part(struct view name)
{
    const char *dot = memrchr(name.ptr, '.', name.len);
    return dot ? view_skip(name, (size_t)(dot - name.ptr) + 1) : name;
}

/* "a=b&c=d", of a query or a form. A name may be percent-encoded to the point of not being known:
 * then its value is hidden, too. */
static void redact_form(struct view form, struct buf *out)
{
    while (form.len) {
        const char *end = memchr(form.ptr, '&', form.len);
        struct view pair = end ? view_between(form.ptr, end) : form;
        const char *equals = memchr(pair.ptr, '=', pair.len);
        struct view name = equals ? view_between(pair.ptr, equals) : pair;
        form = view_skip(form, pair.len + 1);
        buf_append_view(out, name);
        if (equals &&
            (is_secret(name) || is_secret(last_part(name)) || memchr(name.ptr, '%', name.len)))
            buf_append_str(out, "=" HIDDEN);
        else
            buf_append_view(out, view_skip(pair, name.len));
        if (end)
            buf_append_char(out, '&');
    }
}

void http_redact_url(struct view url, struct buf *out)
{
    const char *question = memchr(url.ptr, '?', url.len);
    struct view place = question ? view_between(url.ptr, question) : url;
    const char *scheme = memmem(place.ptr, place.len, "://", 3);
    const char *host = scheme ? scheme + 3 : place.ptr;
    const char *slash = memchr(host, '/', (size_t)(place.ptr + place.len - host));
    const char *end = slash ? slash : place.ptr + place.len;
    const char *at = memrchr(host, '@', (size_t)(end - host));
    buf_append_view(out, view_between(place.ptr, host));
    if (at)
        buf_append_str(out, HIDDEN);
    buf_append_view(out, view_between(at ? at : host, place.ptr + place.len));
    if (question) {
        buf_append_char(out, '?');
        redact_form(view_skip(url, place.len + 1), out);
    }
}

static void redact_authorization(struct view value, struct buf *out)
{
    static const struct view sigv4 = VIEW("AWS4-HMAC-SHA256 ");
    const char *signature = memmem(value.ptr, value.len, "Signature=", strlen("Signature="));
    const char *space = memchr(value.ptr, ' ', value.len);
    if (view_starts_with(value, sigv4) && signature)
        buf_append_view(out, view_between(value.ptr, signature + strlen("Signature=")));
    else if (space)
        buf_append_view(out, view_between(value.ptr, space + 1));
    buf_append_str(out, HIDDEN);
}

void http_redact_header(struct view name, struct view value, struct buf *out)
{
    static const char *const authorizations[] = {"authorization", "proxy-authorization"};
    static const char *const urls[] = {"location", "referer", "link"};
    if (is_one_of(name, authorizations, ARRAY_LEN(authorizations)))
        redact_authorization(value, out);
    else if (is_one_of(name, urls, ARRAY_LEN(urls)))
        http_redact_url(value, out);
    else if (contains(name, "cookie") || (is_secret(name) && !contains(name, "ttl")))
        buf_append_str(out, HIDDEN);
    else
        buf_append_view(out, value);
}

/* Whether it begins like one. */
static bool is_url(struct view text)
{
    const char *colon = memchr(text.ptr, ':', text.len);
    size_t len = colon ? (size_t)(colon - text.ptr) : 0;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text.ptr[i]) && !strchr("+-.", text.ptr[i]))
            return false;
    return len && view_starts_with(view_skip(text, len), VIEW("://"));
}

/* URLs of sinks have passwords, others are signed. */
static void redact_text(json_t *value)
{
    struct view text = view_of(json_string_value(value), json_string_length(value));
    cleanup_secret struct buf shown = BUF_INIT(2 * BODY_READ_MAX);
    if (!is_url(text))
        return;
    http_redact_url(text, &shown);
    json_string_setn(value, buf_str(&shown), shown.len);
}

static void redact_json(json_t *value)
{
    const char *name;
    size_t index;
    json_t *member;
    if (json_is_string(value))
        redact_text(value);
    json_array_foreach(value, index, member) redact_json(member);
    json_object_foreach(value, name, member)
    {
        if (is_secret(view_str(name)))
            json_object_set_new(value, name, json_string(HIDDEN));
        else
            redact_json(member);
    }
}

static bool append_json(struct view body, struct buf *out)
{
    json_t *value = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (!value)
        return false;
    redact_json(value);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text) {
        buf_append_str(out, text);
        explicit_bzero(text, strlen(text));
    }
    free(text);
    json_decref(value);
    return text != NULL;
}

/* The name of a tag that begins at '<'; empty for an end tag and for what is no element. */
static struct view tag_name(struct view tag)
{
    size_t len = 1;
    while (len < tag.len && !strchr(" \t\r\n/>!?", tag.ptr[len]))
        len++;
    return view_of(tag.ptr + 1, len - 1);
}

/* Where the element ends, "</name" being the next one of that name; the end without one. */
static struct view skip_element(struct view rest, struct view name)
{
    while (rest.len) {
        if (rest.len > name.len + 2 && rest.ptr[0] == '<' && rest.ptr[1] == '/' &&
            memcmp(rest.ptr + 2, name.ptr, name.len) == 0)
            return rest;
        rest = view_skip(rest, 1);
    }
    return rest;
}

static bool append_xml(struct view body, struct buf *out)
{
    while (body.len) {
        const char *tag = memchr(body.ptr, '<', body.len);
        struct view text = tag ? view_between(body.ptr, tag) : body;
        buf_append_view(out, text);
        body = view_skip(body, text.len);
        const char *close = memchr(body.ptr, '>', body.len);
        if (!close)
            return !body.len;
        struct view whole = view_between(body.ptr, close + 1);
        struct view name = tag_name(whole);
        buf_append_view(out, whole);
        body = view_skip(body, whole.len);
        if (is_secret(name) && whole.ptr[whole.len - 2] != '/') {
            buf_append_str(out, HIDDEN);
            body = skip_element(body, name);
        }
    }
    return true;
}

static bool append_form(struct view body, struct buf *out)
{
    redact_form(body, out);
    return true;
}

void http_redact_body(struct view content_type, struct view body, struct buf *out)
{
    static const struct {
        const char *part; /* of the content type */
        bool (*append)(struct view body, struct buf *out);
    } forms[] = {{"json", append_json}, {"xml", append_xml}, {"urlencoded", append_form}};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        cleanup_secret struct buf text = BUF_INIT(BODY_READ_MAX);
        if (!contains(content_type, forms[i].part) || body.len > BODY_READ_MAX ||
            !forms[i].append(body, &text))
            continue;
        size_t shown = text.len < BODY_SHOWN_MAX ? text.len : BODY_SHOWN_MAX;
        buf_append(out, buf_str(&text), shown);
        if (shown < text.len)
            buf_printf(out, "... (%zu bytes)", text.len);
        return;
    }
    buf_printf(out, "(%zu bytes)", body.len);
}
