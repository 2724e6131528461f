/* The SQLite sink: any statement, and its answer as JSON values. */
#include <math.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/memory.h"
#include "sink/sqlite_private.h"
#include "json/writer.h"

/* Of a whole answer. */
#define ANSWER_MAX ((size_t)256 << 20)
/* "%.17g" and a NUL. */
#define DOUBLE_TEXT_MAX 40

/* The shortest decimal that reads back as the same double, always with a point or an exponent. */
static void append_double(struct buf *out, double value)
{
    if (!isfinite(value)) {
        buf_append_str(out, isnan(value) ? "null" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
        return;
    }
    char text[DOUBLE_TEXT_MAX];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* The locale may have put a comma there. */
    char *point = text + strspn(text, "-0123456789");
    if (*point && *point != 'e')
        *point = '.';
    buf_append_str(out, text);
    if (!*point)
        buf_append_str(out, ".0");
}

static void append_blob(struct buf *out, struct view bytes)
{
    size_t len = BASE64_ENCODED_LEN(bytes.len);
    char *place = buf_reserve(out, len + 2);
    if (!place)
        return;
    place[0] = place[len + 1] = '"';
    base64_encode(bytes, place + 1);
    buf_commit(out, len + 2);
}

static void append_cell(struct buf *out, sqlite3_stmt *statement, int column)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: json_put_int(&writer, sqlite3_column_int64(statement, column)); break;
    case SQLITE_FLOAT: append_double(out, sqlite3_column_double(statement, column)); break;
    case SQLITE_TEXT: json_put_string(&writer, sqlite_column(statement, column)); break;
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(statement, column);
        append_blob(out, view_of(bytes, (size_t)sqlite3_column_bytes(statement, column)));
        break;
    }
    default: json_put_null(&writer);
    }
}

static void name_columns(sqlite3_stmt *statement, struct query_result *result)
{
    result->columns = arena_calloc(&result->arena, result->column_count, sizeof(*result->columns));
    for (size_t i = 0; i < result->column_count; i++)
        result->columns[i] =
            arena_copy(&result->arena, view_str(sqlite3_column_name(statement, (int)i)));
}

/* The texts of the cells go into `text`, one behind the other; `cells` holds their lengths. */
static void append_row(sqlite3_stmt *statement, size_t columns, struct buf *text,
                       struct buf *lengths)
{
    for (size_t i = 0; i < columns; i++) {
        size_t before = text->len;
        append_cell(text, statement, (int)i);
        size_t len = text->len - before;
        buf_append(lengths, &len, sizeof(len));
    }
}

static void cut_cells(struct query_result *result, struct view text, struct view lengths)
{
    size_t count = lengths.len / sizeof(size_t);
    struct view kept = arena_copy(&result->arena, text);
    result->cells = arena_calloc(&result->arena, count, sizeof(*result->cells));
    for (size_t i = 0; i < count; i++) {
        size_t len;
        memcpy(&len, lengths.ptr + i * sizeof(len), sizeof(len));
        result->cells[i] = view_of(kept.ptr, len);
        kept = view_skip(kept, len);
    }
    result->row_count = result->column_count ? count / result->column_count : 0;
}

static int run(struct sqlite_sink *s, sqlite3_stmt *statement, struct query_result *result,
               struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(ANSWER_MAX);
    cleanup_buf struct buf lengths = BUF_INIT(ANSWER_MAX);
    int64_t changes = sqlite3_total_changes(s->db);
    result->column_count = (size_t)sqlite3_column_count(statement);
    name_columns(statement, result);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        append_row(statement, result->column_count, &text, &lengths);
        if (text.overflow || lengths.overflow)
            return error_set(err, ERROR_SINK, SQLITE_TOOBIG,
                             "the answer is larger than %zu MB: add a LIMIT", ANSWER_MAX >> 20);
    }
    if (code != SQLITE_DONE)
        return sqlite_error(s, "the statement failed", err);
    result->affected = result->column_count ? -1 : sqlite3_total_changes(s->db) - changes;
    cut_cells(result, buf_view(&text), buf_view(&lengths));
    return 0;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n;")] == '\0';
}

/* `lorry query 'CREATE TABLE ...'` may make the file; a SELECT from a mistyped path should not. */
static bool may_create(const char *statement)
{
    return sqlite3_strnicmp(statement + strspn(statement, " \t\r\n"), "create", 6) == 0;
}

int sqlite_query(struct sink *sink, struct view statement, struct query_result *result,
                 struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    cleanup_free char *text = xstrndup(statement.ptr, statement.len);
    if (strlen(text) != statement.len)
        return error_set(err, ERROR_USAGE, 0, "the statement is no text: it has a NUL byte in it");
    if (is_blank(text))
        return error_set(err, ERROR_USAGE, 0, "the statement is empty");
    sqlite_set_deadline(s, 0);
    if (sqlite_connect(s, may_create(text), err) < 0)
        return -1;
    cleanup_statement sqlite3_stmt *prepared = NULL;
    const char *rest;
    log_sql(statement);
    if (sqlite3_prepare_v2(s->db, text, -1, &prepared, &rest) != SQLITE_OK)
        return sqlite_error(s, "the statement is refused", err);
    if (!is_blank(rest))
        return error_set(err, ERROR_USAGE, 0, "one statement at a time: \"%.40s\" is too much",
                         rest + strspn(rest, " \t\r\n;"));
    struct query_result found = {.affected = -1};
    if (prepared && run(s, prepared, &found, err) < 0) {
        query_result_release(&found);
        return -1;
    }
    *result = found;
    return 0;
}
