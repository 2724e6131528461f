#include "sink/table_name.h"

#include "base/memory.h"
#include "base/utf8.h"

/* CrateDB takes 255 bytes, and the dead-letter table's suffix has to fit behind the name. */
#define PART_MAX 240

static int refuse(struct view text, struct error *err, const char *problem)
{
    int shown = text.len < PART_MAX ? (int)text.len : PART_MAX;
    return error_set(err, ERROR_SETTING, 0,
                     "table name \"%.*s\" %s (expected: table, schema.table, or either part in "
                     "double quotes)",
                     shown, text.ptr, problem);
}

/* Takes one part off `rest` and appends it to `out`: up to the next point, or what stands in double
 * quotes. */
static int take_part(struct view *rest, struct view text, struct buf *out, struct error *err)
{
    const char *p = rest->ptr, *end = rest->ptr + rest->len;
    if (p < end && *p == '"') {
        for (p++;; p++) {
            if (p == end)
                return refuse(text, err, "has an open quote");
            if (*p != '"')
                buf_append_char(out, *p);
            else if (p + 1 < end && p[1] == '"')
                buf_append_char(out, *p++);
            else
                break;
        }
        p++;
        if (p < end && *p != '.')
            return refuse(text, err, "goes on behind a closing quote");
    } else {
        while (p < end && *p != '.')
            buf_append_char(out, *p++);
    }
    if (out->overflow)
        return refuse(text, err, "is too long");
    if (out->len == 0)
        return refuse(text, err, text.len ? "has an empty part" : "is empty");
    *rest = view_between(p, end);
    return 0;
}

int table_name_parse(struct view text, struct table_name *name, struct error *err)
{
    if (memchr(text.ptr, '\0', text.len) || !utf8_valid(text))
        return error_set(err, ERROR_SETTING, 0, "the table name is not valid UTF-8 text");
    cleanup_buf struct buf first = BUF_INIT(PART_MAX);
    cleanup_buf struct buf second = BUF_INIT(PART_MAX);
    struct view rest = text;
    if (take_part(&rest, text, &first, err) < 0)
        return -1;
    if (rest.len == 0) {
        *name = (struct table_name){.table = xstrdup(buf_str(&first))};
        return 0;
    }
    rest = view_skip(rest, 1);
    if (take_part(&rest, text, &second, err) < 0)
        return -1;
    if (rest.len)
        return refuse(text, err, "has more than two parts");
    *name =
        (struct table_name){.schema = xstrdup(buf_str(&first)), .table = xstrdup(buf_str(&second))};
    return 0;
}

void table_name_release(struct table_name *name)
{
    free(name->schema);
    free(name->table);
    *name = (struct table_name){0};
}

void sql_append_identifier(struct buf *out, struct view name)
{
    buf_append_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            buf_append_char(out, '"');
        buf_append_char(out, name.ptr[i]);
    }
    buf_append_char(out, '"');
}

void sql_append_table(struct buf *out, const struct table_name *name, const char *suffix)
{
    if (name->schema) {
        sql_append_identifier(out, view_str(name->schema));
        buf_append_char(out, '.');
    }
    cleanup_buf struct buf table = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&table, name->table);
    buf_append_str(&table, suffix);
    sql_append_identifier(out, buf_view(&table));
}
