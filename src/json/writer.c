#include "json/writer.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "json/scan.h"

void json_writer_init(struct json_writer *writer, struct buf *out)
{
    *writer = (struct json_writer){.out = out};
}

/* Before anything that follows at this level. */
static void separate(struct json_writer *writer)
{
    if (writer->comma)
        buf_append_char(writer->out, ',');
    writer->comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    separate(writer);
    buf_append_char(writer->out, bracket);
    writer->depth++;
    writer->comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
    assert(writer->depth > 0);
    buf_append_char(writer->out, bracket);
    writer->depth--;
    writer->comma = true;
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

/* In pieces, so that what is reserved, six times the text, is never much. */
static void append_escaped(struct buf *out, struct view text)
{
    char escaped[6 * 256];
    while (text.len > 0) {
        size_t len = text.len < 256 ? text.len : 256;
        buf_append(out, escaped, json_escape(view_of(text.ptr, len), escaped));
        text = view_skip(text, len);
    }
}

static void append_string(struct buf *out, struct view text)
{
    const char *p = text.ptr, *stop = text.ptr + text.len, *valid = p;
    buf_append_char(out, '"');
    while (p < stop) {
        size_t len = utf8_sequence(p, stop);
        if (!len) {
            append_escaped(out, view_between(valid, p));
            buf_append_str(out, "\xEF\xBF\xBD");
            valid = p + 1;
        }
        p += len ? len : 1;
    }
    append_escaped(out, view_between(valid, stop));
    buf_append_char(out, '"');
}

void json_put_name(struct json_writer *writer, struct view name)
{
    assert(writer->depth > 0);
    separate(writer);
    append_string(writer->out, name);
    buf_append_char(writer->out, ':');
    writer->comma = false;
}

void json_put_string(struct json_writer *writer, struct view text)
{
    separate(writer);
    append_string(writer->out, text);
}

void json_put_int(struct json_writer *writer, int64_t value)
{
    separate(writer);
    buf_printf(writer->out, "%lld", (long long)value);
}

void json_put_bool(struct json_writer *writer, bool value)
{
    separate(writer);
    buf_append_str(writer->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *writer)
{
    separate(writer);
    buf_append_str(writer->out, "null");
}

void json_put_raw(struct json_writer *writer, struct view json)
{
    separate(writer);
    buf_append_view(writer->out, json);
}

void json_member_string(struct json_writer *writer, const char *name, struct view text)
{
    json_put_name(writer, view_str(name));
    json_put_string(writer, text);
}

void json_member_int(struct json_writer *writer, const char *name, int64_t value)
{
    json_put_name(writer, view_str(name));
    json_put_int(writer, value);
}

void json_member_bool(struct json_writer *writer, const char *name, bool value)
{
    json_put_name(writer, view_str(name));
    json_put_bool(writer, value);
}

void json_member_text(struct json_writer *writer, const char *name, struct view text)
{
    json_put_name(writer, view_str(name));
    if (text.len)
        json_put_string(writer, text);
    else
        json_put_null(writer);
}

void json_member_count(struct json_writer *writer, const char *name, int64_t count)
{
    json_put_name(writer, view_str(name));
    if (count < 0)
        json_put_null(writer);
    else
        json_put_int(writer, count);
}
