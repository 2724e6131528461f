#include "oci/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/parse.h"
#include "oci/digest.h"

#define NAME_MAX_LEN 255 /* registry and repository [distribution/reference] */
#define TAG_MAX 128
#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define QUOTED_MAX 100

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool consists_of(struct view text, const char *set)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_one_of(text.ptr[i], set))
            return false;
    return text.len > 0;
}

/* Takes the text before the first `separator` off `rest`, and that, too. */
static struct view cut(struct view *rest, char separator)
{
    const char *end = memchr(rest->ptr, separator, rest->len);
    struct view head = end ? view_between(rest->ptr, end) : *rest;
    *rest = view_skip(*rest, head.len + 1);
    return head;
}

/* "a", "a_b", "a__b", "a.b", "a--b": separators between letters or digits only. */
static bool is_path_component(struct view text)
{
    static const char alphanumeric[] = LOWER DIGITS;
    size_t i = 0;
    while (i < text.len) {
        size_t begin = i;
        while (i < text.len && is_one_of(text.ptr[i], alphanumeric))
            i++;
        if (i == begin)
            return false;
        if (i == text.len)
            return true;
        char separator = text.ptr[i];
        size_t most = separator == '.' ? 1 : separator == '_' ? 2 : separator == '-' ? text.len : 0;
        for (begin = i; i < text.len && text.ptr[i] == separator;)
            i++;
        if (i - begin > most)
            return false;
    }
    return false;
}

static bool is_repository(struct view text)
{
    for (bool more = true; more;) {
        more = memchr(text.ptr, '/', text.len) != NULL;
        if (!is_path_component(cut(&text, '/')))
            return false;
    }
    return true;
}

static bool is_host_name(struct view text)
{
    for (bool more = true; more;) {
        more = memchr(text.ptr, '.', text.len) != NULL;
        struct view label = cut(&text, '.');
        if (!consists_of(label, LOWER UPPER DIGITS "-") || label.ptr[0] == '-' ||
            label.ptr[label.len - 1] == '-')
            return false;
    }
    return true;
}

static bool is_port(struct view text)
{
    return consists_of(text, DIGITS) && parse_int64(text, 1, 65535, &(int64_t){0}, NULL) == 0;
}

/* "host", "host:port", "[v6]", "[v6]:port" */
static bool is_registry(struct view text)
{
    struct view host, behind;
    const char *end;
    if (text.len && text.ptr[0] == '[') {
        end = memchr(text.ptr, ']', text.len);
        host = end ? view_between(text.ptr + 1, end) : VIEW("");
        behind = view_skip(text, host.len + 2);
        if (!consists_of(host, DIGITS "abcdefABCDEF:."))
            return false;
    } else {
        end = memchr(text.ptr, ':', text.len);
        host = end ? view_between(text.ptr, end) : text;
        behind = view_skip(text, host.len);
        if (!is_host_name(host))
            return false;
    }
    return !behind.len || (behind.ptr[0] == ':' && is_port(view_skip(behind, 1)));
}

static bool is_tag(struct view text)
{
    return text.len <= TAG_MAX && consists_of(text, LOWER UPPER DIGITS "_.-") &&
           text.ptr[0] != '.' && text.ptr[0] != '-';
}

/* Whether the first component of a name is a registry: only those look like one. */
static bool looks_like_registry(struct view text)
{
    return memchr(text.ptr, '.', text.len) || memchr(text.ptr, ':', text.len) ||
           view_equal(text, VIEW("localhost"));
}

/* A reference, cut at its punctuation. */
struct parts {
    struct view registry, repository, tag, digest;
    bool has_tag, has_digest;
};

static void cut_reference(struct view text, struct parts *parts)
{
    parts->has_digest = memchr(text.ptr, '@', text.len) != NULL;
    struct view name = cut(&text, '@');
    parts->digest = text;
    parts->registry = cut(&name, '/');
    parts->has_tag = memchr(name.ptr, ':', name.len) != NULL;
    parts->repository = cut(&name, ':');
    parts->tag = name;
}

/* What is wrong; NULL: nothing. */
static const char *find_fault(const struct parts *parts)
{
    struct oci_digest digest;
    if (!parts->repository.len || !looks_like_registry(parts->registry))
        return "it has to begin with the registry's host, as in registry.example/name:tag";
    if (!is_registry(parts->registry))
        return "its registry is no host name or address with or without a port";
    if (parts->registry.len + 1 + parts->repository.len > NAME_MAX_LEN)
        return "it is longer than 255 characters";
    if (!is_repository(parts->repository))
        return "a repository has lower case letters and digits, with \".\", \"_\", \"__\" or \"-\" "
               "between them, in parts separated by \"/\"";
    if (parts->has_tag && !is_tag(parts->tag))
        return "a tag has up to 128 letters, digits, \"_\", \".\" and \"-\", and does not begin "
               "with the last two";
    if (parts->has_digest && !oci_digest_parse(parts->digest, &digest))
        return "a digest is \"sha256:\" and 64 hexadecimal digits in lower case";
    return NULL;
}

static char *copy(struct view text)
{
    return xstrndup(text.ptr, text.len);
}

int oci_reference_parse(struct view text, struct oci_reference *reference, struct error *err)
{
    struct parts parts;
    cut_reference(text, &parts);
    const char *fault = find_fault(&parts);
    if (fault) {
        cleanup_buf struct buf quoted = BUF_INIT(QUOTED_MAX);
        buf_append(&quoted, text.ptr, text.len < QUOTED_MAX ? text.len : QUOTED_MAX);
        buf_defuse(&quoted);
        return error_set(err, ERROR_INPUT, 0, "\"%s\" is no image reference: %s", buf_str(&quoted),
                         fault);
    }
    *reference = (struct oci_reference){
        .registry = copy(parts.registry),
        .repository = copy(parts.repository),
        .tag = parts.has_tag      ? copy(parts.tag)
               : parts.has_digest ? NULL
                                  : xstrdup("latest"),
        .digest = parts.has_digest ? copy(parts.digest) : NULL,
    };
    return 0;
}

void oci_reference_release(struct oci_reference *reference)
{
    free(reference->registry);
    free(reference->repository);
    free(reference->tag);
    free(reference->digest);
    *reference = (struct oci_reference){0};
}
