/* SELECT from a table, a view, the catalogue or nothing. */
#include <stdlib.h>

#include "base/memory.h"
#include "model/internal.h"

#define CELLS_MAX 64

struct order {
    struct expr *expr;
    bool descending;
};

struct select {
    struct call *call;
    struct table *table;   /* NULL: `records` */
    struct datum *records; /* of the catalogue, or one empty row */
    struct expr *cells[CELLS_MAX];
    struct view titles[CELLS_MAX]; /* aliases; empty without one */
    size_t cell_count;
    bool all;
    struct expr *conditions[2]; /* of the statement and of the view */
    struct order orders[CELLS_MAX];
    size_t order_count;
    int64_t limit; /* -1: none */
    bool aggregate;
};

struct found {
    struct datum *cells;
    struct datum *keys; /* of ORDER BY */
    const struct select *select;
};

static struct select *new_select(struct call *call)
{
    struct select *select = arena_calloc(call->arena, 1, sizeof(*select));
    select->call = call;
    select->limit = -1;
    return select;
}

static int read_cells(struct select *select, struct error *err)
{
    struct sql *sql = &select->call->sql;
    if (sql_skip(sql, "*")) {
        select->all = true;
        return 0;
    }
    do {
        if (select->cell_count == CELLS_MAX)
            return sql_unknown(sql, err);
        struct expr *expr = call_expr(select->call, err);
        if (!expr)
            return -1;
        if (sql_skip(sql, "as") && !sql_name(sql, &select->titles[select->cell_count]))
            return sql_unknown(sql, err);
        select->cells[select->cell_count++] = expr;
        select->aggregate |= expr->kind == EXPR_CALL && (view_equal(expr->name, VIEW("count")) ||
                                                         view_equal(expr->name, VIEW("max")) ||
                                                         view_equal(expr->name, VIEW("min")));
    } while (sql_skip(sql, ","));
    return 0;
}

/* A view shows the rows of its table that its condition lets through. */
static int open_view(struct select *select, struct table *view, struct error *err)
{
    struct call *call = select->call;
    struct sql outer = call->sql;
    struct view schema = view_str(view->view_schema), name;
    if (sql_init(&call->sql, view_str(view->view_source), call->arena, err) < 0)
        return -1;
    bool fine = sql_skip(&call->sql, "select * from") && sql_table(&call->sql, &schema, &name);
    select->table = fine ? model_find(call->model, schema, name) : NULL;
    if (select->table && sql_skip(&call->sql, "where"))
        select->conditions[1] = call_expr(call, err);
    call->sql = outer;
    if (!select->table)
        return error_set(err, ERROR_SINK, 4041, "RelationUnknown[Relation of view '%s' unknown]",
                         view->name);
    return expr_bind(select->conditions[1], select->table, err);
}

static int read_from(struct select *select, struct error *err)
{
    struct call *call = select->call;
    struct view schema = call->schema, name;
    size_t begin = call->sql.at;
    if (!sql_table(&call->sql, &schema, &name))
        return sql_unknown(&call->sql, err);
    select->records = catalogue_rows(call, schema, name);
    if (select->records)
        return 0;
    call->sql.at = begin;
    struct table *table = call_table(call, false, "READ", err);
    if (!table || call_demand(call, "dql", view_str(table->schema), table, err) < 0)
        return -1;
    select->table = table;
    return table->view_source ? open_view(select, table, err) : 0;
}

static int read_order(struct select *select, struct error *err)
{
    struct sql *sql = &select->call->sql;
    if (!sql_skip(sql, "order by"))
        return 0;
    do {
        struct expr *expr = select->order_count < CELLS_MAX ? call_expr(select->call, err) : NULL;
        if (!expr)
            return -1;
        struct order *order = &select->orders[select->order_count++];
        order->expr = expr;
        /* ORDER BY 1, or by an alias. */
        if (expr->kind == EXPR_LITERAL && expr->value->kind == DATUM_INT &&
            (size_t)expr->value->integer <= select->cell_count)
            order->expr = select->cells[expr->value->integer - 1];
        for (size_t i = 0; expr->kind == EXPR_COLUMN && i < select->cell_count; i++)
            if (select->titles[i].len && view_equal(select->titles[i], expr->name))
                order->expr = select->cells[i];
        order->descending = sql_skip(sql, "desc");
        if (!order->descending)
            sql_skip(sql, "asc");
    } while (sql_skip(sql, ","));
    return 0;
}

