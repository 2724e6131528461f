#include "cli/shell.h"

#include <string.h>

void shell_append_quoted(const char *text, struct buf *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            buf_append_str(out, "'\\'");
        buf_append_char(out, *text);
    }
}

void shell_append_word(const char *text, struct buf *out)
{
    static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789%+,-./:=@_";
    if (*text && !text[strspn(text, harmless)]) {
        buf_append_str(out, text);
        return;
    }
    buf_append_char(out, '\'');
    shell_append_quoted(text, out);
    buf_append_char(out, '\'');
}
