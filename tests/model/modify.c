/* UPDATE and DELETE. With nothing but the whole primary key in the condition the row is looked up
 * by key; with anything else it is searched for, which sees the state of the last refresh. */
#include <stdlib.h>

#include "base/memory.h"
#include "model/dynamic.h"
#include "model/internal.h"

#define UPDATES_MAX 64

struct modify {
    struct call *call;
    struct table *table;
    struct expr *condition;
    struct update updates[UPDATES_MAX];
    size_t update_count; /* 0: DELETE */
    struct writing writing;
};

static int document_missing(struct view id, struct error *err)
{
    return error_set(err, ERROR_SINK, 40411, "DocumentMissingException[[%.*s]: document missing]",
                     VIEW_ARG(id));
}

static int check_version(const struct row *row, const struct lookup *lookup, struct error *err)
{
    int64_t seq_no = lookup->seq_no->integer, term = lookup->primary_term->integer;
    if (row->live->seq_no == seq_no && term == 1)
        return 0;
    return error_set(err, ERROR_SINK, 4092,
                     "VersionConflictEngineException[[%.*s]: version conflict, required seqNo "
                     "[%lld], primary term [%lld]. current document has seqNo [%lld] and primary "
                     "term [1]]",
                     VIEW_ARG(row->id), (long long)seq_no, (long long)term,
                     (long long)row->live->seq_no);
}

static int change_row(struct modify *m, struct row *row, struct datum *params, struct error *err);

/* Returns the rowcount, or -1 and an error of this row. */
static int change_by_key(struct modify *m, const struct lookup *lookup, struct datum *params,
                         size_t *shard, struct error *err)
{
    struct view id = table_id(m->table, lookup->key, m->call->arena);
    struct row *row = table_find_row(m->table, id);
    *shard = shard_of(id, m->table->shard_count);
    if (!row || !row->live)
        return document_missing(id, err);
    if (lookup->seq_no && check_version(row, lookup, err) < 0)
        return -1;
    return change_row(m, row, params, err) < 0 ? -1 : 1;
}

static int change_by_search(struct modify *m, struct datum *params, struct error *err)
{
    int count = 0;
    size_t rows = m->table->rows.len;
    for (size_t i = 0; i < rows; i++) {
        struct row *row = m->table->rows.entries[i].value;
        const struct scope scope = {
            .row = row, .doc = row->seen, .params = params, .user = m->call->user};
        int found = row->seen ? expr_holds(m->condition, &scope, err) : 0;
        if (found < 0)
            return -1;
        /* What was found is changed as it is now, without another look at the condition. */
        if (!found || !row->live)
            continue;
        if (change_row(m, row, params, err) < 0)
            return -1;
        count++;
    }
    return count;
}

static int change(struct modify *m, struct datum *params, size_t *shard, struct error *err)
{
    struct lookup lookup = {0};
    const struct scope scope = {.params = params, .user = m->call->user};
    int result = lookup_read(&lookup, m->condition, &scope, err);
    bool by_key = lookup_complete(&lookup, m->table) && !lookup.other;
    bool versioned = lookup.seq_no || lookup.primary_term;
    if (result == 0 && versioned && (!by_key || !lookup.seq_no || !lookup.primary_term))
        result = error_set(err, ERROR_SINK, 4000,
                           "VersioningValidationException[\"_seq_no\" and \"_primary_term\" "
                           "columns can only be used together in the WHERE clause with equals "
                           "comparisons and if there are also equals comparisons on primary key "
                           "columns]");
    else if (result == 0)
        result = by_key ? change_by_key(m, &lookup, params, shard, err)
                        : change_by_search(m, params, err);
    lookup_release(&lookup);
    return result;
}

/* In an update too, an object is lost where the request has added keys: the old one stays. */
static void lose_objects(const struct modify *m, const struct row *row, const bool *fresh_before,
                         struct datum **values)
{
    for (size_t i = 0; i < row->live->count; i++) {
        const struct column *column = column_child_at(&m->table->root, i);
        if (column->type.base != TYPE_OBJECT || column->policy != POLICY_DYNAMIC ||
            !fresh_before[i] || !row->live->values[i])
            continue;
        datum_free(values[i]);
        values[i] = datum_ref(row->live->values[i]);
    }
}

