#include "sink/crate_answer.h"

#include <stdarg.h>

#include "base/memory.h"
#include "sink/crate_error.h"
#include "json/number.h"
#include "json/reader.h"
#include "json/scan.h"

static int no_answer(struct error *err)
{
    return error_set(err, ERROR_SINK, 0,
                     "the answer is not one of CrateDB: does the URL of the sink name its HTTP "
                     "port (4200)?");
}

/* Moves to the value of a member of the outermost object; false if there is none. */
static bool find_member(struct json_reader *r, struct view json, const char *name,
                        enum json_token *token)
{
    json_reader_init(r, json);
    if (json_next(r) != JSON_OBJECT)
        return false;
    while (json_next(r) == JSON_NAME) {
        bool found = json_text_is(r, name);
        *token = json_next(r);
        if (*token == JSON_ERROR)
            return false;
        if (found)
            return true;
        json_span(r);
    }
    return false;
}

/* ---- bulk ---- */

/* {"code":4000,"message":"..."}, its opening brace just read. */
static bool read_row_error(struct json_reader *r, struct crate_result *result)
{
    struct view message = {0};
    enum json_token t;
    while ((t = json_next(r)) == JSON_NAME) {
        bool is_code = json_text_is(r, "code"), is_message = json_text_is(r, "message");
        t = json_next(r);
        if (is_code && t == JSON_NUMBER)
            result->code = (int)crate_integer(r->text, 0);
        else if (is_message && t == JSON_STRING)
            message = r->text;
        else if (t == JSON_OBJECT || t == JSON_ARRAY)
            json_span(r);
    }
    result->code = crate_row_code(result->code, message);
    result->reason = crate_reason(result->code, message);
    return t == JSON_OBJECT_END;
}

/* {"rowcount":1}, its opening brace just read. */
static bool read_result(struct json_reader *r, struct crate_result *result)
{
    bool counted = false;
    enum json_token t;
    *result = (struct crate_result){.reason = "the server gives no cause"};
    while ((t = json_next(r)) == JSON_NAME) {
        bool is_count = json_text_is(r, "rowcount"), is_error = json_text_is(r, "error");
        t = json_next(r);
        if (is_count && t == JSON_NUMBER) {
            result->rowcount = crate_integer(r->text, INT64_MIN);
            counted = true;
        } else if (is_error && t == JSON_OBJECT) {
            if (!read_row_error(r, result))
                return false;
        } else if (t == JSON_OBJECT || t == JSON_ARRAY) {
            json_span(r);
        }
    }
    return t == JSON_OBJECT_END && counted;
}

int crate_read_bulk(struct view answer, struct crate_result *results, size_t count,
                    struct error *err)
{
    struct json_reader r;
    enum json_token t;
    size_t found = 0;
    if (!find_member(&r, answer, "results", &t) || t != JSON_ARRAY)
        return no_answer(err);
    while ((t = json_next(&r)) == JSON_OBJECT) {
        struct crate_result surplus;
        if (!read_result(&r, found < count ? &results[found] : &surplus))
            return no_answer(err);
        found++;
    }
    if (t != JSON_ARRAY_END)
        return no_answer(err);
    if (found != count)
        return error_set(err, ERROR_SINK, 0,
                         "the server told about %zu rows, but %zu had been sent", found, count);
    return 0;
}

/* ---- tables ---- */

struct cells {
    struct view *list;
    size_t count, size;
};

static void cells_add(struct cells *cells, struct view cell)
{
    if (cells->count == cells->size) {
        cells->size = cells->size ? 2 * cells->size : 64;
        cells->list = xreallocarray(cells->list, cells->size, sizeof(*cells->list));
    }
    cells->list[cells->count++] = cell;
}

/* The elements of the array whose bracket was just read. */
static bool read_elements(struct json_reader *r, struct cells *cells)
{
    enum json_token t;
    while ((t = json_next(r)) != JSON_ARRAY_END) {
        if (t == JSON_ERROR)
            return false;
        cells_add(cells, json_span(r));
    }
    return true;
}

static bool read_rows(struct view answer, size_t columns, struct cells *cells)
{
    struct json_reader r;
    enum json_token t;
    if (!find_member(&r, answer, "rows", &t) || t != JSON_ARRAY)
        return false;
    while ((t = json_next(&r)) == JSON_ARRAY) {
        size_t before = cells->count;
        if (!read_elements(&r, cells) || cells->count != before + columns)
            return false;
    }
    return t == JSON_ARRAY_END;
}

static struct view *keep(struct arena *arena, const struct cells *cells)
{
    struct view *kept = arena_calloc(arena, cells->count + 1, sizeof(*kept));
    for (size_t i = 0; i < cells->count; i++)
        kept[i] = arena_copy(arena, cells->list[i]);
    return kept;
}

static bool read_table(struct view answer, struct query_result *result, struct cells *names,
                       struct cells *cells)
{
    struct json_reader r;
    enum json_token t;
    if (!find_member(&r, answer, "cols", &t) || t != JSON_ARRAY || !read_elements(&r, names))
        return false;
    if (names->count && !read_rows(answer, names->count, cells))
        return false;
    bool counted = find_member(&r, answer, "rowcount", &t) && t == JSON_NUMBER;
    result->columns = keep(&result->arena, names);
    for (size_t i = 0; i < names->count; i++)
        result->columns[i] = crate_cell_text(&result->arena, result->columns[i]);
    result->column_count = names->count;
    result->cells = keep(&result->arena, cells);
    result->row_count = names->count ? cells->count / names->count : 0;
    result->affected = names->count || !counted ? -1 : crate_integer(r.text, -1);
    return true;
}

int crate_read_table(struct view answer, struct query_result *result, struct error *err)
{
    struct cells names = {0}, cells = {0};
    struct query_result read = {.arena = ARENA_INIT};
    bool good = read_table(answer, &read, &names, &cells);
    free(names.list);
    free(cells.list);
    if (!good) {
        query_result_release(&read);
        return no_answer(err);
    }
    *result = read;
    return 0;
}

int64_t crate_integer(struct view number, int64_t fallback)
{
    int64_t value;
    return number_int64(number, &value) ? value : fallback;
}

struct view crate_cell_text(struct arena *arena, struct view cell)
{
    if (cell.len >= 2 && cell.ptr[0] == '"') {
        struct view raw = view_of(cell.ptr + 1, cell.len - 2);
        char *text = arena_alloc(arena, raw.len + 1);
        size_t len = json_unescape(raw, text);
        text[len] = '\0';
        return view_of(text, len);
    }
    return view_equal(cell, VIEW("null")) ? VIEW("") : cell;
}

struct view crate_member(struct view json, ...)
{
    va_list names;
    va_start(names, json);
    for (const char *name; (name = va_arg(names, const char *));) {
        struct json_reader r;
        enum json_token t;
        json = find_member(&r, json, name, &t) ? json_span(&r) : VIEW("");
    }
    va_end(names);
    return json;
}
