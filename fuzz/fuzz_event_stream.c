/* An event stream. The checksums are put right first where there are lengths that allow it, so that
 * the fuzzer gets behind them; then it is fed whole and byte by byte, which must come to the same.
 */
#include <stdlib.h>
#include <zlib.h>

#include "aws/event_stream.h"

static void put_sum(char *at, const char *from)
{
    unsigned long sum = crc32(0, (const Bytef *)from, (uInt)(at - from));
    for (int i = 0; i < 4; i++)
        at[i] = (char)(sum >> (24 - 8 * i));
}

static void put_sums(char *p, const char *end)
{
    while (end - p >= 16) {
        const unsigned char *u = (const unsigned char *)p;
        size_t len = (size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3];
        put_sum(p + 8, p);
        if (len < 16 || len > (size_t)(end - p))
            return;
        put_sum(p + len - 4, p);
        p += len;
    }
}

static int count(void *user, const struct event_message *message, struct error *err)
{
    size_t *sum = user;
    *sum = *sum * 31 + message->payload.len + event_text(message, ":event-type").len;
    *sum += (size_t)event_refused(message, "x", err);
    return 0;
}

static size_t feed(struct view bytes, size_t step)
{
    struct event_stream stream;
    size_t sum = 1;
    int result = 0;
    event_stream_init(&stream);
    for (; bytes.len && result == 0; bytes = view_skip(bytes, step))
        result = event_stream_feed(&stream, view_of(bytes.ptr, bytes.len < step ? bytes.len : step),
                                   count, &sum, NULL);
    sum = sum * 3 + (size_t)(result ? 2 : event_stream_end(&stream, NULL) ? 1 : 0);
    event_stream_release(&stream);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    memcpy(copy, data, size);
    put_sums(copy, copy + size);
    if (feed(view_of(copy, size), size + 1) != feed(view_of(copy, size), 1))
        abort();
    free(copy);
    return 0;
}
