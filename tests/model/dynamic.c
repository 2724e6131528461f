#include "model/dynamic.h"

#include <stdlib.h>

#include "base/memory.h"

int check_key_name(struct view name, struct error *err)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        const char *trouble = c == '.'   ? "contains a dot"
                              : c == '[' ? "conflicts with subscript pattern, square brackets are "
                                           "not allowed"
                              : c == '\t' || c == '\r' || c == '\n'
                                  ? "contains illegal whitespace character"
                                  : NULL;
        if (trouble)
            return error_set(err, ERROR_SINK, 4008, "InvalidColumnNameException[\"%.*s\" %s]",
                             VIEW_ARG(name), trouble);
    }
    return 0;
}

static const char *plain_name(const struct type *type)
{
    static const char *const names[] = {
        [TYPE_UNDEFINED] = "undefined",     [TYPE_TEXT] = "text",       [TYPE_BIGINT] = "integer",
        [TYPE_DOUBLE] = "double precision", [TYPE_BOOLEAN] = "boolean", [TYPE_NUMERIC] = "numeric",
        [TYPE_TIMESTAMP] = "timestamp",     [TYPE_OBJECT] = "object"};
    return names[type->base];
}

/* Which of two types the server casts to: arrays above all, then objects. */
static int rank(const struct type *type)
{
    static const int ranks[] = {[TYPE_UNDEFINED] = 0, [TYPE_BOOLEAN] = 1, [TYPE_BIGINT] = 2,
                                [TYPE_DOUBLE] = 3,    [TYPE_TEXT] = 4,    [TYPE_OBJECT] = 5};
    return (int)type->dims * 10 + ranks[type->base];
}

/* The type of an array that holds values of both. Measured in 0400 to 0455: numbers mix as doubles;
 * a text beside another scalar is a ClassCastException; all else is refused with both names. */
static int merge_types(struct type *into, const struct type *other, struct error *err)
{
    bool numbers = (into->base == TYPE_BIGINT || into->base == TYPE_DOUBLE) &&
                   (other->base == TYPE_BIGINT || other->base == TYPE_DOUBLE);
    if (other->base == TYPE_UNDEFINED && other->dims <= into->dims)
        return 0;
    if (into->base == TYPE_UNDEFINED && into->dims <= other->dims) {
        *into = *other;
        return 0;
    }
    if (into->dims == other->dims && (into->base == other->base || numbers)) {
        if (into->base != other->base)
            into->base = TYPE_DOUBLE;
        return 0;
    }
    if (into->dims == other->dims && (into->base == TYPE_TEXT || other->base == TYPE_TEXT))
        return error_set(err, ERROR_SINK, 5000, "ClassCastException[null]");
    const struct type *low = rank(into) < rank(other) ? into : other;
    const struct type *high = low == into ? other : into;
    return error_set(err, ERROR_SINK, 4000,
                     "SQLParseException[Cannot cast expressions from type `%s%s` to type `%s%s`]",
                     plain_name(low), low->dims ? "_array" : "", plain_name(high),
                     high->dims ? "_array" : "");
}

/* The type that a new key takes from its value; TYPE_UNDEFINED without dimensions for null. */
static int guess(const struct datum *value, struct type *type, struct error *err)
{
    static const enum base_type bases[] = {
        [DATUM_NULL] = TYPE_UNDEFINED, [DATUM_BOOL] = TYPE_BOOLEAN, [DATUM_INT] = TYPE_BIGINT,
        [DATUM_REAL] = TYPE_DOUBLE,    [DATUM_TEXT] = TYPE_TEXT,    [DATUM_OBJECT] = TYPE_OBJECT};
    if (value->kind == DATUM_BIG)
        return error_set(err, ERROR_SINK, 4000,
                         "SQLParseException[Cannot detect the type of the value: %.*s]",
                         VIEW_ARG(value->text));
    if (value->kind != DATUM_ARRAY) {
        *type = (struct type){.base = bases[value->kind]};
        return 0;
    }
    struct type inner = {.base = TYPE_UNDEFINED};
    for (size_t i = 0; i < value->count; i++) {
        struct type item;
        if (guess(value->items[i], &item, err) < 0 || merge_types(&inner, &item, err) < 0)
            return -1;
    }
    inner.dims++;
    *type = inner;
    return 0;
}

static void append(struct growth *growth, struct new_column item)
{
    growth->items = xreallocarray(growth->items, growth->count + 1, sizeof(*growth->items));
    growth->items[growth->count++] = item;
}

