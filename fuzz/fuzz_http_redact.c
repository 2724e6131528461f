/* Redaction: the first line of the input is the content type, the rest the body. */
#include <stdint.h>

#include "net/http_redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct view input = {(const char *)bytes, size};
    const char *end = size ? memchr(bytes, '\n', size) : NULL;
    struct view first = end ? view_between(input.ptr, end) : input;
    cleanup_buf struct buf out = BUF_INIT((size_t)1 << 20);
    http_redact_body(first, view_skip(input, first.len + 1), &out);
    http_redact_url(input, &out);
    http_redact_header(first, view_skip(input, first.len + 1), &out);
    return 0;
}
