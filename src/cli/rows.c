#include "cli/rows.h"

#include <errno.h>
#include <libsmartcols.h>

#include "base/memory.h"
#include "json/scan.h"
#include "json/writer.h"

/* More than any terminal or spreadsheet bears; a result lies in memory anyway. */
#define CELL_CAP ((size_t)1 << 30)

static bool is_null(struct view cell)
{
    return cell.len == 0 || view_equal(cell, VIEW("null"));
}

static bool is_number(struct view cell)
{
    return cell.len && (*cell.ptr == '-' || (*cell.ptr >= '0' && *cell.ptr <= '9'));
}

/* A string without its quotes and escapes, anything else as JSON. */
static void append_plain(struct buf *out, struct view cell)
{
    if (cell.len < 2 || *cell.ptr != '"') {
        buf_append_view(out, cell);
        return;
    }
    struct view raw = {cell.ptr + 1, cell.len - 2};
    char *to = buf_reserve(out, raw.len);
    if (to)
        buf_commit(out, json_unescape(raw, to));
}

static bool all_numbers(const struct query_result *result, size_t column)
{
    for (size_t row = 0; row < result->row_count; row++) {
        struct view cell = result->cells[row * result->column_count + column];
        if (!is_number(cell) && !is_null(cell))
            return false;
    }
    return true;
}

static int add_columns(struct libscols_table *table, const struct query_result *result,
                       bool terminal)
{
    for (size_t i = 0; i < result->column_count; i++) {
        cleanup_free char *name = xstrndup(result->columns[i].ptr, result->columns[i].len);
        int flags = all_numbers(result, i) ? SCOLS_FL_RIGHT : terminal ? SCOLS_FL_WRAP : 0;
        struct libscols_column *column = scols_table_new_column(table, name, 0, flags);
        if (!column)
            return -1;
        scols_cell_set_color(scols_column_get_header(column), "bold");
    }
    return 0;
}

static int add_rows(struct libscols_table *table, const struct query_result *result)
{
    cleanup_buf struct buf text = BUF_INIT(CELL_CAP);
    for (size_t row = 0; row < result->row_count; row++) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        if (!line)
            return -1;
        for (size_t i = 0; i < result->column_count; i++) {
            struct view cell = result->cells[row * result->column_count + i];
            buf_clear(&text);
            append_plain(&text, is_null(cell) ? VIEW("NULL") : cell);
            if (scols_line_set_data(line, i, buf_str(&text)) != 0)
                return -1;
        }
    }
    return 0;
}

int rows_print_table(const struct cli *cli, const struct query_result *result, struct error *err)
{
    if (result->row_count == 0) {
        cli_note(cli, "no rows");
        return 0;
    }
    bool terminal = isatty(fileno(stdout));
    struct libscols_table *table = scols_new_table();
    if (!table)
        memory_exhausted();
    scols_table_enable_colors(table, cli_colored(cli, stdout));
    if (!terminal)
        scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
    int failed =
        add_columns(table, result, terminal) || add_rows(table, result) || scols_print_table(table);
    scols_unref_table(table);
    return failed ? error_set(err, ERROR_SYSTEM, ENOMEM, "cannot print the table") : 0;
}

static void put_csv(struct view text)
{
    bool quote = false;
    for (size_t i = 0; i < text.len && !quote; i++)
        quote = memchr(",\"\r\n", text.ptr[i], 4) != NULL;
    if (quote)
        putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            putchar('"');
        putchar(text.ptr[i]);
    }
    if (quote)
        putchar('"');
}

static void end_csv_cell(const struct query_result *result, size_t column)
{
    fputs(column + 1 < result->column_count ? "," : "\r\n", stdout);
}

void rows_print_csv(const struct query_result *result)
{
    cleanup_buf struct buf text = BUF_INIT(CELL_CAP);
    for (size_t i = 0; i < result->column_count; i++) {
        put_csv(result->columns[i]);
        end_csv_cell(result, i);
    }
    for (size_t i = 0; i < result->row_count * result->column_count; i++) {
        buf_clear(&text);
        if (!is_null(result->cells[i]))
            append_plain(&text, result->cells[i]);
        put_csv(buf_view(&text));
        end_csv_cell(result, i % result->column_count);
    }
}

static void write_row(struct json_writer *json, const struct query_result *result, size_t row)
{
    json_begin_array(json);
    for (size_t i = 0; i < result->column_count; i++) {
        struct view cell = result->cells[row * result->column_count + i];
        json_put_raw(json, is_null(cell) ? VIEW("null") : cell);
    }
    json_end_array(json);
}

void rows_print_json(const struct query_result *result)
{
    cleanup_buf struct buf out = BUF_INIT(CELL_CAP);
    struct json_writer json;
    json_writer_init(&json, &out);
    json_begin_object(&json);
    json_put_name(&json, VIEW("columns"));
    json_begin_array(&json);
    for (size_t i = 0; i < result->column_count; i++)
        json_put_string(&json, result->columns[i]);
    json_end_array(&json);
    json_put_name(&json, VIEW("rows"));
    json_begin_array(&json);
    for (size_t row = 0; row < result->row_count; row++)
        write_row(&json, result, row);
    json_end_array(&json);
    json_put_name(&json, VIEW("affected"));
    if (result->affected < 0)
        json_put_null(&json);
    else
        json_put_int(&json, result->affected);
    json_end_object(&json);
    cli_put(&out);
}
