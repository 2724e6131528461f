/* The answer of a server. The first byte chooses HEAD or not and the size of the pieces: however
 * the bytes are cut, the outcome must be the same. */
#include <stdlib.h>

#include "net/http1.h"

struct outcome {
    struct http_response response;
    struct http1_reader reader;
    int rc;
};

static void read_pieces(struct outcome *o, struct view bytes, size_t step, bool to_head)
{
    *o = (struct outcome){.response = {.header = BUF_INIT(1 << 14), .body = BUF_INIT(1 << 12)}};
    http1_reader_init(&o->reader, &o->response, to_head);
    while (bytes.len && !o->rc) {
        size_t len = bytes.len < step ? bytes.len : step;
        /* A copy of its own, so that the sanitizer sees a read beyond the piece. */
        char *piece = malloc(len);
        memcpy(piece, bytes.ptr, len);
        o->rc = http1_read(&o->reader, view_of(piece, len), NULL);
        free(piece);
        bytes = view_skip(bytes, len);
    }
    if (!o->rc)
        o->rc = http1_read_end(&o->reader, NULL);
}

static void release(struct outcome *o)
{
    http1_reader_release(&o->reader);
    buf_release(&o->response.header);
    buf_release(&o->response.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct view bytes = {(const char *)data + 1, size - 1};
    bool to_head = data[0] & 0x80;
    struct outcome whole, cut;
    read_pieces(&whole, bytes, SIZE_MAX, to_head);
    read_pieces(&cut, bytes, (data[0] & 0x7F) + 1, to_head);
    if (whole.rc != cut.rc || whole.reader.done != cut.reader.done)
        abort();
    if (!whole.rc &&
        (whole.response.status != cut.response.status ||
         !view_equal(buf_view(&whole.response.header), buf_view(&cut.response.header)) ||
         !view_equal(buf_view(&whole.response.body), buf_view(&cut.response.body))))
        abort();
    release(&whole);
    release(&cut);
    return 0;
}
