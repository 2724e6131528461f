#include "aws/partiql.h"

#include <stdbool.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A doubled quote ends the text and begins it again: the same. */
static size_t find_end(struct view text)
{
    char quote = '\0';
    size_t len = 0;
    for (; len < text.len && (quote || text.ptr[len] != ';'); len++) {
        char c = text.ptr[len];
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '\'' || c == '"')
            quote = c;
    }
    return len;
}

struct view partiql_next(struct view *rest)
{
    while (rest->len && (is_blank(*rest->ptr) || *rest->ptr == ';'))
        *rest = view_skip(*rest, 1);
    struct view statement = {rest->ptr, find_end(*rest)};
    *rest = view_skip(*rest, statement.len);
    while (statement.len && is_blank(statement.ptr[statement.len - 1]))
        statement.len--;
    return statement;
}