static int read_limit(struct select *select, struct error *err)
{
    if (!sql_skip(&select->call->sql, "limit"))
        return 0;
    struct expr *expr = call_expr(select->call, err);
    const struct scope scope = {.params = select->call->args};
    cleanup_datum struct datum *limit = expr ? expr_eval(expr, &scope, err) : NULL;
    if (!limit || limit->kind != DATUM_INT)
        return sql_unknown(&select->call->sql, err);
    select->limit = limit->integer;
    return 0;
}

static int bind_all(struct select *select, struct error *err)
{
    for (size_t i = 0; i < select->cell_count; i++)
        if (expr_bind(select->cells[i], select->table, err) < 0)
            return -1;
    for (size_t i = 0; i < select->order_count; i++)
        if (expr_bind(select->orders[i].expr, select->table, err) < 0)
            return -1;
    return expr_bind(select->conditions[0], select->table, err);
}

/* SELECT *: the top-level columns. */
static int expand(struct select *select, struct error *err)
{
    if (!select->all)
        return 0;
    if (!select->table)
        return sql_unknown(&select->call->sql, err);
    for (size_t i = 0; i < column_child_count(&select->table->root) && i < CELLS_MAX; i++) {
        struct expr *expr = arena_calloc(select->call->arena, 1, sizeof(*expr));
        expr->kind = EXPR_COLUMN;
        expr->name = column_child_at(&select->table->root, i)->name;
        select->cells[select->cell_count++] = expr;
    }
    return 0;
}

static int read_select(struct select *select, struct error *err)
{
    struct sql *sql = &select->call->sql;
    if (read_cells(select, err) < 0)
        return -1;
    if (sql_skip(sql, "from")) {
        if (read_from(select, err) < 0)
            return -1;
    } else {
        select->records = datum_array();
        datum_add(select->records, datum_object());
    }
    if (sql_skip(sql, "where") && !(select->conditions[0] = call_expr(select->call, err)))
        return -1;
    if (expand(select, err) < 0 || read_order(select, err) < 0 || read_limit(select, err) < 0)
        return -1;
    return sql_at_end(sql) ? bind_all(select, err) : sql_unknown(sql, err);
}

/* The rows that a condition names by their whole key: appended to `rows`, one per branch of an OR.
 * False if there is a branch that does not. */
static bool rows_by_key(struct select *select, const struct expr *condition,
                        const struct scope *scope, struct row **rows, size_t *count, size_t max)
{
    if (!condition || *count == max)
        return false;
    if (condition->kind == EXPR_OR)
        return rows_by_key(select, condition->args[0], scope, rows, count, max) &&
               rows_by_key(select, condition->args[1], scope, rows, count, max);
    if (condition->kind == EXPR_IN && select->table->key_count == 1 &&
        condition->args[0]->column == select->table->key[0]) {
        for (size_t i = 1; i < condition->arg_count && *count < max; i++) {
            cleanup_datum struct datum *item = expr_eval(condition->args[i], scope, NULL);
            rows[*count] =
                table_find_row(select->table, table_id(select->table, &item, select->call->arena));
            *count += rows[*count] != NULL;
        }
        return true;
    }
    struct lookup lookup = {0};
    bool complete = lookup_read(&lookup, condition, scope, NULL) == 0 &&
                    lookup_complete(&lookup, select->table);
    if (complete) {
        rows[*count] =
            table_find_row(select->table, table_id(select->table, lookup.key, select->call->arena));
        *count += rows[*count] != NULL;
    }
    lookup_release(&lookup);
    return complete;
}

static int add_found(const struct select *select, const struct scope *scope, struct found *found,
                     struct error *err)
{
    *found = (struct found){.cells = datum_array(), .keys = datum_array(), .select = select};
    for (size_t i = 0; i < select->cell_count; i++) {
        const struct expr *cell = select->cells[i];
        bool counted = select->aggregate && cell->kind == EXPR_CALL;
        struct datum *value = counted && !cell->arg_count
                                  ? datum_int(1)
                                  : expr_eval(counted ? cell->args[0] : cell, scope, err);
        if (!value)
            return -1;
        datum_add(found->cells, value);
    }
    for (size_t i = 0; i < select->order_count; i++) {
        struct datum *key = expr_eval(select->orders[i].expr, scope, err);
        if (!key)
            return -1;
        datum_add(found->keys, key);
    }
    return 0;
}

static void free_found(struct found *found, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        datum_free(found[i].cells);
        datum_free(found[i].keys);
    }
    free(found);
}

