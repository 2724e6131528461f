#include "support/event_frame.h"

#include <zlib.h>

static void append_u32(struct buf *out, unsigned long value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_append_char(out, (char)(value >> shift));
}

static void append_header(struct buf *out, const char *name, const char *value)
{
    buf_append_char(out, (char)strlen(name));
    buf_append_str(out, name);
    buf_append_char(out, 7); /* a text */
    buf_append_char(out, 0);
    buf_append_char(out, (char)strlen(value));
    buf_append_str(out, value);
}

static void append_sum(struct buf *out, size_t from)
{
    append_u32(out, crc32(0, (const Bytef *)out->ptr + from, (uInt)(out->len - from)));
}

void event_frame_append(struct buf *out, const char *kind, const char *type, const char *payload)
{
    cleanup_buf struct buf headers = BUF_INIT(BUF_TEXT_CAP), name = BUF_INIT(BUF_TEXT_CAP);
    size_t begin = out->len;
    buf_printf(&name, ":%s-type", kind);
    append_header(&headers, ":message-type", kind);
    append_header(&headers, buf_str(&name), type);
    append_u32(out, 16 + headers.len + strlen(payload));
    append_u32(out, headers.len);
    append_sum(out, begin);
    buf_append_view(out, buf_view(&headers));
    buf_append_str(out, payload);
    append_sum(out, begin);
}
