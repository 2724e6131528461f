#include "net/http1.h"

#include <errno.h>
#include <strings.h>

#include "base/memory.h"

#define LINE_CAP ((size_t)16 << 10)
#define HEAD_CAP ((size_t)64 << 10)

int http1_write_head(const struct http_request *request, const struct http_origin *origin,
                     struct buf *out, struct error *err)
{
    bool rooted = origin->target.len && origin->target.ptr[0] == '/';
    buf_printf(out, "%s %s%.*s HTTP/1.1\r\nHost: %s\r\n", request->method, rooted ? "" : "/",
               VIEW_ARG(origin->target), origin->authority);
    if (!http_request_has_header(request, "user-agent"))
        buf_append_str(out, "User-Agent: lorry/" LORRY_VERSION "\r\n");
    for (size_t i = 0; i < request->header_count; i++) {
        buf_append_view(out, request->headers[i].name);
        buf_append_str(out, ": ");
        buf_append_view(out, request->headers[i].value);
        buf_append_str(out, "\r\n");
    }
    if (http_request_has_body(request))
        buf_printf(out, "Content-Length: %zu\r\n", request->body.len);
    buf_append_str(out, "\r\n");
    if (out->overflow)
        return error_set(err, ERROR_INPUT, 0, "the head of the request is larger than %zu bytes",
                         out->cap);
    return 0;
}

void http1_reader_init(struct http1_reader *reader, struct http_response *response, bool to_head)
{
    *reader = (struct http1_reader){
        .state = HTTP1_STATUS_LINE,
        .response = response,
        .to_head = to_head,
        .line = BUF_INIT(LINE_CAP),
    };
}

void http1_reader_release(struct http1_reader *reader)
{
    buf_release(&reader->line);
}

static int malformed(struct error *err, const char *what)
{
    return error_set_retry(err, ERROR_NET, EPROTO, "the answer is not HTTP/1.1: %s", what);
}

static int too_large(const struct http1_reader *reader, struct error *err)
{
    return error_set(err, ERROR_NET, EMSGSIZE, "the answer is larger than %zu bytes",
                     reader->response->body.cap);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool equals_ignoring_case(struct view v, const char *text)
{
    return v.len == strlen(text) && strncasecmp(v.ptr, text, v.len) == 0;
}

/* "HTTP/1.x NNN[ reason]" */
static int read_status_line(struct http1_reader *reader, struct view line, struct error *err)
{
    const char *p = line.ptr;
    if (line.len < 12 || !view_starts_with(line, VIEW("HTTP/1.")) || !is_digit(p[7]) ||
        p[8] != ' ' || p[9] < '1' || p[9] > '9' || !is_digit(p[10]) || !is_digit(p[11]) ||
        (line.len > 12 && p[12] != ' '))
        return malformed(err, "its first line is no status line");
    reader->response->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
    if (reader->response->status == 101)
        return malformed(err, "it switches protocols, which was not asked for");
    reader->keep = p[7] != '0';
    reader->chunked = reader->has_length = false;
    reader->state = HTTP1_HEADER_LINE;
    return 0;
}

static int take_length(struct http1_reader *reader, struct view value, struct error *err)
{
    uint64_t length = 0;
    bool good = value.len > 0 && value.len <= 18;
    for (size_t i = 0; good && i < value.len; i++) {
        good = is_digit(value.ptr[i]);
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    if (!good || (reader->has_length && length != reader->left))
        return malformed(err, "bad content-length");
    reader->has_length = true;
    reader->left = length;
    return 0;
}

static int take_encoding(struct http1_reader *reader, struct view value, struct error *err)
{
    if (reader->chunked || !equals_ignoring_case(value, "chunked"))
        return malformed(err, "a transfer-encoding other than chunked");
    reader->chunked = true;
    return 0;
}

static int take_connection(struct http1_reader *reader, struct view value, struct error *err)
{
    (void)err;
    while (value.len) {
        const char *comma = memchr(value.ptr, ',', value.len);
        struct view option = {value.ptr, comma ? (size_t)(comma - value.ptr) : value.len};
        value = view_skip(value, option.len + 1);
        option = view_trim(option);
        if (equals_ignoring_case(option, "close"))
            reader->keep = false;
        else if (equals_ignoring_case(option, "keep-alive"))
            reader->keep = true;
    }
    return 0;
}

static const struct {
    const char *name;
    int (*take)(struct http1_reader *reader, struct view value, struct error *err);
} FRAMING[] = {
    {"connection", take_connection},
    {"content-length", take_length},
    {"transfer-encoding", take_encoding},
};

static bool is_name(struct view name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= 0x20 || c >= 0x7F || strchr("\"(),/;<=>?@[\\]{}", c))
            return false;
    }
    return name.len > 0;
}

