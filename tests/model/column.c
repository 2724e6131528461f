#include "model/column.h"

#include <stdlib.h>

#include "base/memory.h"

/* The longest text that Lucene indexes. */
#define TERM_MAX 32766

static const struct {
    const char *name;
    enum base_type base;
} type_names[] = {
    {"undefined", TYPE_UNDEFINED},
    {"text", TYPE_TEXT},
    {"varchar", TYPE_TEXT},
    {"string", TYPE_TEXT},
    {"bigint", TYPE_BIGINT},
    {"long", TYPE_BIGINT},
    {"double precision", TYPE_DOUBLE},
    {"double", TYPE_DOUBLE},
    {"boolean", TYPE_BOOLEAN},
    {"numeric", TYPE_NUMERIC},
    {"timestamp with time zone", TYPE_TIMESTAMP},
    {"timestamp", TYPE_TIMESTAMP},
    {"object", TYPE_OBJECT},
};

bool type_by_name(struct view name, struct type *type)
{
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
        if (view_equal(name, view_str(type_names[i].name))) {
            *type = (struct type){.base = type_names[i].base};
            return true;
        }
    return false;
}

static const char *base_name(const struct column *column)
{
    if (column->type.base == TYPE_TIMESTAMP && column->without_time_zone)
        return "timestamp without time zone";
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
        if (type_names[i].base == column->type.base)
            return type_names[i].name;
    return "";
}

void column_type_name(struct buf *out, const struct column *column, bool precise)
{
    buf_append_str(out, base_name(column));
    if (precise && column->type.base == TYPE_NUMERIC)
        buf_printf(out, "(%d,%d)", column->type.precision, column->type.scale);
    for (unsigned i = 0; i < column->type.dims; i++)
        buf_append_str(out, "_array");
}

struct column *column_new(struct column *parent, struct view name, struct type type)
{
    struct column *column = xcalloc(1, sizeof(*column));
    char *copy = xmalloc(name.len + 1);
    if (name.len)
        memcpy(copy, name.ptr, name.len);
    column->name = view_of(copy, name.len);
    column->type = type;
    column->parent = parent;
    column->policy = POLICY_DYNAMIC;
    if (parent) {
        column->top = parent->parent ? parent->top : parent->children.len;
        *map_at(&parent->children, column->name) = column;
    }
    return column;
}

void column_free(struct column *column)
{
    if (!column)
        return;
    for (size_t i = 0; i < column->children.len; i++)
        column_free(column->children.entries[i].value);
    map_release(&column->children);
    free((char *)column->name.ptr);
    free((char *)column->default_value.ptr);
    free((char *)column->generated.ptr);
    free(column);
}

struct column *column_child(const struct column *column, struct view name)
{
    return column->children.len ? map_get(&column->children, name) : NULL;
}

size_t column_child_count(const struct column *column)
{
    return column->children.len;
}

struct column *column_child_at(const struct column *column, size_t index)
{
    return column->children.entries[index].value;
}

size_t column_depth(const struct column *column)
{
    size_t depth = 0;
    for (; column->parent && column->parent->parent; column = column->parent)
        depth++;
    return depth;
}

void column_path(struct buf *out, const struct column *column)
{
    if (!column->parent || !column->parent->parent) {
        buf_append_view(out, column->name);
        return;
    }
    column_path(out, column->parent);
    buf_append_str(out, "['");
    buf_append_view(out, column->name);
    buf_append_str(out, "']");
}

static int refuse_size(const struct column *column, const struct datum *text, struct error *err)
{
    if (column->index_off)
        return error_set(err, ERROR_SINK, 4000,
                         "SQLParseException[DocValuesField \"%d\" is too large, must be <= 32766]",
                         column->oid);
    struct buf prefix = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < 30; i++)
        buf_printf(&prefix, "%s%d", i ? ", " : "", (signed char)text->text.ptr[i]);
    error_set(err, ERROR_SINK, 4000,
              "SQLParseException[Document contains at least one immense term in field=\"%d\" "
              "(whose UTF8 encoding is longer than the max length 32766), all of which were "
              "skipped.  Please correct the analyzer to not produce such terms.  The prefix of "
              "the first immense term is: '[%s]...', original message: bytes can be at most 32766 "
              "in length; got %zu]",
              column->oid, buf_str(&prefix), text->text.len);
    buf_release(&prefix);
    return -1;
}

static int check_untyped(const struct datum *value, struct error *err)
{
    if (value->kind == DATUM_BIG)
        return error_set(err, ERROR_SINK, 5000,
                         "UncheckedIOException[java.io.IOException: can not write type [class "
                         "java.math.BigInteger]]");
    for (size_t i = 0; i < value->count; i++)
        if (check_untyped(value->items[i], err) < 0)
            return -1;
    return 0;
}

static int check_object(const struct column *column, const struct datum *object, struct error *err)
{
    for (size_t i = 0; i < object->count; i++) {
        const struct column *child = column_child(column, object->keys[i]->text);
        int result = child ? column_check(child, object->items[i], err)
                           : check_untyped(object->items[i], err);
        if (result < 0)
            return -1;
    }
    return 0;
}

int column_check(const struct column *column, const struct datum *value, struct error *err)
{
    if (value->kind == DATUM_ARRAY) {
        for (size_t i = 0; i < value->count; i++)
            if (column_check(column, value->items[i], err) < 0)
                return -1;
        return 0;
    }
    if (value->kind == DATUM_OBJECT)
        return check_object(column, value, err);
    if (value->kind == DATUM_TEXT && value->text.len > TERM_MAX &&
        !(column->index_off && column->columnstore_off))
        return refuse_size(column, value, err);
    if (column->type.base == TYPE_BIGINT && value->kind == DATUM_INT &&
        (value->integer == INT64_MAX || value->integer == INT64_MIN))
        return error_set(err, ERROR_SINK, 4000,
                         "SQLParseException[Value %lld exceeds allowed range for column of type "
                         "bigint]",
                         (long long)value->integer);
    return 0;
}
