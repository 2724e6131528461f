/* With and without vector instructions the same is accepted, and only what encoding gives. */
#include <stdint.h>

#include "base/base64.h"
#include "base/memory.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of((const char *)data, size);
    size_t room = BASE64_DECODED_MAX(size) + BASE64_SLACK;
    cleanup_free char *fast = xmalloc(room), *slow = xmalloc(room);
    ssize_t len = base64_decode_portable(text, slow);
    REQUIRE(base64_decode(text, fast) == len);
    if (len < 0)
        return 0;
    REQUIRE(view_equal(view_of(fast, (size_t)len), view_of(slow, (size_t)len)));
    REQUIRE(BASE64_ENCODED_LEN((size_t)len) == size);
    cleanup_free char *again = xmalloc(size);
    base64_encode(view_of(fast, (size_t)len), again);
    REQUIRE(view_equal(view_of(again, size), text));
    return 0;
}