static bool is_value(struct view value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static int read_header(struct http1_reader *reader, struct view line, struct error *err)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    struct view name = {line.ptr, colon ? (size_t)(colon - line.ptr) : 0};
    struct view value = colon ? view_trim(view_skip(line, name.len + 1)) : name;
    if (!is_name(name) || !is_value(value))
        return malformed(err, "bad header line");
    if (reader->state == HTTP1_TRAILER_LINE)
        return 0;
    struct buf *header = &reader->response->header;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        buf_append_char(header, c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c);
    }
    buf_append_str(header, ": ");
    buf_append_view(header, value);
    buf_append_char(header, '\n');
    if (header->overflow)
        return malformed(err, "too many header lines");
    for (size_t i = 0; i < ARRAY_LEN(FRAMING); i++)
        if (equals_ignoring_case(name, FRAMING[i].name))
            return FRAMING[i].take(reader, value, err);
    return 0;
}

static void finish(struct http1_reader *reader)
{
    reader->state = HTTP1_DONE;
    reader->done = true;
}

static int begin_counted(struct http1_reader *reader, struct error *err)
{
    struct buf *body = &reader->response->body;
    if (reader->left > body->cap && !reader->in_pieces)
        return too_large(reader, err);
    reader->state = HTTP1_BODY_COUNTED;
    if (reader->left == 0)
        finish(reader);
    else if (!reader->in_pieces)
        buf_reserve(body, (size_t)reader->left); /* once, instead of by doubling */
    return 0;
}

/* The empty line behind the headers: RFC 9112 section 6.3 says what follows. */
static int end_head(struct http1_reader *reader, struct error *err)
{
    int status = reader->response->status;
    if (status < 200) {
        buf_clear(&reader->response->header);
        reader->response->status = 0;
        reader->state = HTTP1_STATUS_LINE;
        return 0;
    }
    /* Both: one of the two was not meant for us. */
    if (reader->chunked && reader->has_length)
        reader->keep = false;
    if (reader->to_head || status == 204 || status == 304) {
        finish(reader);
    } else if (reader->chunked) {
        reader->state = HTTP1_CHUNK_SIZE;
    } else if (reader->has_length) {
        return begin_counted(reader, err);
    } else {
        reader->keep = false;
        reader->state = HTTP1_BODY_TO_END;
    }
    return 0;
}

static int read_header_line(struct http1_reader *reader, struct view line, struct error *err)
{
    if (line.len)
        return read_header(reader, line, err);
    if (reader->state == HTTP1_HEADER_LINE)
        return end_head(reader, err);
    finish(reader);
    return 0;
}

/* Hexadecimal digits, then white space or an extension, which is ignored. */
static int read_chunk_size(struct http1_reader *reader, struct view line, struct error *err)
{
    static const char DIGITS[] = "0123456789abcdef";
    uint64_t size = 0;
    size_t i = 0;
    for (; i < line.len && i < 15; i++) {
        char c = line.ptr[i];
        const char *digit = c ? strchr(DIGITS, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c) : NULL;
        if (!digit)
            break;
        size = size << 4 | (uint64_t)(digit - DIGITS);
    }
    if (i == 0 || (i < line.len && !strchr("; \t", line.ptr[i])) || !is_value(line))
        return malformed(err, "bad chunk size");
    struct buf *body = &reader->response->body;
    if (size > body->cap - body->len && !reader->in_pieces)
        return too_large(reader, err);
    reader->left = size;
    reader->state = size ? HTTP1_CHUNK_DATA : HTTP1_TRAILER_LINE;
    return 0;
}

