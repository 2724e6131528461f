/* INSERT: plain, DO NOTHING, DO UPDATE; with args or bulk_args. */
#include <stdlib.h>

#include "base/memory.h"
#include "model/internal.h"

#define COLUMNS_MAX 64
#define ROWS_MAX 64

enum conflict { CONFLICT_ERROR, CONFLICT_NOTHING, CONFLICT_UPDATE };

struct insert {
    struct call *call;
    struct table *table;
    struct column *targets[COLUMNS_MAX];
    size_t target_count;
    struct expr *sources[ROWS_MAX * COLUMNS_MAX]; /* of all the rows behind VALUES */
    size_t row_count;
    enum conflict conflict;
    struct update updates[COLUMNS_MAX];
    size_t update_count;
    struct expr *returning[COLUMNS_MAX];
    size_t returning_count;
    struct writing writing;
    struct datum *rows; /* of RETURNING */
};

/* One row that passed the analysis: the values by top-level column, and the id. */
struct candidate {
    struct datum **values;
    struct view id;
};

static int read_targets(struct insert *insert, struct error *err)
{
    struct sql *sql = &insert->call->sql;
    if (!sql_skip(sql, "("))
        return sql_unknown(sql, err);
    do {
        struct expr *expr =
            insert->target_count < COLUMNS_MAX ? call_expr(insert->call, err) : NULL;
        if (!expr || expr->kind != EXPR_COLUMN)
            return sql_unknown(sql, err);
        if (expr->path_len)
            return error_set(err, ERROR_SINK, 4000,
                             "SQLParseException[Invalid column reference \"%.*s\"['%.*s'] used in "
                             "INSERT INTO statement]",
                             VIEW_ARG(expr->name), VIEW_ARG(expr->path[0]));
        if (expr_bind(expr, insert->table, err) < 0)
            return -1;
        insert->targets[insert->target_count++] = expr->column;
    } while (sql_skip(sql, ","));
    return sql_skip(sql, ")") ? 0 : sql_unknown(sql, err);
}

static int read_sources(struct insert *insert, struct error *err)
{
    struct sql *sql = &insert->call->sql;
    if (!sql_skip(sql, "values"))
        return sql_unknown(sql, err);
    do {
        if (insert->row_count == ROWS_MAX || !sql_skip(sql, "("))
            return sql_unknown(sql, err);
        struct expr **row = &insert->sources[insert->row_count++ * insert->target_count];
        for (size_t i = 0; i < insert->target_count; i++)
            if (!(row[i] = call_expr(insert->call, err)) ||
                (i + 1 < insert->target_count && !sql_skip(sql, ",")))
                return sql_unknown(sql, err);
        if (!sql_skip(sql, ")"))
            return sql_unknown(sql, err);
    } while (sql_skip(sql, ","));
    return 0;
}

static int wrong_target(const struct insert *insert, size_t count, struct error *err)
{
    if (count == insert->table->key_count)
        return error_set(err, ERROR_SINK, 4000,
                         "SQLParseException[Conflict target did not match the primary key "
                         "columns]");
    return error_set(err, ERROR_SINK, 4000,
                     "SQLParseException[Number of conflict targets did not match the number of "
                     "primary key columns]");
}

static int read_conflict_target(struct insert *insert, struct error *err)
{
    struct sql *sql = &insert->call->sql;
    size_t count = 0, matched = 0;
    if (!sql_skip(sql, "("))
        return sql_unknown(sql, err);
    do {
        struct expr *expr = call_expr(insert->call, err);
        if (!expr || expr_bind(expr, insert->table, err) < 0)
            return -1;
        count++;
        matched += expr->column && expr->column->primary_key;
    } while (sql_skip(sql, ","));
    if (!sql_skip(sql, ") do update set"))
        return sql_unknown(sql, err);
    if (count != matched || count != insert->table->key_count)
        return wrong_target(insert, count, err);
    return 0;
}

