/* What INSERT and UPDATE have in common: new keys, checks, the values of SET. */
#include <stdlib.h>

#include "base/memory.h"
#include "model/dynamic.h"
#include "model/internal.h"

void writing_init(struct writing *w, struct call *call, struct table *table)
{
    *w = (struct writing){.call = call, .table = table};
    w->fresh = arena_calloc(call->arena, column_child_count(&table->root) * SHARDS_MAX + 1,
                            sizeof(*w->fresh));
}

bool writing_is_fresh(const struct writing *w, size_t shard, size_t column)
{
    return w->fresh[column * SHARDS_MAX + shard];
}

void writing_note(struct writing *w, size_t shard, const bool *own)
{
    for (size_t i = 0; i < column_child_count(&w->table->root); i++)
        if (own[i])
            w->fresh[i * SHARDS_MAX + shard] = true;
}

/* Whether the object has a key that was not in the table when the request began, whichever row of
 * it brought it: another shard learns of it as late as this one. */
static bool has_fresh_key(const struct column *column, const struct datum *value, uint64_t request)
{
    if (value->kind == DATUM_ARRAY)
        for (size_t i = 0; i < value->count; i++)
            if (has_fresh_key(column, value->items[i], request))
                return true;
    if (value->kind != DATUM_OBJECT)
        return false;
    for (size_t i = 0; i < value->count; i++) {
        const struct column *child = column_child(column, value->keys[i]->text);
        if (child && !datum_is_null(value->items[i]) &&
            (child->born == request || has_fresh_key(child, value->items[i], request)))
            return true;
    }
    return false;
}

static int limit(const struct cratedb_model *model, const struct table *table,
                 const struct growth *growth, struct error *err)
{
    const size_t depth_max = 100;
    if (growth->depth > depth_max && !model_is_before(model, 600))
        return error_set(err, ERROR_SINK, 4000,
                         "SQLParseException[Limit of max column depth [100] in table [%s.%s] "
                         "exceeded]",
                         table->schema, table->name);
    if ((size_t)table->last_oid + growth->columns > table->columns_max)
        return error_set(err, ERROR_SINK, 4000,
                         "SQLParseException[Limit of total columns [%zu] in table [%s.%s] "
                         "exceeded]",
                         table->columns_max, table->schema, table->name);
    return 0;
}

static int conform(const struct writing *w, struct datum **values, struct error *err)
{
    for (size_t i = 0; i < column_child_count(&w->table->root); i++) {
        const struct column *column = column_child_at(&w->table->root, i);
        if (!values[i] || column->type.base != TYPE_OBJECT)
            continue;
        struct datum *value = column_conform(column, values[i], w->call->request, err);
        if (!value)
            return -1;
        datum_free(values[i]);
        values[i] = value;
    }
    return 0;
}

static int collect(const struct writing *w, struct datum *const *values, struct growth *growth,
                   struct error *err)
{
    for (size_t i = 0; i < column_child_count(&w->table->root); i++)
        if (values[i] &&
            growth_collect(growth, column_child_at(&w->table->root, i), values[i], err) < 0)
            return -1;
    return limit(w->call->model, w->table, growth, err);
}

int writing_grow(struct writing *w, struct datum **values, bool *own, struct error *err)
{
    if (conform(w, values, err) < 0)
        return -1;
    /* An array of unknown type that turns out to hold objects brings their keys in a second go. */
    for (bool more = true; more;) {
        struct growth growth = {0};
        int result = collect(w, values, &growth, err);
        more = growth.count > 0;
        if (result == 0)
            growth_commit(&growth, w->call->request, &w->table->last_oid);
        growth_release(&growth);
        if (result < 0 || (more && conform(w, values, err) < 0))
            return -1;
    }
    for (size_t i = 0; i < column_child_count(&w->table->root); i++)
        own[i] = values[i] &&
                 has_fresh_key(column_child_at(&w->table->root, i), values[i], w->call->request);
    return 0;
}

