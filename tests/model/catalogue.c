/* information_schema and sys, as far as lorry reads them. */
#include <stdlib.h>

#include "model/internal.h"

static struct datum *record_of(const struct table *table)
{
    struct datum *record = datum_object();
    datum_set_str(record, "table_schema", datum_str(table->schema));
    datum_set_str(record, "table_name", datum_str(table->name));
    return record;
}

static struct datum *text_or_null(struct view text)
{
    return text.ptr ? datum_text(text) : datum_null();
}

static struct datum *details(const struct cratedb_model *model, const struct column *column)
{
    static const char *const policies[] = {"strict", "dynamic", "ignored"};
    const struct column *top = column;
    struct datum *path = datum_array(), *details = datum_object();
    for (; top->parent->parent; top = top->parent) {
        datum_add(path, NULL);
        for (size_t i = path->count - 1; i > 0; i--)
            path->items[i] = path->items[i - 1];
        path->items[0] = datum_text(top->name);
    }
    bool object = column->type.base == TYPE_OBJECT;
    datum_set_str(details, "name", datum_text(top->name));
    datum_set_str(details, "path", path);
    datum_set_str(details, "policy", datum_str(policies[object ? column->policy : POLICY_STRICT]));
    if (!model_is_before(model, 601))
        datum_set_str(details, "oid", datum_int(column->oid));
    return details;
}

/* A boolean before 6.1. */
static struct datum *nullable(const struct cratedb_model *model, const struct column *column)
{
    bool is_nullable = !column->not_null && !column->primary_key;
    if (model_is_before(model, 601))
        return datum_bool(is_nullable);
    return datum_str(is_nullable ? "YES" : "NO");
}

static void add_column(struct datum *records, const struct cratedb_model *model,
                       const struct table *table, const struct column *column)
{
    struct datum *record = record_of(table);
    struct buf path = BUF_INIT(BUF_TEXT_CAP), type = BUF_INIT(BUF_TEXT_CAP);
    column_path(&path, column);
    column_type_name(&type, column, false);
    datum_set_str(record, "column_name", datum_text(buf_view(&path)));
    datum_set_str(record, "data_type", datum_text(buf_view(&type)));
    datum_set_str(record, "is_nullable", nullable(model, column));
    datum_set_str(record, "is_generated", datum_str(column->generated.ptr ? "ALWAYS" : "NEVER"));
    datum_set_str(record, "generation_expression", text_or_null(column->generated));
    datum_set_str(record, "column_default", text_or_null(column->default_value));
    datum_set_str(record, "ordinal_position", datum_int(column->oid));
    datum_set_str(record, "column_details", details(model, column));
    datum_add(records, record);
    buf_release(&path);
    buf_release(&type);
}

static void add_columns(struct datum *records, const struct cratedb_model *model,
                        const struct table *table)
{
    size_t count;
    struct column **columns = table_columns(table, &count);
    for (size_t i = 0; i < count; i++)
        add_column(records, model, table, columns[i]);
    free(columns);
}

static void add_keys(struct datum *records, const struct cratedb_model *model,
                     const struct table *table)
{
    (void)model;
    for (size_t i = 0; i < table->key_count; i++) {
        struct datum *record = record_of(table);
        struct buf name = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&name, "%s_pkey", table->name);
        datum_set_str(record, "column_name",
                      datum_text(column_child_at(&table->root, table->key[i]->top)->name));
        datum_set_str(record, "ordinal_position", datum_int((int64_t)i + 1));
        datum_set_str(record, "constraint_name", datum_text(buf_view(&name)));
        datum_add(records, record);
        buf_release(&name);
    }
}

static struct datum *settings(const struct cratedb_model *model, const struct table *table)
{
    struct buf json = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&json,
               "{\"codec\":\"default\",\"routing\":{\"allocation\":{\"include\":{},\"require\":{},"
               "\"exclude\":{},\"enable\":\"all\",\"total_shards_per_node\":-1}},"
               "\"mapping\":{\"total_fields\":{\"limit\":%zu}%s},"
               "\"refresh_interval\":1000,\"translog\":{\"flush_threshold_size\":536870912,"
               "\"sync_interval\":5000,\"durability\":\"REQUEST\"},\"blocks\":{\"metadata\":false,"
               "\"read\":false,\"read_only_allow_delete\":false,\"read_only\":%s,\"write\":%s},"
               "\"merge\":{\"scheduler\":{\"max_thread_count\":1,\"max_merge_count\":6}},"
               "\"store\":{\"type\":\"fs\"},"
               "\"unassigned\":{\"node_left\":{\"delayed_timeout\":60000}},"
               "\"write\":{\"wait_for_active_shards\":\"1\"}}",
               table->columns_max, model_is_before(model, 600) ? "" : ",\"depth\":{\"limit\":100}",
               table->read_only ? "true" : "false", table->write_blocked ? "true" : "false");
    struct datum *value = datum_parse(buf_view(&json), NULL);
    buf_release(&json);
    return value;
}

static void add_table(struct datum *records, const struct cratedb_model *model,
                      const struct table *table)
{
    struct datum *record = record_of(table);
    bool view = table->view_source != NULL;
    const struct column *by = table->key_count == 1 ? table->key[0] : NULL;
    struct buf clustered = BUF_INIT(BUF_TEXT_CAP);
    if (by)
        column_path(&clustered, by);
    datum_set_str(record, "table_type", datum_str(view ? "VIEW" : "BASE TABLE"));
    datum_set_str(record, "number_of_shards",
                  view ? datum_null() : datum_int((int64_t)table->shard_count));
    datum_set_str(record, "number_of_replicas", view ? datum_null() : datum_str("0-1"));
    datum_set_str(record, "column_policy", view ? datum_null() : datum_str("strict"));
    datum_set_str(record, "clustered_by", by ? datum_text(buf_view(&clustered)) : datum_str("_id"));
    datum_set_str(record, "settings", view ? datum_null() : settings(model, table));
    datum_add(records, record);
    buf_release(&clustered);
}

static struct datum *nodes(void)
{
    return datum_parse(VIEW("[{\"name\":\"model\",\"version\":{\"number\":\"6.4.3\"}}]"), NULL);
}

/* "sys" does not even exist for users without privileges there (tried on 5.9 to 6.4.3). */
struct datum *catalogue_rows(struct call *call, struct view schema, struct view name)
{
    static const struct {
        const char *name;
        void (*add)(struct datum *, const struct cratedb_model *, const struct table *);
    } catalogues[] = {
        {"tables", add_table}, {"columns", add_columns}, {"key_column_usage", add_keys}};
    if (view_equal(schema, VIEW("sys")) && view_equal(name, VIEW("nodes")))
        return call_demand(call, "dql", schema, NULL, NULL) == 0 ? nodes() : NULL;
    if (!view_equal(schema, VIEW("information_schema")))
        return NULL;
    for (size_t i = 0; i < sizeof(catalogues) / sizeof(catalogues[0]); i++) {
        if (!view_equal(name, view_str(catalogues[i].name)))
            continue;
        struct datum *records = datum_array();
        for (size_t j = 0; j < call->model->table_count; j++)
            catalogues[i].add(records, call->model, call->model->tables[j]);
        return records;
    }
    return NULL;
}
