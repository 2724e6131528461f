/* The SQLite sink: the keys of a table, noted in its definition.
 *
 * An empty table says nothing about its keys, and the keys of a full one do not tell S from B. So
 * the statement that makes the table has a comment that does: SQLite keeps its text as it was
 * written [sqlite.org/schematab.html], whatever is altered later. */
#include "sink/sqlite_private.h"

#include "base/memory.h"
#include "json/scan.h"

#define NOTE_BEGINS "lorry key:"
/* DynamoDB's names of keys have 255 characters at most. A longer one, from who knows where, must
 * not keep the table from being made: it stays without a note. */
#define NOTE_MAX ((size_t)32 << 10)

void sqlite_append_note(const struct key_shape *shape, struct buf *out)
{
    cleanup_buf struct buf text = BUF_INIT(NOTE_MAX);
    key_shape_write(shape, &text);
    if (!text.len || text.overflow)
        return;
    buf_append_str(out, " /* " NOTE_BEGINS " ");
    for (size_t i = 0; i < text.len; i++) {
        /* The same to JSON, but not the end of the comment. */
        if (i && text.ptr[i - 1] == '*' && text.ptr[i] == '/')
            buf_append_char(out, '\\');
        buf_append_char(out, text.ptr[i]);
    }
    buf_append_str(out, " */");
}

/* What SQL skips as a whole. A quote doubled inside its like ends one and begins the next. */
static const struct {
    struct view begin, end;
} skipped[] = {
    {VIEW("/*"), VIEW("*/")}, {VIEW("--"), VIEW("\n")}, {VIEW("'"), VIEW("'")},
    {VIEW("\""), VIEW("\"")}, {VIEW("`"), VIEW("`")},   {VIEW("["), VIEW("]")},
};

/* Where `what` begins, or the end. */
static size_t find(struct view text, struct view what)
{
    const char *found = memmem(text.ptr, text.len, what.ptr, what.len);
    return found ? (size_t)(found - text.ptr) : text.len;
}

/* Whether the comment, without its marks, is a note; `*json` is what follows. */
static bool is_note(struct view comment, struct view *json)
{
    const char *end = comment.ptr + comment.len;
    const char *begin = json_skip_space(comment.ptr, end);
    if (!view_starts_with(view_between(begin, end), VIEW(NOTE_BEGINS)))
        return false;
    *json = view_between(begin + sizeof(NOTE_BEGINS) - 1, end);
    return true;
}

bool sqlite_find_note(struct view sql, struct view *json)
{
    while (sql.len) {
        size_t i = 0;
        while (i < ARRAY_LEN(skipped) && !view_starts_with(sql, skipped[i].begin))
            i++;
        if (i == ARRAY_LEN(skipped)) {
            sql = view_skip(sql, 1);
            continue;
        }
        sql = view_skip(sql, skipped[i].begin.len);
        size_t len = find(sql, skipped[i].end);
        if (i == 0 && is_note(view_of(sql.ptr, len), json))
            return true;
        sql = view_skip(sql, len + skipped[i].end.len);
    }
    return false;
}
