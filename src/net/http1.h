/* HTTP/1.1 messages (RFC 9112), without any I/O: the head of a request written, an answer read
 * incrementally from bytes as they come. Strict: what two readers could understand differently is
 * an error. */
#ifndef LORRY_NET_HTTP1_H
#define LORRY_NET_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/http.h"
#include "net/http_request.h"

/* Appends request line, headers and the empty line. The request has passed http_request_check(),
 * which made `origin`. Fails (ERROR_INPUT) if that exceeds the cap of `out`. */
int http1_write_head(const struct http_request *request, const struct http_origin *origin,
                     struct buf *out, struct error *err);

enum http1_state {
    HTTP1_STATUS_LINE,
    HTTP1_HEADER_LINE,
    HTTP1_BODY_COUNTED, /* Content-Length */
    HTTP1_BODY_TO_END,  /* neither length nor chunks: until the peer closes */
    HTTP1_CHUNK_SIZE,
    HTTP1_CHUNK_DATA,
    HTTP1_CHUNK_END,
    HTTP1_TRAILER_LINE,
    HTTP1_DONE,
};

struct http1_reader {
    enum http1_state state;
    bool done;    /* the answer is complete */
    bool started; /* a byte has come */
    bool keep;    /* valid once `done`: the connection can carry another exchange */
    /* May be set behind http1_reader_init(): the body is taken out of the response after every
     * http1_read(), so that its cap is for a piece, whatever length is announced. */
    bool in_pieces;
    /* Private. */
    struct http_response *response;
    bool to_head;
    bool chunked;
    bool has_length;
    uint64_t left;   /* of the counted body or of the chunk */
    size_t head_len; /* bytes of head and trailer so far, 1xx heads included */
    struct buf line;
};

/* Starts to read an answer into `response` (borrowed; empty, with the caps of its buffers set). An
 * answer to a HEAD request has no body, whatever its headers say. */
void http1_reader_init(struct http1_reader *reader, struct http_response *response, bool to_head);

/* Frees what the reader holds, not the response. Safe on a zeroed one. */
void http1_reader_release(struct http1_reader *reader);

/* Takes the next bytes. Interim answers (1xx) are skipped. Bytes behind the end of the answer are
 * ignored and clear `keep`. Errors: ERROR_NET, with `retry` and EPROTO for what is not HTTP/1,
 * without `retry` and EMSGSIZE for a body beyond its cap. After an error the reader is only to be
 * released. */
int http1_read(struct http1_reader *reader, struct view bytes, struct error *err);

/* Where the next bytes may be received, to spare a copy: into the body itself, at most `*len` of
 * them, which becomes what is still missing if that is less. They are then given to http1_read()
 * like any others. NULL while no body of known length is being read. */
char *http1_body_room(struct http1_reader *reader, size_t *len);

/* The peer has closed: completes an answer without length, else fails (ERROR_NET, ECONNRESET,
 * `retry`). */
int http1_read_end(struct http1_reader *reader, struct error *err);

#endif
