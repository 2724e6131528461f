/* Everything that reads JSON: the two readers agree, escapes come back, what is before a
 * bar overlaid by what is behind it is JSON whenever both are. */
#include <stdint.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "json/overlay.h"
#include "json/reader.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The text between the quotes, undone and done again, means the same. */
static void check_string(const struct json_reader *r)
{
    cleanup_free char *plain = xmalloc(r->text.len);
    size_t len = json_unescape(r->text, plain);
    cleanup_free char *escaped = xmalloc(6 * len);
    size_t escaped_len = json_escape(view_of(plain, len), escaped);
    REQUIRE(utf8_valid(view_of(plain, len)));
    cleanup_free char *copy = xmalloc(escaped_len);
    REQUIRE(json_unescape(view_of(escaped, escaped_len), copy) == len);
    REQUIRE(memcmp(copy, plain, len) == 0);
    REQUIRE(r->escaped || view_equal(r->text, view_of(plain, len)));
}

static bool is_json(struct view text)
{
    struct json_reader r;
    enum json_token token;
    json_reader_init(&r, text);
    while ((token = json_next(&r)) > JSON_END)
        if (token == JSON_NAME || token == JSON_STRING)
            check_string(&r);
    const char *end = text.ptr + text.len;
    const char *p = json_scan_value(json_skip_space(text.ptr, end), end, JSON_DEPTH_MAX);
    REQUIRE((token == JSON_END) == (p && json_skip_space(p, end) == end));
    return token == JSON_END;
}

/* The result can be long: a value may be laid over many members of the same name. */
static void check_overlay(struct view base, struct view over)
{
    cleanup_buf struct buf out = BUF_INIT(1 << 20);
    bool expected = (!base.len || is_json(base)) && (!over.len || is_json(over));
    REQUIRE((json_overlay(base, over, &out, NULL) == 0) == expected);
    if (expected && out.len && !out.overflow)
        REQUIRE(is_json(buf_view(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of((const char *)data, size);
    const char *bar = size ? memchr(data, '|', size) : NULL;
    is_json(text);
    if (bar)
        check_overlay(view_between(text.ptr, bar), view_between(bar + 1, text.ptr + size));
    return 0;
}