static struct column *find_child(const struct growth *growth, const struct column *parent,
                                 struct view name)
{
    struct column *child = column_child(parent, name);
    for (size_t i = 0; !child && i < growth->count; i++)
        if (growth->items[i].parent == parent && growth->items[i].column &&
            view_equal(growth->items[i].column->name, name))
            child = growth->items[i].column;
    return child;
}

/* A column that is not linked to the one above it yet, if that belongs to the table. */
static struct column *new_child(struct growth *growth, struct column *parent, struct view name,
                                struct type type)
{
    bool fresh = parent->oid == 0;
    struct column *child = column_new(fresh ? parent : NULL, name, type);
    child->parent = parent;
    child->top = parent->top;
    growth->columns++;
    if (column_depth(child) > growth->depth)
        growth->depth = column_depth(child);
    if (!fresh)
        append(growth, (struct new_column){.parent = parent, .column = child});
    return child;
}

static int refuse_element(const struct column *child, const struct datum *value, struct error *err)
{
    struct buf text = BUF_INIT(BUF_TEXT_CAP);
    datum_show(&text, value);
    error_set(err, ERROR_SINK, 4000,
              "SQLParseException[Cannot cast object element `%.*s` with value `%s` to type `%s`]",
              VIEW_ARG(child->name), buf_str(&text), plain_name(&child->type));
    buf_release(&text);
    return -1;
}

/* The key was seen: in the table, or earlier in this very row. */
static int meet_child(struct growth *growth, struct column *child, const struct datum *value,
                      struct error *err)
{
    struct type type;
    if (child->oid && child->type.base != TYPE_UNDEFINED)
        return 0;
    if (guess(value, &type, err) < 0)
        return -1;
    if (!child->oid)
        return merge_types(&child->type, &type, NULL) < 0 ? refuse_element(child, value, err) : 0;
    if (type.base != TYPE_UNDEFINED && type.dims >= child->type.dims)
        append(growth,
               (struct new_column){.parent = child->parent, .upgraded = child, .type = type});
    return 0;
}

static int collect_member(struct growth *growth, struct column *column, struct view name,
                          const struct datum *value, struct error *err)
{
    struct column *child = find_child(growth, column, name);
    struct type type;
    if (child) {
        if (meet_child(growth, child, value, err) < 0)
            return -1;
    } else {
        if (column->policy == POLICY_STRICT)
            return error_set(err, ERROR_SINK, 4000,
                             "SQLParseException[Cannot add column `%.*s` to strict object `%.*s`]",
                             VIEW_ARG(name), VIEW_ARG(column->name));
        if (check_key_name(name, err) < 0 || guess(value, &type, err) < 0)
            return -1;
        child = new_child(growth, column, name, type);
    }
    return child->type.base == TYPE_OBJECT ? growth_collect(growth, child, value, err) : 0;
}

int growth_collect(struct growth *growth, struct column *column, const struct datum *value,
                   struct error *err)
{
    if (column->policy == POLICY_IGNORED)
        return 0;
    if (value->kind == DATUM_ARRAY) {
        for (size_t i = 0; i < value->count; i++)
            if (growth_collect(growth, column, value->items[i], err) < 0)
                return -1;
        return 0;
    }
    if (value->kind != DATUM_OBJECT)
        return 0;
    for (size_t i = 0; i < value->count; i++)
        if (!datum_is_null(value->items[i]) &&
            collect_member(growth, column, value->keys[i]->text, value->items[i], err) < 0)
            return -1;
    return 0;
}

static void settle(struct column *column, uint64_t request, int *last_oid)
{
    column->born = request;
    column->oid = ++*last_oid;
    for (size_t i = 0; i < column_child_count(column); i++)
        settle(column_child_at(column, i), request, last_oid);
}

void growth_commit(struct growth *growth, uint64_t request, int *last_oid)
{
    for (size_t i = 0; i < growth->count; i++) {
        struct new_column *item = &growth->items[i];
        if (item->column) {
            *map_at(&item->parent->children, item->column->name) = item->column;
            settle(item->column, request, last_oid);
            item->column = NULL;
        } else {
            item->upgraded->type = item->type;
            item->upgraded->born = request;
        }
    }
}

void growth_release(struct growth *growth)
{
    for (size_t i = 0; i < growth->count; i++)
        column_free(growth->items[i].column);
    free(growth->items);
    *growth = (struct growth){0};
}
