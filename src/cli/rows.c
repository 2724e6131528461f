#include "cli/rows.h"

#include <errno.h>
#include <libsmartcols.h>
#include <wchar.h>

#include "base/memory.h"
#include "json/scan.h"
#include "json/writer.h"

/* More than any terminal or spreadsheet bears; a result lies in memory anyway. */
#define CELL_CAP ((size_t)1 << 30)

/* However many columns there are: a terminal wraps by itself, too. */
#define COLUMN_MIN 8

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

/* The longest value or the name; bytes are close enough. */
static size_t need(const struct query_result *result, size_t column)
{
    size_t longest = result->columns[column].len;
    for (size_t row = 0; row < result->row_count; row++) {
        struct view cell = result->cells[row * result->column_count + column];
        size_t quotes = cell.len >= 2 && *cell.ptr == '"' ? 2 : 0, len = cell.len - quotes;
        longest = len > longest ? len : longest;
    }
    return longest;
}

/* How wide the columns may be that need more than their share of `width`: what those that need less
 * leave over, in equal parts. */
static size_t fair_share(const struct query_result *result, size_t width)
{
    size_t share = 0, open = result->column_count;
    for (size_t last_open = 0, left = width; open && open != last_open;) {
        last_open = open;
        share = left / open;
        left = width;
        open = 0;
        for (size_t i = 0; i < result->column_count; i++) {
            size_t wanted = need(result, i) + 1;
            if (wanted > share)
                open++;
            else
                left -= wanted;
        }
    }
    return share > COLUMN_MIN ? share - 1 : COLUMN_MIN;
}

/* In lines of at most `limit` characters' width, control characters and what is no text escaped.
 * smartcols could break lines itself, but squeezes short columns to nothing for the sake of long
 * ones; and its escapes would hit the line breaks. */
static void append_lines(struct buf *out, struct view text, size_t limit)
{
    mbstate_t state = {0};
    size_t used = 0;
    for (struct view rest = text; rest.len;) {
        wchar_t c;
        size_t len = mbrtowc(&c, rest.ptr, rest.len, &state);
        bool special = len == 0 || len > rest.len || wcwidth(c) < 0;
        size_t width = special ? strlen("\\x00") : (size_t)wcwidth(c);
        if (used && used + width > limit) {
            buf_append_char(out, '\n');
            used = 0;
        }
        if (special) {
            buf_printf(out, "\\x%02x", (unsigned char)*rest.ptr);
            state = (mbstate_t){0};
            len = 1;
        } else {
            buf_append(out, rest.ptr, len);
        }
        used += width;
        rest = view_skip(rest, len);
    }
}

static int add_columns(struct libscols_table *table, const struct query_result *result)
{
    cleanup_buf struct buf name = BUF_INIT(CELL_CAP);
    for (size_t i = 0; i < result->column_count; i++) {
        buf_clear(&name);
        append_lines(&name, result->columns[i], SIZE_MAX);
        int flags = SCOLS_FL_WRAP | (all_numbers(result, i) ? SCOLS_FL_RIGHT : 0);
        struct libscols_column *column = scols_table_new_column(table, buf_str(&name), 0, flags);
        if (!column)
            return -1;
        scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
        scols_cell_set_color(scols_column_get_header(column), "bold");
    }
    return 0;
}

static int add_rows(struct libscols_table *table, const struct query_result *result, size_t limit)
{
    cleanup_buf struct buf text = BUF_INIT(CELL_CAP), lines = BUF_INIT(CELL_CAP);
    for (size_t row = 0; row < result->row_count; row++) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        if (!line)
            return -1;
        for (size_t i = 0; i < result->column_count; i++) {
            struct view cell = result->cells[row * result->column_count + i];
            buf_clear(&text);
            buf_clear(&lines);
            append_plain(&text, is_null(cell) ? VIEW("NULL") : cell);
            append_lines(&lines, buf_view(&text), limit);
            if (scols_line_set_data(line, i, buf_str(&lines)) != 0)
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
    scols_table_enable_noencoding(table, true);
    scols_table_enable_colors(table, cli_colored(cli, stdout));
    if (!terminal)
        scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
    /* Behind the last column there is no space. */
    size_t limit = terminal ? fair_share(result, scols_table_get_termwidth(table) + 1) : SIZE_MAX;
    int failed =
        add_columns(table, result) || add_rows(table, result, limit) || scols_print_table(table);
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
