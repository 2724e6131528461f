#include "oci/gzip.h"

#include <limits.h>
#include <zlib.h>

#include "base/memory.h"

enum { GZIP_WINDOW = MAX_WBITS + 16, MEMORY_LEVEL = 9, UNKNOWN_SYSTEM = 255 };

static int deflate_all(z_stream *stream, struct view bytes, struct buf *out, struct error *err)
{
    int result = Z_OK;
    while (result != Z_STREAM_END) {
        if (!stream->avail_in) {
            size_t step = bytes.len < INT_MAX ? bytes.len : INT_MAX;
            stream->next_in = (Bytef *)bytes.ptr;
            stream->avail_in = (uInt)step;
            bytes = view_skip(bytes, step);
        }
        enum { ROOM = 1 << 16 };
        char *to = buf_reserve(out, ROOM);
        if (!to)
            return error_set(err, ERROR_INPUT, 0, "compressed, it is larger than %zu bytes",
                             out->cap);
        stream->next_out = (Bytef *)to;
        stream->avail_out = ROOM;
        result = deflate(stream, bytes.len ? Z_NO_FLUSH : Z_FINISH);
        buf_commit(out, ROOM - stream->avail_out);
    }
    return 0;
}

/* The best compression would take more than twice the time, with every `deploy` and `diff`, for
 * half a percent less. */
int gzip_pack(struct view bytes, struct buf *out, struct error *err)
{
    z_stream stream = {0};
    gz_header header = {.os = UNKNOWN_SYSTEM};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK ||
        deflateSetHeader(&stream, &header) != Z_OK)
        memory_exhausted();
    int result = deflate_all(&stream, bytes, out, err);
    deflateEnd(&stream);
    return result;
}
