#include "aws/canonical.h"

#include <stdlib.h>

#include "base/memory.h"
#include "net/url.h"

static void append_encoded(char c, const char *keep, struct buf *out)
{
    url_encode(view_of(&c, 1), keep, out);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at the start of `text` stands for, or -1. */
static int percent_byte(struct view text)
{
    if (text.len < 3 || text.ptr[0] != '%')
        return -1;
    int high = hex_value(text.ptr[1]), low = hex_value(text.ptr[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Takes the text before the first `separator` off `rest`; false at the end. A last empty piece
 * counts. */
static bool next_piece(struct view *rest, char separator, struct view *piece)
{
    if (!rest->ptr)
        return false;
    const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    *piece = at ? view_between(rest->ptr, at) : *rest;
    *rest = at ? view_skip(*rest, piece->len + 1) : (struct view){0};
    return true;
}

/* Takes "/segment" off the end of what was appended since `begin`. */
static void drop_segment(struct buf *out, size_t begin)
{
    if (out->len == begin)
        return;
    const char *slash = memrchr(out->ptr + begin, '/', out->len - begin);
    out->len = (size_t)(slash - out->ptr);
    out->ptr[out->len] = '\0';
}

static void append_normalized(struct view path, struct buf *out)
{
    size_t begin = out->len;
    bool slash = path.ptr[path.len - 1] == '/';
    for (struct view segment; next_piece(&path, '/', &segment);) {
        if (segment.len == 0 || view_equal(segment, VIEW(".")))
            continue;
        if (view_equal(segment, VIEW(".."))) {
            drop_segment(out, begin);
            continue;
        }
        buf_append_char(out, '/');
        url_encode(segment, "", out);
    }
    if (out->len == begin || slash)
        buf_append_char(out, '/');
}

void canonical_path(struct view path, bool normalize, struct buf *out)
{
    if (path.len == 0)
        buf_append_char(out, '/');
    else if (normalize)
        append_normalized(path, out);
    else
        url_encode(path, "/", out);
}

void canonical_path_once(struct view path, struct buf *out)
{
    if (path.len == 0)
        buf_append_char(out, '/');
    for (; path.len; path = view_skip(path, 1))
        append_encoded(path.ptr[0], percent_byte(path) >= 0 ? "%" : "/", out);
}

/* One parameter, in canonical form, in the buffer that holds them all. */
struct parameter {
    size_t name, name_len;
    size_t value, value_len;
};

static void append_recoded(struct view text, struct buf *out)
{
    while (text.len) {
        int byte = percent_byte(text);
        append_encoded(byte < 0 ? text.ptr[0] : (char)byte, "", out);
        text = view_skip(text, byte < 0 ? 1 : 3);
    }
}

static int compare_parameters(const void *a, const void *b, void *text)
{
    const struct parameter *x = a, *y = b;
    const char *base = text;
    int order =
        view_compare(view_of(base + x->name, x->name_len), view_of(base + y->name, y->name_len));
    return order ? order
                 : view_compare(view_of(base + x->value, x->value_len),
                                view_of(base + y->value, y->value_len));
}

static struct parameter recode_parameter(struct view piece, struct buf *text)
{
    const char *equals = memchr(piece.ptr, '=', piece.len);
    size_t name_len = equals ? (size_t)(equals - piece.ptr) : piece.len;
    struct parameter parameter = {.name = text->len};
    append_recoded(view_of(piece.ptr, name_len), text);
    parameter.name_len = text->len - parameter.name;
    parameter.value = text->len;
    append_recoded(view_skip(piece, name_len + 1), text);
    parameter.value_len = text->len - parameter.value;
    return parameter;
}

void canonical_query(struct view query, struct buf *out)
{
    size_t count = 0;
    cleanup_buf struct buf text = BUF_INIT(out->cap);
    cleanup_free struct parameter *parameters = xcalloc(query.len + 1, sizeof(*parameters));
    for (struct view piece; next_piece(&query, '&', &piece);)
        if (piece.len)
            parameters[count++] = recode_parameter(piece, &text);
    out->overflow |= text.overflow;
    qsort_r(parameters, count, sizeof(*parameters), compare_parameters, text.ptr);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_append_char(out, '&');
        buf_append(out, text.ptr + parameters[i].name, parameters[i].name_len);
        buf_append_char(out, '=');
        buf_append(out, text.ptr + parameters[i].value, parameters[i].value_len);
    }
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

int canonical_compare_names(struct view a, struct view b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return lower(a.ptr[i]) - lower(b.ptr[i]);
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_headers(const void *a, const void *b)
{
    const struct canonical_header *x = a, *y = b;
    int order = canonical_compare_names(x->name, y->name);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

void canonical_sort_headers(struct canonical_header *headers, size_t count)
{
    qsort(headers, count, sizeof(*headers), compare_headers);
}

static void append_lower(struct view name, struct buf *out)
{
    for (size_t i = 0; i < name.len; i++)
        buf_append_char(out, lower(name.ptr[i]));
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void append_trimmed(struct view value, struct buf *out)
{
    bool space = false, any = false;
    for (size_t i = 0; i < value.len; i++) {
        if (is_space(value.ptr[i])) {
            space = any;
            continue;
        }
        if (space)
            buf_append_char(out, ' ');
        buf_append_char(out, value.ptr[i]);
        space = false;
        any = true;
    }
}

void canonical_headers(const struct canonical_header *headers, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || canonical_compare_names(headers[i - 1].name, headers[i].name) != 0;
        bool last =
            i + 1 == count || canonical_compare_names(headers[i].name, headers[i + 1].name) != 0;
        if (first)
            append_lower(headers[i].name, out);
        buf_append_char(out, first ? ':' : ',');
        append_trimmed(headers[i].value, out);
        if (last)
            buf_append_char(out, '\n');
    }
}

void canonical_signed_headers(const struct canonical_header *headers, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i && canonical_compare_names(headers[i - 1].name, headers[i].name) == 0)
            continue;
        if (i)
            buf_append_char(out, ';');
        append_lower(headers[i].name, out);
    }
}

bool canonical_header_signable(struct view name)
{
    static const char *const altered[] = {
        "authorization", "connection",        "expect",  "keep-alive", "proxy-authorization", "te",
        "trailer",       "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    };
    for (size_t i = 0; i < ARRAY_LEN(altered); i++)
        if (canonical_compare_names(name, view_str(altered[i])) == 0)
            return false;
    return true;
}
