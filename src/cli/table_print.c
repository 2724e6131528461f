#include "cli/table_print.h"

#include <inttypes.h>

#include "base/memory.h"

/* Takes the next "name type" off info->columns. */
static bool next_column(struct view *rest, struct view *name, struct view *type)
{
    if (!rest->len)
        return false;
    const char *newline = memchr(rest->ptr, '\n', rest->len);
    size_t len = newline ? (size_t)(newline - rest->ptr) : rest->len;
    struct view line = {rest->ptr, len};
    *rest = view_skip(*rest, len + 1);
    /* Types have spaces as well: the name ends at the first. */
    const char *space = memchr(line.ptr, ' ', line.len);
    *name = space ? view_between(line.ptr, space) : line;
    *type = view_skip(line, name->len + 1);
    return true;
}

void table_write_name(struct json_writer *json, const char *public_url,
                      const struct table_name *name)
{
    json_member_string(json, "sink", view_str(public_url));
    json_member_text(json, "schema", view_str(name->schema));
    json_member_string(json, "table", view_str(name->table));
}

static void write_columns(struct json_writer *json, const struct table_info *info)
{
    json_put_name(json, VIEW("columns"));
    json_begin_array(json);
    struct view rest = buf_view(&info->columns), name, type;
    while (next_column(&rest, &name, &type)) {
        json_begin_object(json);
        json_member_string(json, "name", name);
        json_member_string(json, "type", type);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_key(struct json_writer *json, const struct table_info *info)
{
    json_put_name(json, VIEW("key"));
    json_put_raw(json, info->key.len ? buf_view(&info->key) : VIEW("null"));
}

void table_print_json(const struct sink_access *access, const struct table_info *info)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP * 16);
    struct json_writer json;
    json_writer_init(&json, &out);
    json_begin_object(&json);
    table_write_name(&json, buf_str(&access->public_url), &access->table);
    json_member_bool(&json, "exists", info->exists);
    json_member_text(&json, "layout", view_str(info->exists ? info->layout : ""));
    write_key(&json, info);
    write_columns(&json, info);
    json_member_count(&json, "rows", info->rows);
    json_member_count(&json, "tombstones", info->tombstones);
    json_member_count(&json, "dead_letters", info->dead_letters);
    json_member_text(&json, "advice", buf_view(&info->advice));
    json_end_object(&json);
    cli_put(&out);
}

static void print_count(const char *what, int64_t count)
{
    if (count >= 0)
        printf("%-14s%" PRId64 "\n", what, count);
}

static void print_columns(const struct table_info *info)
{
    struct view rest = buf_view(&info->columns), name, type;
    for (const char *title = "columns"; next_column(&rest, &name, &type); title = "")
        printf("%-14s%-24.*s %.*s\n", title, VIEW_ARG(name), VIEW_ARG(type));
}

void table_print_text(const struct sink_access *access, const struct table_info *info)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    sql_append_table(&name, &access->table, "");
    printf("%-14s%s\n", "table", buf_str(&name));
    printf("%-14s%s\n", "sink", buf_str(&access->public_url));
    printf("%-14s%s\n", "layout", info->layout);
    if (info->key.len)
        printf("%-14s%s\n", "key", buf_str(&info->key));
    print_columns(info);
    print_count("rows", info->rows);
    print_count("tombstones", info->tombstones);
    print_count("dead letters", info->dead_letters);
    if (info->advice.len)
        printf("\n%s\n", buf_str(&info->advice));
}