static int set_values(const struct modify *m, const struct row *row, struct datum *params,
                      struct datum **values, struct error *err)
{
    const struct scope scope = {
        .row = row, .doc = row->live, .params = params, .user = m->call->user};
    for (size_t i = 0; i < m->update_count; i++) {
        const struct column *column = m->updates[i].target->column;
        cleanup_datum struct datum *value = updated_value(&m->updates[i], &scope, err);
        struct datum *cast = value ? column_cast(column, value, err) : NULL;
        if (!cast)
            return -1;
        datum_free(values[column->top]);
        values[column->top] = cast;
    }
    return 0;
}

static int change_row(struct modify *m, struct row *row, struct datum *params, struct error *err)
{
    if (!m->update_count) {
        table_store(m->table, row, NULL);
        return 0;
    }
    size_t count = column_child_count(&m->table->root);
    bool *own = arena_calloc(m->call->arena, count, sizeof(*own));
    bool *fresh_before = arena_calloc(m->call->arena, count, sizeof(*own));
    for (size_t i = 0; i < count; i++)
        fresh_before[i] = writing_is_fresh(&m->writing, row->shard, i);
    struct datum **values = copy_values(m->table, row->live);
    if (set_values(m, row, params, values, err) < 0 ||
        writing_grow(&m->writing, values, own, err) < 0 ||
        writing_check(&m->writing, values, err) < 0) {
        free_values(values, count);
        return -1;
    }
    writing_note(&m->writing, row->shard, own);
    lose_objects(m, row, fresh_before, values);
    table_store(m->table, row, doc_new(m->table, row, values));
    return 0;
}

/* Values and names that cannot be refuse the whole call [0853, 0854]. */
static int analyse(const struct modify *m, struct datum *params, struct error *err)
{
    const struct scope scope = {.params = params, .user = m->call->user};
    for (size_t i = 0; i < m->update_count; i++) {
        const struct update *update = &m->updates[i];
        if (update->value->kind != EXPR_PARAM)
            continue;
        cleanup_datum struct datum *value = updated_value(update, &scope, NULL);
        cleanup_datum struct datum *cast =
            value ? column_cast(update->target->column, value, err) : NULL;
        struct growth growth = {0};
        int result = cast ? growth_collect(&growth, update->target->column, cast, err) : -1;
        growth_release(&growth);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int run(struct modify *m, struct error *err)
{
    struct call *call = m->call;
    size_t count = call->bulk ? call->bulk->count : 1, shard = 0;
    for (size_t i = 0; i < count; i++)
        if (analyse(m, call->bulk ? call->bulk->items[i] : call->args, err) < 0)
            return -1;
    writing_init(&m->writing, call, m->table);
    if (!call->bulk) {
        int result = change(m, call->args, &shard, err);
        bool nothing = result < 0 && (err->code == 40411 || err->code == 4092);
        answer_count(call, nothing ? 0 : result);
        return result < 0 && !nothing ? -1 : 0;
    }
    struct datum *results = datum_array();
    datum_set_str(call->answer, "results", results);
    for (size_t i = 0; i < count; i++) {
        struct error ours = {0};
        int result = change(m, call->bulk->items[i], &shard, &ours);
        if (result >= 0) {
            datum_add(results, result_count(result));
        } else if (ours.code == 40411 || ours.code == 4092) {
            writing_refuse(&m->writing, shard, results, &ours);
        } else {
            *err = ours;
            return -1;
        }
    }
    return 0;
}

static int read_condition(struct modify *m, struct error *err)
{
    if (sql_skip(&m->call->sql, "where") && !(m->condition = call_expr(m->call, err)))
        return -1;
    if (!sql_at_end(&m->call->sql))
        return sql_unknown(&m->call->sql, err);
    return expr_bind(m->condition, m->table, err);
}

int run_update(struct call *call, struct error *err)
{
    struct modify *m = arena_calloc(call->arena, 1, sizeof(*m));
    *m = (struct modify){.call = call, .table = call_table(call, true, "UPDATE", err)};
    if (!m->table)
        return -1;
    if (!sql_skip(&call->sql, "set"))
        return sql_unknown(&call->sql, err);
    ssize_t count = read_updates(call, m->table, m->updates, UPDATES_MAX, err);
    if (count < 0)
        return -1;
    m->update_count = (size_t)count;
    return read_condition(m, err) < 0 ? -1 : run(m, err);
}

int run_delete(struct call *call, struct error *err)
{
    struct modify *m = arena_calloc(call->arena, 1, sizeof(*m));
    *m = (struct modify){.call = call, .table = call_table(call, true, "DELETE", err)};
    return !m->table || read_condition(m, err) < 0 ? -1 : run(m, err);
}
