#include "aws/event_stream.h"

#include <zlib.h>

#include "aws/json_text.h"
#include "base/memory.h"

/* Lengths of the message and of its headers, checksum of both; behind the payload, one of it all.
 */
#define PRELUDE_LEN 12U
#define CHECKSUM_LEN 4U
#define FRAME_LEN (PRELUDE_LEN + CHECKSUM_LEN)

static uint64_t big_endian(const char *bytes, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static uint32_t u32(const char *bytes)
{
    return (uint32_t)big_endian(bytes, 4);
}

static bool checksum_fits(struct view covered)
{
    uLong sum = crc32_z(0, (const Bytef *)covered.ptr, covered.len);
    return sum == u32(covered.ptr + covered.len);
}

/* Bytes that the value of each type takes; LENGTH: as many as its first two say. */
#define LENGTH (-1)
static const int value_lens[] = {
    [EVENT_TRUE] = 0,      [EVENT_FALSE] = 0, [EVENT_BYTE] = 1,       [EVENT_SHORT] = 2,
    [EVENT_INTEGER] = 4,   [EVENT_LONG] = 8,  [EVENT_BYTES] = LENGTH, [EVENT_STRING] = LENGTH,
    [EVENT_TIMESTAMP] = 8, [EVENT_UUID] = 16,
};

/* False if fewer are left. */
static bool cut(struct view *from, size_t len, struct view *piece)
{
    if (len > from->len)
        return false;
    *piece = view_of(from->ptr, len);
    *from = view_skip(*from, len);
    return true;
}

static int64_t number_of(enum event_type type, struct view bytes)
{
    uint64_t value = big_endian(bytes.ptr, bytes.len);
    switch (type) {
    case EVENT_TRUE: return 1;
    case EVENT_BYTE: return (int8_t)value;
    case EVENT_SHORT: return (int16_t)value;
    case EVENT_INTEGER: return (int32_t)value;
    case EVENT_LONG:
    case EVENT_TIMESTAMP: return (int64_t)value;
    default: return 0;
    }
}

/* False at the end, and for what is no header: `rest` is not empty then. */
bool event_header_next(struct view *headers, struct event_header *header)
{
    struct view rest = *headers, piece, name, value;
    if (!cut(&rest, 1, &piece) || !cut(&rest, (unsigned char)piece.ptr[0], &name) ||
        !cut(&rest, 1, &piece) || (unsigned char)piece.ptr[0] >= ARRAY_LEN(value_lens))
        return false;
    enum event_type type = (enum event_type)(unsigned char)piece.ptr[0];
    size_t len = (size_t)value_lens[type];
    if (value_lens[type] == LENGTH) {
        if (!cut(&rest, 2, &piece))
            return false;
        len = big_endian(piece.ptr, 2);
    }
    if (!cut(&rest, len, &value))
        return false;
    bool has_bytes = type == EVENT_BYTES || type == EVENT_STRING || type == EVENT_UUID;
    *header =
        (struct event_header){name, type, number_of(type, value), has_bytes ? value : VIEW("")};
    *headers = rest;
    return true;
}

struct view event_text(const struct event_message *message, const char *name)
{
    struct view headers = message->headers;
    struct event_header header;
    while (event_header_next(&headers, &header))
        if (header.type == EVENT_STRING && view_equal(header.name, view_str(name)))
            return header.bytes;
    return VIEW("");
}

/* An exception is modelled, its message stands in the payload; an error has nothing but headers. */
int event_refused(const struct event_message *message, const char *what, struct error *err)
{
    static const char *const paths[][2] = {{"message", NULL}, {"Message", NULL}};
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP), text = BUF_INIT(BUF_TEXT_CAP);
    struct view type = event_text(message, ":message-type");
    if (view_equal(type, VIEW("exception"))) {
        buf_append_view(&name, event_text(message, ":exception-type"));
        for (size_t i = 0; i < ARRAY_LEN(paths) && !text.len; i++)
            aws_json_text(message->payload, paths[i], &text);
    } else if (view_equal(type, VIEW("error"))) {
        buf_append_view(&name, event_text(message, ":error-code"));
        buf_append_view(&text, event_text(message, ":error-message"));
    } else {
        return 0;
    }
    buf_defuse(&name);
    buf_defuse(&text);
    error_set(err, ERROR_AWS, 200, "%s: %s%s%s", what,
              name.len ? buf_str(&name) : "an error without a code", text.len ? ": " : "",
              buf_str(&text));
    error_set_name(err, buf_str(&name));
    return -1;
}

