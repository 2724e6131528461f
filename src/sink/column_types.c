#include "sink/column_types.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/memory.h"
#include "json/reader.h"
#include "json/scan.h"

/* CrateDB's schema where none is named. */
#define DEFAULT_SCHEMA "doc"

struct column_types {
    struct arena arena;
    struct map types; /* "schema:table:column" -> one of known_types */
};

static const char *const known_types[] = {"text", "numeric", "map", "object"};

static const char *find_known(const struct json_reader *reader)
{
    for (size_t i = 0; i < ARRAY_LEN(known_types); i++)
        if (json_text_is(reader, known_types[i]))
            return known_types[i];
    return NULL;
}

static bool has_three_parts(struct view name)
{
    const char *first = memchr(name.ptr, ':', name.len);
    if (!first || first == name.ptr)
        return false;
    struct view rest = view_between(first + 1, name.ptr + name.len);
    const char *second = memchr(rest.ptr, ':', rest.len);
    return second && second != rest.ptr && second + 1 < rest.ptr + rest.len;
}

static struct view unescaped(struct column_types *types, struct view raw)
{
    char *text = arena_alloc(&types->arena, raw.len + 1);
    return view_of(text, json_unescape(raw, text));
}

/* The member whose name the reader has just read. */
static int read_member(struct column_types *types, struct json_reader *reader, struct error *err)
{
    struct view name = unescaped(types, reader->text);
    if (!has_three_parts(name))
        return error_set(err, ERROR_SETTING, 0,
                         "COLUMN_TYPES: \"%.*s\" does not have the form schema:table:column",
                         VIEW_ARG(name));
    enum json_token token = json_next(reader);
    if (token == JSON_ERROR)
        return -1;
    const char *type = token == JSON_STRING ? find_known(reader) : NULL;
    if (!type)
        return error_set(err, ERROR_SETTING, 0,
                         "COLUMN_TYPES: the type of \"%.*s\" is none of text, numeric, map, object",
                         VIEW_ARG(name));
    void **place = map_at(&types->types, name);
    if (*place)
        return error_set(err, ERROR_SETTING, 0, "COLUMN_TYPES: \"%.*s\" is given twice",
                         VIEW_ARG(name));
    *place = (void *)type;
    return 0;
}

static int read_all(struct column_types *types, struct json_reader *reader, struct error *err)
{
    enum json_token token = json_next(reader);
    if (token != JSON_OBJECT && token != JSON_ERROR)
        return error_set(err, ERROR_SETTING, 0,
                         "COLUMN_TYPES is not a JSON object {\"schema:table:column\": \"type\"}");
    while (token != JSON_ERROR && (token = json_next(reader)) > JSON_END)
        if (token == JSON_NAME && read_member(types, reader, err) < 0)
            break;
    if (!reader->problem)
        return token == JSON_END ? 0 : -1;
    struct error found;
    json_reader_error(reader, &found);
    return error_set(err, ERROR_SETTING, 0, "COLUMN_TYPES: %s", found.message);
}

struct column_types *column_types_parse(struct view json, struct error *err)
{
    struct column_types *types = xcalloc(1, sizeof(*types));
    struct json_reader reader;
    json_reader_init(&reader, json);
    if (json.len && read_all(types, &reader, err) < 0) {
        column_types_free(types);
        return NULL;
    }
    return types;
}

void column_types_free(struct column_types *types)
{
    if (!types)
        return;
    map_release(&types->types);
    arena_release(&types->arena);
    free(types);
}

const char *column_types_find(const struct column_types *types, const struct table_name *table,
                              struct view column)
{
    if (!types)
        return NULL;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "%s:%s:", table->schema ? table->schema : DEFAULT_SCHEMA, table->table);
    buf_append_view(&name, column);
    return map_get(&types->types, buf_view(&name));
}
