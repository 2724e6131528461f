/* Any bytes as an input of relay: it ends, no byte but white space is lost or handed out twice, and
 * events are JSON. */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/source.h"
#include "json/reader.h"
#include "json/scan.h"

static size_t count_solid(const char *bytes, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += !memchr(" \t\r\n", bytes[i], 4);
    return count;
}

static bool is_json(struct view text)
{
    const char *end = text.ptr + text.len;
    return json_scan_value(text.ptr, end, JSON_DEPTH_MAX) == end;
}

/* 0: an event that does not end, an error. */
static int read_all(struct source *source, size_t *solid)
{
    struct source_piece piece = {.kind = SOURCE_END};
    do {
        if (source_next(source, false, &piece, NULL) != 0)
            return 0;
        assert(piece.kind != SOURCE_EVENT || is_json(piece.bytes));
        *solid += count_solid(piece.bytes.ptr, piece.bytes.len);
    } while (piece.kind != SOURCE_END);
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {.name = "input", .fd = memfd_create("input", 0), .line = 1};
    source.text = BUF_INIT(size + ((size_t)2 << 20));
    size_t mark = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, solid = mark;
    assert(write(source.fd, data, size) == (ssize_t)size && lseek(source.fd, 0, SEEK_SET) == 0);
    if (read_all(&source, &solid))
        assert(solid == count_solid((const char *)data, size));
    source_close(&source);
    return 0;
}