static int malformed(struct error *err, const char *why)
{
    return error_set(err, ERROR_INPUT, 0, "the event stream is damaged: %s", why);
}

/* 0, and what the message will have in all; `prelude` has PRELUDE_LEN bytes. */
static int read_prelude(const char *prelude, size_t *len, struct error *err)
{
    uint32_t total = u32(prelude), headers = u32(prelude + 4);
    /* First: of what is not even a prelude the lengths mean nothing. */
    if (!checksum_fits(view_of(prelude, PRELUDE_LEN - CHECKSUM_LEN)))
        return malformed(err, "the checksum of a prelude is wrong");
    if (headers > EVENT_HEADERS_MAX || total > FRAME_LEN + headers + EVENT_PAYLOAD_MAX)
        return malformed(err, "a message is too large");
    if (total < FRAME_LEN + headers)
        return malformed(err, "the lengths of a message contradict each other");
    *len = total;
    return 0;
}

/* All of the headers are read here, so that whoever looks at one need not think of errors. */
static int read_message(struct view frame, struct event_message *message, struct error *err)
{
    if (!checksum_fits(view_of(frame.ptr, frame.len - CHECKSUM_LEN)))
        return malformed(err, "the checksum of a message is wrong");
    size_t headers_len = u32(frame.ptr + 4);
    struct view headers = view_of(frame.ptr + PRELUDE_LEN, headers_len);
    struct event_header header;
    *message = (struct event_message){
        headers,
        view_of(headers.ptr + headers_len, frame.len - FRAME_LEN - headers_len),
    };
    while (event_header_next(&headers, &header))
        ;
    return headers.len ? malformed(err, "a header of a message is cut, or of no known type") : 0;
}

void event_stream_init(struct event_stream *stream)
{
    stream->pending = BUF_INIT(FRAME_LEN + EVENT_HEADERS_MAX + EVENT_PAYLOAD_MAX);
}

void event_stream_release(struct event_stream *stream)
{
    buf_release(&stream->pending);
}

/* Adds to what is pending until there are `len` bytes of the message. */
static bool fill(struct event_stream *stream, size_t len, struct view *bytes)
{
    struct view piece = *bytes;
    if (piece.len > len - stream->pending.len)
        piece.len = len - stream->pending.len;
    buf_append_view(&stream->pending, piece);
    *bytes = view_skip(*bytes, piece.len);
    return stream->pending.len == len;
}

int event_stream_feed(struct event_stream *stream, struct view bytes, event_handler *handler,
                      void *user, struct error *err)
{
    struct buf *pending = &stream->pending;
    while (bytes.len) {
        size_t len = 0;
        struct event_message message;
        if (pending->len < PRELUDE_LEN && !fill(stream, PRELUDE_LEN, &bytes))
            return 0;
        if (read_prelude(pending->ptr, &len, err) < 0)
            return -1;
        if (!fill(stream, len, &bytes))
            return 0;
        if (read_message(buf_view(pending), &message, err) < 0 || handler(user, &message, err) < 0)
            return -1;
        buf_clear(pending);
    }
    return 0;
}

int event_stream_end(const struct event_stream *stream, struct error *err)
{
    return stream->pending.len ? malformed(err, "it ends within a message") : 0;
}