int writing_check(const struct writing *w, struct datum *const *values, struct error *err)
{
    for (size_t i = 0; i < column_child_count(&w->table->root); i++) {
        const struct column *column = column_child_at(&w->table->root, i);
        bool filled_in = !values[i] && column->default_value.ptr;
        if (column->not_null && datum_is_null(values[i]) && !filled_in)
            return error_set(err, ERROR_SINK, 4000, "SQLParseException[\"%.*s\" must not be null]",
                             VIEW_ARG(column->name));
        if (values[i] && column_check(column, values[i], err) < 0)
            return -1;
    }
    return 0;
}

void writing_refuse(struct writing *w, size_t shard, struct datum *results, const struct error *err)
{
    const size_t explained_max = 10;
    struct datum *result = result_count(-2);
    if (w->errors[shard]++ < explained_max) {
        struct datum *error = datum_object();
        /* A version conflict has a code of its own since 6.2. */
        bool unhandled = err->code == 4092 && model_is_before(w->call->model, 602);
        datum_set_str(error, "code", datum_int(unhandled ? 5000 : err->code));
        datum_set_str(error, "message", datum_str(err->message));
        datum_set_str(result, "error", error);
    }
    datum_add(results, result);
}

ssize_t read_updates(struct call *call, const struct table *table, struct update *updates,
                     size_t max, struct error *err)
{
    size_t count = 0;
    do {
        struct expr *pair = count < max ? call_expr(call, err) : NULL;
        if (!pair)
            return -1;
        /* "a = CASE ..." reads as a comparison. */
        if (pair->kind != EXPR_COMPARE || pair->args[0]->kind != EXPR_COLUMN)
            return sql_unknown(&call->sql, err);
        struct expr *target = pair->args[0];
        size_t path_len = target->path_len;
        target->path_len = 0; /* data['x'] may be new, data may not */
        if (expr_bind(pair, table, err) < 0)
            return -1;
        target->path_len = path_len;
        updates[count].target = target;
        updates[count++].value = pair->args[1];
        const struct column *top = target->column;
        for (size_t i = 0; i < table->key_count; i++)
            if (table->key[i]->top == top->top)
                return error_set(err, ERROR_SINK, 4003,
                                 "ColumnValidationException[Validation failed for %.*s: Updating "
                                 "a primary key is not supported]",
                                 VIEW_ARG(top->name));
    } while (sql_skip(&call->sql, ","));
    return (ssize_t)count;
}

/* `object` with `item` (taken over) at the path: a copy of what lies on the way. */
static struct datum *put(const struct datum *object, const struct view *path, size_t len,
                         struct datum *item)
{
    if (!len)
        return item;
    struct datum *copy = datum_object();
    for (size_t i = 0; object && object->kind == DATUM_OBJECT && i < object->count; i++)
        datum_set(copy, object->keys[i]->text, datum_ref(object->items[i]));
    datum_set(copy, path[0], put(datum_get(object, path[0]), path + 1, len - 1, item));
    return copy;
}

struct datum *updated_value(const struct update *update, const struct scope *scope,
                            struct error *err)
{
    struct datum *value = expr_eval(update->value, scope, err);
    if (!value || !update->target->path_len)
        return value;
    const struct expr whole = {
        .kind = EXPR_COLUMN, .name = update->target->name, .column = update->target->column};
    cleanup_datum struct datum *old = expr_eval(&whole, scope, NULL);
    return put(old, update->target->path, update->target->path_len, value);
}

struct datum **copy_values(const struct table *table, const struct doc *doc)
{
    struct datum **values = xcalloc(column_child_count(&table->root) + 1, sizeof(*values));
    for (size_t i = 0; doc && i < doc->count; i++)
        values[i] = doc->values[i] ? datum_ref(doc->values[i]) : NULL;
    return values;
}

void free_values(struct datum **values, size_t count)
{
    for (size_t i = 0; values && i < count; i++)
        datum_free(values[i]);
    free(values);
}
