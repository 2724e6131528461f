/* CREATE, DROP, ALTER and REFRESH. */
#include "model/ddl.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/internal.h"

static int exists_already(const struct table *table, struct error *err)
{
    return error_set(err, ERROR_SINK, 4093,
                     "RelationAlreadyExists[Relation '%s.%s' already exists.]", table->schema,
                     table->name);
}

static struct column *find_path(struct table *table, const struct expr *expr)
{
    struct column *column = column_child(&table->root, expr->name);
    for (size_t i = 0; column && i < expr->path_len; i++)
        column = column_child(column, expr->path[i]);
    return column;
}

/* PRIMARY KEY (a, b) behind the columns. */
static int read_table_key(struct call *call, struct table *table, struct error *err)
{
    do {
        struct expr *expr = call_expr(call, err);
        struct column *column = expr ? find_path(table, expr) : NULL;
        if (!column || column->type.base == TYPE_OBJECT)
            return sql_unknown(&call->sql, err);
        column->primary_key = true;
    } while (sql_skip(&call->sql, ","));
    return sql_skip(&call->sql, ")") ? 0 : sql_unknown(&call->sql, err);
}

/* CHECK constraints are read, but not kept: no table of lorry's has one. */
static int read_check(struct call *call, struct error *err)
{
    struct view name;
    if (!sql_name(&call->sql, &name) || !sql_skip(&call->sql, "check ("))
        return sql_unknown(&call->sql, err);
    if (!call_expr(call, err))
        return -1;
    return sql_skip(&call->sql, ")") ? 0 : sql_unknown(&call->sql, err);
}

static int read_columns(struct call *call, struct table *table, struct error *err)
{
    do {
        int result;
        if (sql_skip(&call->sql, "primary key ("))
            result = read_table_key(call, table, err);
        else if (sql_skip(&call->sql, "constraint"))
            result = read_check(call, err);
        else
            result = ddl_column(&call->sql, &table->root, NULL, err);
        if (result < 0)
            return -1;
    } while (sql_skip(&call->sql, ","));
    return sql_skip(&call->sql, ")") ? 0 : sql_unknown(&call->sql, err);
}

static int read_table(struct call *call, struct table *table, struct error *err)
{
    if (!sql_skip(&call->sql, "(") || read_columns(call, table, err) < 0)
        return err->domain ? -1 : sql_unknown(&call->sql, err);
    if (sql_skip(&call->sql, "clustered into") &&
        (!sql_number(&call->sql, &table->shard_count) || !table->shard_count ||
         table->shard_count > SHARDS_MAX || !sql_skip(&call->sql, "shards")))
        return sql_unknown(&call->sql, err);
    if (!sql_at_end(&call->sql))
        return sql_unknown(&call->sql, err);
    for (size_t i = 0; i < column_child_count(&table->root); i++)
        table_adopt(table, column_child_at(&table->root, i), call->request);
    return 0;
}

int run_create_table(struct call *call, struct error *err)
{
    bool optional = sql_skip(&call->sql, "if not exists");
    struct view schema = call->schema, name;
    if (!sql_table(&call->sql, &schema, &name))
        return sql_unknown(&call->sql, err);
    if (call_demand(call, "ddl", schema, NULL, err) < 0)
        return -1;
    struct table *table = table_new(schema, name);
    table->shard_count = call->model->shards;
    if (read_table(call, table, err) < 0) {
        table_free(table);
        return -1;
    }
    struct table *there = model_find(call->model, schema, name);
    if (there) {
        table_free(table);
        answer_count(call, 0);
        return optional ? 0 : exists_already(there, err);
    }
    model_add(call->model, table);
    answer_count(call, 1);
    return 0;
}

int run_create_view(struct call *call, bool replace, struct error *err)
{
    struct view schema = call->schema, name;
    if (!sql_table(&call->sql, &schema, &name) || !sql_skip(&call->sql, "as"))
        return sql_unknown(&call->sql, err);
    size_t source = call->sql.tokens[call->sql.at].begin;
    if (!sql_skip(&call->sql, "select * from"))
        return sql_unknown(&call->sql, err);
    if (call_demand(call, "ddl", schema, NULL, err) < 0)
        return -1;
    struct table *there = model_find(call->model, schema, name);
    if (there && (!replace || !there->view_source))
        return exists_already(there, err);
    struct table *view = table_new(schema, name);
    view->view_source = xstrdup(call->sql.statement.ptr + source);
    view->view_schema = xstrndup(call->schema.ptr, call->schema.len);
    if (there)
        model_drop(call->model, there);
    model_add(call->model, view);
    answer_count(call, 1);
    return 0;
}