static int read_chunk_end(struct http1_reader *reader, struct view line, struct error *err)
{
    if (line.len)
        return malformed(err, "a chunk is longer than announced");
    reader->state = HTTP1_CHUNK_SIZE;
    return 0;
}

static int read_line(struct http1_reader *reader, struct view line, struct error *err)
{
    switch (reader->state) {
    case HTTP1_STATUS_LINE: return read_status_line(reader, line, err);
    case HTTP1_CHUNK_SIZE: return read_chunk_size(reader, line, err);
    case HTTP1_CHUNK_END: return read_chunk_end(reader, line, err);
    default: return read_header_line(reader, line, err);
    }
}

/* Takes bytes up to and including the next line feed. */
static int feed_line(struct http1_reader *reader, struct view *bytes, struct error *err)
{
    const char *feed = memchr(bytes->ptr, '\n', bytes->len);
    size_t len = feed ? (size_t)(feed - bytes->ptr) + 1 : bytes->len;
    buf_append(&reader->line, bytes->ptr, len);
    *bytes = view_skip(*bytes, len);
    bool head = reader->state != HTTP1_CHUNK_SIZE && reader->state != HTTP1_CHUNK_END;
    reader->head_len += head ? len : 0;
    if (reader->line.overflow || reader->head_len > HEAD_CAP)
        return malformed(err, "its head is too large");
    if (!feed)
        return 0;

    struct view line = buf_view(&reader->line);
    line.len -= line.len > 1 && line.ptr[line.len - 2] == '\r' ? 2 : 1;
    int rc = read_line(reader, line, err);
    buf_clear(&reader->line);
    return rc;
}

static int feed_body(struct http1_reader *reader, struct view *bytes, struct error *err)
{
    bool counted = reader->state != HTTP1_BODY_TO_END;
    size_t len = counted && bytes->len > reader->left ? (size_t)reader->left : bytes->len;
    struct buf *body = &reader->response->body;
    if (body->ptr && bytes->ptr == body->ptr + body->len)
        buf_commit(body, len); /* received there already: http1_body_room() */
    else
        buf_append(body, bytes->ptr, len);
    if (body->overflow)
        return too_large(reader, err);
    *bytes = view_skip(*bytes, len);
    if (!counted)
        return 0;
    reader->left -= len;
    if (reader->left)
        return 0;
    if (reader->state == HTTP1_CHUNK_DATA)
        reader->state = HTTP1_CHUNK_END;
    else
        finish(reader);
    return 0;
}

char *http1_body_room(struct http1_reader *reader, size_t *len)
{
    if (reader->state != HTTP1_BODY_COUNTED)
        return NULL;
    if (*len > reader->left)
        *len = (size_t)reader->left;
    return buf_reserve(&reader->response->body, *len);
}

int http1_read(struct http1_reader *reader, struct view bytes, struct error *err)
{
    reader->started = reader->started || bytes.len;
    while (bytes.len && reader->state != HTTP1_DONE) {
        bool body = reader->state == HTTP1_BODY_COUNTED || reader->state == HTTP1_BODY_TO_END ||
                    reader->state == HTTP1_CHUNK_DATA;
        if (body ? feed_body(reader, &bytes, err) : feed_line(reader, &bytes, err))
            return -1;
    }
    if (bytes.len)
        reader->keep = false;
    return 0;
}

int http1_read_end(struct http1_reader *reader, struct error *err)
{
    reader->keep = false;
    if (reader->state == HTTP1_BODY_TO_END)
        finish(reader);
    if (reader->done)
        return 0;
    return error_set_retry(err, ERROR_NET, ECONNRESET, "the connection was closed %s",
                           reader->started ? "in the middle of the answer" : "without an answer");
}
