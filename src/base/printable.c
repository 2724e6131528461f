#include "base/printable.h"

#include "base/utf8.h"

static bool is_plain(struct view c)
{
    unsigned char first = (unsigned char)c.ptr[0], last = (unsigned char)c.ptr[c.len - 1];
    return first >= 0x20 && first != 0x7F && !(first == 0xC2 && last < 0xA0);
}

void printable_append(struct buf *out, struct view text)
{
    while (text.len) {
        size_t len = utf8_sequence(text.ptr, text.ptr + text.len);
        struct view c = {text.ptr, len ? len : 1};
        if (len && is_plain(c))
            buf_append_view(out, c);
        else
            for (size_t i = 0; i < c.len; i++)
                buf_printf(out, "\\x%02x", (unsigned char)c.ptr[i]);
        text = view_skip(text, c.len);
    }
}