int run_drop(struct call *call, bool view, struct error *err)
{
    bool optional = sql_skip(&call->sql, "if exists");
    struct view schema = call->schema, name;
    if (!sql_table(&call->sql, &schema, &name) || !sql_at_end(&call->sql))
        return sql_unknown(&call->sql, err);
    if (call_demand(call, "ddl", schema, NULL, err) < 0)
        return -1;
    struct table *table = model_find(call->model, schema, name);
    if (table && (table->view_source != NULL) != view)
        table = NULL;
    if (!table && !optional)
        return error_set(err, ERROR_SINK, 4041, "RelationUnknown[Relation '%.*s' unknown]",
                         VIEW_ARG(name));
    if (table)
        model_drop(call->model, table);
    answer_count(call, table ? 1 : 0);
    return 0;
}

int run_refresh(struct call *call, struct error *err)
{
    do {
        struct table *table = call_table(call, false, "REFRESH", err);
        if (!table)
            return -1;
        table_refresh(table);
    } while (sql_skip(&call->sql, ","));
    if (!sql_at_end(&call->sql))
        return sql_unknown(&call->sql, err);
    answer_count(call, 1);
    return 0;
}

/* Adds data['a']['b'] with all that is missing above it. */
static int add_column(struct call *call, struct table *table, struct error *err)
{
    struct expr *expr = call_expr(call, err);
    if (!expr || expr->kind != EXPR_COLUMN)
        return sql_unknown(&call->sql, err);
    struct buf title = BUF_INIT(BUF_TEXT_CAP);
    expr_title(&title, expr);
    if (find_path(table, expr)) {
        error_set(err, ERROR_SINK, 4000,
                  "SQLParseException[The table %s.%s already has a column named %s]", table->schema,
                  table->name, buf_str(&title));
        buf_release(&title);
        return -1;
    }
    buf_release(&title);
    struct column *parent = &table->root;
    for (size_t i = 0; i < expr->path_len; i++) {
        struct view name = i == 0 ? expr->name : expr->path[i - 1];
        struct column *child = column_child(parent, name);
        if (!child) {
            child = column_new(parent, name, (struct type){.base = TYPE_OBJECT});
            table_adopt(table, child, call->request);
        }
        parent = child;
    }
    /* The definition is read again from the last name on, into a tree that can be thrown away. */
    struct token *last = &call->sql.tokens[call->sql.at - 1];
    struct view name = expr->path_len ? expr->path[expr->path_len - 1] : expr->name;
    *last = (struct token){.kind = TOKEN_QUOTED, .text = name};
    call->sql.at--;
    struct column scratch = {.type.base = TYPE_OBJECT}, *made = NULL;
    int result = ddl_column(&call->sql, &scratch, &made, err);
    if (result == 0)
        table_adopt(table, column_new(parent, name, made->type), call->request);
    column_free(made);
    map_release(&scratch.children);
    return result;
}

static int set_option(struct call *call, struct table *table, struct error *err)
{
    struct view name;
    bool *flag = NULL, ignored;
    if (!sql_name(&call->sql, &name) || !sql_skip(&call->sql, "="))
        return sql_unknown(&call->sql, err);
    if (view_equal(name, VIEW("mapping.total_fields.limit")))
        return sql_number(&call->sql, &table->columns_max) && sql_skip(&call->sql, ")")
                   ? 0
                   : sql_unknown(&call->sql, err);
    if (view_equal(name, VIEW("blocks.write")))
        flag = &table->write_blocked;
    else if (view_equal(name, VIEW("blocks.read_only")))
        flag = &table->read_only;
    else if (view_equal(name, VIEW("blocks.metadata"))) /* does not stop an INSERT [0158] */
        flag = &ignored;
    if (!flag)
        return sql_unknown(&call->sql, err);
    *flag = sql_skip(&call->sql, "true");
    return (*flag || sql_skip(&call->sql, "false")) && sql_skip(&call->sql, ")")
               ? 0
               : sql_unknown(&call->sql, err);
}

int run_alter_table(struct call *call, struct error *err)
{
    struct table *table = call_table(call, false, "ALTER", err);
    int result = -1;
    if (!table || call_demand(call, "ddl", view_str(table->schema), table, err) < 0)
        return -1;
    if (sql_skip(&call->sql, "set (")) {
        result = set_option(call, table, err);
    } else if (sql_skip(&call->sql, "close")) {
        table->closed = true;
        result = 0;
    } else {
        while (sql_skip(&call->sql, "add column")) {
            result = add_column(call, table, err);
            if (result < 0 || !sql_skip(&call->sql, ","))
                break;
        }
        if (result < 0 && !err->domain)
            return sql_unknown(&call->sql, err);
    }
    if (result == 0 && !sql_at_end(&call->sql))
        return sql_unknown(&call->sql, err);
    answer_count(call, -1);
    return result;
}
