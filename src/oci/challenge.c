#include "oci/challenge.h"

#include <strings.h>

#include "net/http.h"

#define TEXT_CAP ((size_t)8 << 10)

static bool equals(struct view text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* RFC 9110 section 5.6.2. */
static struct view take_token(struct view *rest)
{
    size_t len = 0;
    while (len < rest->len && (unsigned char)rest->ptr[len] > ' ' &&
           (unsigned char)rest->ptr[len] < 0x7F && !strchr("\"(),/:;<=>?@[\\]{}", rest->ptr[len]))
        len++;
    struct view token = {rest->ptr, len};
    *rest = view_skip(*rest, len);
    return token;
}

/* Spaces, and the commas of a list, empty elements included. */
static void skip_over(struct view *rest, const char *set)
{
    while (rest->len && rest->ptr[0] && strchr(set, rest->ptr[0]))
        *rest = view_skip(*rest, 1);
}

/* Behind the opening quote. False if there is no closing one. */
static bool take_quoted(struct view *rest, struct buf *out)
{
    while (rest->len && rest->ptr[0] != '"') {
        if (rest->ptr[0] == '\\')
            *rest = view_skip(*rest, 1);
        if (!rest->len)
            return false;
        buf_append_char(out, rest->ptr[0]);
        *rest = view_skip(*rest, 1);
    }
    bool closed = rest->len > 0;
    *rest = view_skip(*rest, 1);
    return closed;
}

/* A parameter's value, a token or a quoted string; `out` may be NULL. */
static bool take_value(struct view *rest, struct buf *out)
{
    cleanup_buf struct buf value = BUF_INIT(TEXT_CAP);
    skip_over(rest, " \t");
    if (rest->len && rest->ptr[0] == '"') {
        *rest = view_skip(*rest, 1);
        if (!take_quoted(rest, &value))
            return false;
    } else {
        buf_append_view(&value, take_token(rest));
    }
    if (value.overflow)
        return false;
    if (out) {
        buf_clear(out);
        buf_append_view(out, buf_view(&value));
    }
    return true;
}

/* "Basic", "Bearer" or another; the parameters that follow belong to it. */
static void begin(struct challenge *one, struct view scheme)
{
    challenge_release(one);
    one->scheme = equals(scheme, "basic")    ? CHALLENGE_BASIC
                  : equals(scheme, "bearer") ? CHALLENGE_BEARER
                                             : CHALLENGE_NONE;
    one->realm = one->service = BUF_INIT(TEXT_CAP);
}

/* Keeps it if it is better than the best so far. */
static void end(struct challenge *one, struct challenge *best)
{
    bool usable = one->scheme != CHALLENGE_BEARER || one->realm.len;
    if (usable && one->scheme > best->scheme) {
        challenge_release(best);
        *best = *one;
        *one = (struct challenge){0};
    }
    challenge_release(one);
}

/* One word and what belongs to it: a parameter, or the scheme of the next challenge. False at the
 * end, or where sense ends. */
static bool take_element(struct view *rest, struct challenge *one, struct challenge *best)
{
    skip_over(rest, " \t,");
    struct view word = take_token(rest);
    if (!word.len)
        return false;
    struct view behind = *rest;
    skip_over(&behind, " \t");
    if (behind.len && behind.ptr[0] == '=') { /* a parameter */
        *rest = view_skip(behind, 1);
        return take_value(rest, equals(word, "realm")     ? &one->realm
                                : equals(word, "service") ? &one->service
                                                          : NULL);
    }
    end(one, best);
    begin(one, word);
    return true;
}

void challenge_read(struct view header, struct challenge *challenge)
{
    struct challenge best = {0};
    struct view value;
    while (http_next_header(&header, "www-authenticate", &value)) {
        struct challenge one __attribute__((cleanup(challenge_release))) = {0};
        begin(&one, VIEW(""));
        while (take_element(&value, &one, &best))
            ;
        end(&one, &best);
    }
    *challenge = best;
}

void challenge_release(struct challenge *challenge)
{
    buf_release(&challenge->realm);
    buf_release(&challenge->service);
    *challenge = (struct challenge){0};
}