/* What SET takes from `excluded` must be among the columns that are inserted. */
static int check_excluded(const struct insert *insert, const struct expr *expr, struct error *err)
{
    for (size_t i = 0; i < expr->arg_count; i++)
        if (check_excluded(insert, expr->args[i], err) < 0)
            return -1;
    if (expr->kind != EXPR_COLUMN || !expr->excluded)
        return 0;
    for (size_t i = 0; i < insert->target_count; i++)
        if (expr->column && insert->targets[i]->top == expr->column->top)
            return 0;
    return error_set(err, ERROR_SINK, 4000,
                     "SQLParseException[Column '%.*s' that is used in the VALUES() expression is "
                     "not part of the target column list]",
                     VIEW_ARG(expr->name));
}

static int read_conflict(struct insert *insert, struct error *err)
{
    struct sql *sql = &insert->call->sql;
    if (!sql_skip(sql, "on conflict"))
        return 0;
    if (sql_skip(sql, "do nothing")) {
        insert->conflict = CONFLICT_NOTHING;
        return 0;
    }
    insert->conflict = CONFLICT_UPDATE;
    if (read_conflict_target(insert, err) < 0)
        return -1;
    ssize_t count = read_updates(insert->call, insert->table, insert->updates, COLUMNS_MAX, err);
    if (count < 0)
        return -1;
    insert->update_count = (size_t)count;
    for (size_t i = 0; i < insert->update_count; i++)
        if (check_excluded(insert, insert->updates[i].value, err) < 0)
            return -1;
    return 0;
}

static int read_returning(struct insert *insert, struct error *err)
{
    if (!sql_skip(&insert->call->sql, "returning"))
        return 0;
    if (insert->call->bulk)
        return error_set(err, ERROR_SINK, 4004,
                         "UnsupportedFeatureException[Bulk operations for statements that return "
                         "result sets is not supported]");
    do {
        struct expr *expr =
            insert->returning_count < COLUMNS_MAX ? call_expr(insert->call, err) : NULL;
        if (!expr || expr_bind(expr, insert->table, err) < 0)
            return -1;
        insert->returning[insert->returning_count++] = expr;
    } while (sql_skip(&insert->call->sql, ","));
    return 0;
}

static int read_insert(struct insert *insert, struct error *err)
{
    insert->table = call_table(insert->call, true, "INSERT", err);
    if (!insert->table || read_targets(insert, err) < 0 || read_sources(insert, err) < 0 ||
        read_conflict(insert, err) < 0 || read_returning(insert, err) < 0)
        return -1;
    return sql_at_end(&insert->call->sql) ? 0 : sql_unknown(&insert->call->sql, err);
}

/* With args, the server compares types before values: an integer never becomes an object. */
static int compare_types(const struct insert *insert, const struct column *column,
                         const struct datum *value, struct error *err)
{
    if (insert->call->bulk || column->type.base != TYPE_OBJECT || value->kind == DATUM_OBJECT ||
        value->kind == DATUM_TEXT || value->kind == DATUM_NULL)
        return 0;
    static const char *const names[] = {
        [DATUM_BOOL] = "boolean", [DATUM_INT] = "integer",     [DATUM_REAL] = "double precision",
        [DATUM_BIG] = "bigint",   [DATUM_DECIMAL] = "numeric", [DATUM_ARRAY] = "integer_array"};
    return error_set(err, ERROR_SINK, 4000,
                     "SQLParseException[Cannot convert VALUES element in row 1 of type `%s` to "
                     "`object` for `%.*s`]",
                     names[value->kind], VIEW_ARG(column->name));
}

static int find_id(const struct insert *insert, struct candidate *candidate, struct error *err)
{
    struct table *table = insert->table;
    struct datum *key[PRIMARY_KEY_MAX];
    const struct doc doc = {.values = candidate->values, .count = column_child_count(&table->root)};
    for (size_t i = 0; i < table->key_count; i++) {
        key[i] = doc_get(&doc, table->key[i]);
        if (!datum_is_null(key[i]))
            continue;
        if (candidate->values[table->key[i]->top])
            return error_set(err, ERROR_SINK, 4000,
                             "SQLParseException[A primary key value must not be NULL]");
        struct buf path = BUF_INIT(BUF_TEXT_CAP);
        column_path(&path, table->key[i]);
        error_set(err, ERROR_SINK, 4000,
                  "SQLParseException[Column \"%s\" is required but is missing from the insert "
                  "statement]",
                  buf_str(&path));
        buf_release(&path);
        return -1;
    }
    candidate->id = table_id(table, key, insert->call->arena);
    return 0;
}

