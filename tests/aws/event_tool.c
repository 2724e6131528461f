/* Reads an event stream for a comparison with other ones. It comes on standard input, in pieces of
 * as many bytes as the arguments say, over and over; every message becomes a line on
 * standard output, {"headers": [[name, type, number, bytes], ...], "payload"}, bytes as hexadecimal
 * digits. */
#include <stdio.h>
#include <stdlib.h>

#include "aws/event_stream.h"
#include "json/writer.h"

#define STREAM_CAP ((size_t)64 << 20)

static void put_hex(struct json_writer *json, struct view bytes)
{
    cleanup_buf struct buf text = BUF_INIT(STREAM_CAP);
    for (size_t i = 0; i < bytes.len; i++)
        buf_printf(&text, "%02x", (unsigned char)bytes.ptr[i]);
    json_put_string(json, buf_view(&text));
}

static int print(void *user, const struct event_message *message, struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(STREAM_CAP);
    struct view headers = message->headers;
    struct event_header header;
    struct json_writer json;
    (void)user, (void)err;
    json_writer_init(&json, &text);
    json_begin_object(&json);
    json_put_name(&json, VIEW("headers"));
    json_begin_array(&json);
    while (event_header_next(&headers, &header)) {
        json_begin_array(&json);
        json_put_string(&json, header.name);
        json_put_int(&json, header.type);
        json_put_int(&json, header.number);
        put_hex(&json, header.bytes);
        json_end_array(&json);
    }
    json_end_array(&json);
    json_put_name(&json, VIEW("payload"));
    put_hex(&json, message->payload);
    json_end_object(&json);
    puts(buf_str(&text));
    return 0;
}

int main(int argc, char **argv)
{
    cleanup_buf struct buf all = BUF_INIT(STREAM_CAP);
    struct event_stream stream;
    struct error err = {0};
    if (argc < 2 || buf_read_file(&all, "/dev/stdin", &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 2;
    event_stream_init(&stream);
    int result = 0, piece = 1;
    for (struct view rest = buf_view(&all); rest.len && result == 0;) {
        size_t len = strtoul(argv[piece], NULL, 10);
        struct view bytes = view_of(rest.ptr, len < rest.len ? len : rest.len);
        result = event_stream_feed(&stream, bytes, print, NULL, &err);
        rest = view_skip(rest, bytes.len);
        piece = piece + 1 < argc ? piece + 1 : 1;
    }
    if (result == 0)
        result = event_stream_end(&stream, &err);
    event_stream_release(&stream);
    return result < 0 ? (fprintf(stderr, "%s\n", err.message), 1) : 0;
}