/* Nulls come last, as the server sorts. */
static int by_keys(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    for (size_t i = 0; i < x->select->order_count; i++) {
        const struct datum *left = x->keys->items[i], *right = y->keys->items[i];
        int order = datum_is_null(left) - datum_is_null(right);
        if (!order)
            datum_order(left, right, &order);
        if (order)
            return x->select->orders[i].descending ? -order : order;
    }
    return 0;
}

static int consider(struct select *select, const struct scope *scope, struct found *found,
                    size_t *count, struct error *err)
{
    for (size_t i = 0; i < 2; i++) {
        int result = expr_holds(select->conditions[i], scope, err);
        if (result <= 0)
            return result;
    }
    return add_found(select, scope, &found[(*count)++], err);
}

static struct found *search_table(struct select *select, size_t *count, struct error *err)
{
    struct scope scope = {.params = select->call->args,
                          .user = select->call->user,
                          .version = select->call->model->version};
    size_t max = select->table->rows.len, row_count = 0;
    struct row **rows = arena_calloc(select->call->arena, max + 1, sizeof(struct row *));
    bool by_key = rows_by_key(select, select->conditions[0], &scope, rows, &row_count, max);
    if (!by_key)
        for (row_count = 0; row_count < max; row_count++)
            rows[row_count] = select->table->rows.entries[row_count].value;
    struct found *found = xcalloc(row_count + 1, sizeof(*found));
    for (size_t i = 0; i < row_count; i++) {
        scope.row = rows[i];
        scope.doc = by_key ? rows[i]->live : rows[i]->seen;
        if (scope.doc && consider(select, &scope, found, count, err) < 0) {
            free_found(found, *count);
            return NULL;
        }
    }
    return found;
}

static struct found *search_records(struct select *select, size_t *count, struct error *err)
{
    struct scope scope = {.params = select->call->args,
                          .user = select->call->user,
                          .version = select->call->model->version};
    struct found *found = xcalloc(select->records->count + 1, sizeof(*found));
    for (size_t i = 0; i < select->records->count; i++) {
        scope.record = select->records->items[i];
        if (consider(select, &scope, found, count, err) < 0) {
            free_found(found, *count);
            return NULL;
        }
    }
    return found;
}

/* count(*), count(x), max(x), min(x) over what was found. */
static struct datum *aggregate(const struct select *select, const struct found *found, size_t count)
{
    struct datum *row = datum_array();
    for (size_t i = 0; i < select->cell_count; i++) {
        const struct expr *cell = select->cells[i];
        struct datum *best = NULL;
        int64_t counted = 0;
        for (size_t j = 0; j < count; j++) {
            struct datum *value = found[j].cells->items[i];
            int order = 0;
            if (datum_is_null(value))
                continue;
            counted++;
            bool greater = best && datum_order(value, best, &order) && order > 0;
            if (!best || greater == view_equal(cell->name, VIEW("max")))
                best = value;
        }
        datum_add(row, view_equal(cell->name, VIEW("count")) ? datum_int(counted)
                       : best                                ? datum_ref(best)
                                                             : datum_null());
    }
    return row;
}

static void answer_found(struct select *select, struct found *found, size_t count)
{
    struct datum *cols = datum_array(), *rows = datum_array();
    for (size_t i = 0; i < select->cell_count; i++) {
        struct buf title = BUF_INIT(BUF_TEXT_CAP);
        expr_title(&title, select->cells[i]);
        datum_add(cols, datum_text(select->titles[i].len ? select->titles[i] : buf_view(&title)));
        buf_release(&title);
    }
    if (select->order_count)
        qsort(found, count, sizeof(*found), by_keys);
    if (select->aggregate)
        datum_add(rows, aggregate(select, found, count));
    for (size_t i = 0; !select->aggregate && i < count; i++)
        if (select->limit < 0 || i < (size_t)select->limit)
            datum_add(rows, datum_ref(found[i].cells));
    datum_set_str(select->call->answer, "cols", cols);
    datum_set_str(select->call->answer, "rows", rows);
    datum_set_str(select->call->answer, "rowcount", datum_int((int64_t)rows->count));
}

int run_select(struct call *call, struct error *err)
{
    struct select *select = new_select(call);
    struct found *found = NULL;
    size_t count = 0;
    if (read_select(select, err) == 0)
        found =
            select->table ? search_table(select, &count, err) : search_records(select, &count, err);
    if (found) {
        answer_found(select, found, count);
        free_found(found, count);
    }
    datum_free(select->records);
    return found ? 0 : -1;
}