/* What is looked at before anything is written: one wrong value refuses the whole call. */
static int analyse(const struct insert *insert, struct expr *const *sources, struct datum *params,
                   struct candidate *candidate, struct error *err)
{
    const struct scope scope = {.params = params, .user = insert->call->user};
    for (size_t i = 0; i < insert->target_count; i++) {
        const struct column *column = insert->targets[i];
        cleanup_datum struct datum *value = expr_eval(sources[i], &scope, err);
        if (!value || compare_types(insert, column, value, err) < 0)
            return -1;
        struct datum *cast = column_cast(column, value, err);
        if (!cast)
            return -1;
        datum_free(candidate->values[column->top]);
        candidate->values[column->top] = cast;
    }
    return find_id(insert, candidate, err);
}

/* The defect (FACTS 4, "silent loss"): where the request has added keys, an object is lost on the
 * way of an update. The one exception is a row that brings the keys itself and is taken. */
static void lose_objects(const struct insert *insert, const struct row *row, const bool *own,
                         const bool *fresh_before, struct datum **values)
{
    for (size_t i = 0; i < column_child_count(&insert->table->root); i++) {
        const struct column *column = column_child_at(&insert->table->root, i);
        if (column->type.base != TYPE_OBJECT || column->policy != POLICY_DYNAMIC)
            continue;
        bool kept = i < row->live->count && values[i] == row->live->values[i];
        if (fresh_before[i] || (own[i] && kept)) {
            datum_free(values[i]);
            values[i] = NULL;
        }
    }
}

/* Takes the values over. */
static int store(const struct insert *insert, struct row *row, struct datum **values,
                 struct error *err)
{
    if (writing_check(&insert->writing, values, err) < 0) {
        free_values(values, column_child_count(&insert->table->root));
        return -1;
    }
    table_store(insert->table, row, doc_new(insert->table, row, values));
    return 0;
}

static int update_row(const struct insert *insert, struct row *row, struct datum **excluded,
                      const bool *own, const bool *fresh_before, struct datum *params,
                      struct error *err)
{
    size_t count = column_child_count(&insert->table->root);
    const struct doc incoming = {.values = excluded, .count = count};
    const struct scope scope = {.row = row,
                                .doc = row->live,
                                .excluded = &incoming,
                                .params = params,
                                .user = insert->call->user};
    struct datum **values = copy_values(insert->table, row->live);
    for (size_t i = 0; i < insert->update_count; i++) {
        size_t top = insert->updates[i].target->column->top;
        struct datum *value = updated_value(&insert->updates[i], &scope, err);
        if (!value) {
            free_values(values, count);
            return -1;
        }
        datum_free(values[top]);
        values[top] = value;
    }
    lose_objects(insert, row, own, fresh_before, values);
    return store(insert, row, values, err);
}

/* Writes one row. Returns its rowcount, or -1 and an error that concerns this row alone. */
static int write_row(struct insert *insert, struct candidate *candidate, struct row *row,
                     struct datum *params, struct error *err)
{
    struct writing *w = &insert->writing;
    size_t count = column_child_count(&insert->table->root);
    bool own[SHARDS_MAX * 4] = {false}, fresh_before[SHARDS_MAX * 4] = {false};
    if (count > ARRAY_LEN(own))
        return error_set(err, ERROR_SINK, 5000, "model: too many columns");
    for (size_t i = 0; i < count; i++)
        fresh_before[i] = writing_is_fresh(w, row->shard, i);
    if (writing_grow(w, candidate->values, own, err) < 0)
        return -1;
    writing_note(w, row->shard, own);
    if (!row->live)
        return store(insert, row, steal(&candidate->values), err) < 0 ? -1 : 1;
    switch (insert->conflict) {
    case CONFLICT_NOTHING: return 0;
    case CONFLICT_UPDATE:
        return update_row(insert, row, candidate->values, own, fresh_before, params, err) < 0 ? -1
                                                                                              : 1;
    default:
        return error_set(err, ERROR_SINK, 4091,
                         "DuplicateKeyException[A document with the same primary key exists "
                         "already]");
    }
}

static int add_returned(struct insert *insert, const struct row *row, struct datum *params,
                        struct error *err)
{
    const struct scope scope = {
        .row = row, .doc = row->live, .params = params, .user = insert->call->user};
    struct datum *cells = datum_array();
    for (size_t i = 0; i < insert->returning_count; i++) {
        struct datum *cell = expr_eval(insert->returning[i], &scope, err);
        if (!cell) {
            datum_free(cells);
            return -1;
        }
        datum_add(cells, cell);
    }
    datum_add(insert->rows, cells);
    return 0;
}

static int write_bulk(struct insert *insert, struct candidate *candidates, struct datum *results)
{
    for (size_t i = 0; i < insert->call->bulk->count; i++) {
        struct error err = {0};
        struct row *row = table_row(insert->table, candidates[i].id);
        int result = write_row(insert, &candidates[i], row, insert->call->bulk->items[i], &err);
        if (result < 0)
            writing_refuse(&insert->writing, row->shard, results, &err);
        else
            datum_add(results, result_count(result));
    }
    return 0;
}

/* With args a refused row fails the call, except that one of several, or one that fails in a way
 * that the server did not foresee (5000), is only missing in the count. */
static int write_args(struct insert *insert, struct candidate *candidates, int64_t *rowcount,
                      struct error *err)
{
    for (size_t i = 0; i < insert->row_count; i++) {
        struct error ours = {0};
        struct row *row = table_row(insert->table, candidates[i].id);
        int result = write_row(insert, &candidates[i], row, insert->call->args, &ours);
        if (result < 0 && insert->row_count == 1 && ours.code != 5000) {
            *err = ours;
            return -1;
        }
        if (result > 0 && insert->returning_count &&
            add_returned(insert, row, insert->call->args, err) < 0)
            return -1;
        *rowcount += result > 0;
    }
    return 0;
}

static void answer_rows(struct insert *insert, int64_t rowcount)
{
    answer_count(insert->call, rowcount);
    if (!insert->returning_count)
        return;
    struct datum *cols = datum_array();
    for (size_t i = 0; i < insert->returning_count; i++) {
        struct buf title = BUF_INIT(BUF_TEXT_CAP);
        expr_title(&title, insert->returning[i]);
        datum_add(cols, datum_text(buf_view(&title)));
        buf_release(&title);
    }
    datum_set_str(insert->call->answer, "cols", cols);
    datum_set_str(insert->call->answer, "rows", datum_ref(insert->rows));
}

static int execute(struct insert *insert, struct candidate *candidates, size_t count,
                   struct error *err)
{
    struct call *call = insert->call;
    for (size_t i = 0; i < count; i++) {
        struct expr *const *sources = insert->sources;
        if (!call->bulk)
            sources += i * insert->target_count;
        candidates[i].values = copy_values(insert->table, NULL);
        if (analyse(insert, sources, call->bulk ? call->bulk->items[i] : call->args, &candidates[i],
                    err) < 0)
            return -1;
    }
    writing_init(&insert->writing, call, insert->table);
    if (call->bulk) {
        struct datum *results = datum_array();
        datum_set_str(call->answer, "results", results);
        return write_bulk(insert, candidates, results);
    }
    int64_t rowcount = 0;
    if (write_args(insert, candidates, &rowcount, err) < 0)
        return -1;
    answer_rows(insert, rowcount);
    return 0;
}

int run_insert(struct call *call, struct error *err)
{
    struct insert *insert = arena_calloc(call->arena, 1, sizeof(*insert));
    insert->call = call;
    if (read_insert(insert, err) < 0)
        return -1;
    size_t count = call->bulk ? call->bulk->count : insert->row_count;
    struct candidate *candidates = arena_calloc(call->arena, count + 1, sizeof(*candidates));
    insert->rows = datum_array();
    int result = execute(insert, candidates, count, err);
    for (size_t i = 0; i < count; i++)
        free_values(candidates[i].values, column_child_count(&insert->table->root));
    datum_free(insert->rows);
    return result;
}
