/* What a condition says about the primary key: the server looks such rows up by key, sees them
 * before any refresh, and checks _seq_no and _primary_term there. */
#include "base/memory.h"
#include "model/internal.h"

static struct datum **place_of(struct lookup *lookup, const struct expr *column)
{
    if (column->kind != EXPR_COLUMN || column->excluded)
        return NULL;
    if (column->column)
        return column->column->primary_key ? &lookup->key[column->column->key_at] : NULL;
    if (view_equal(column->name, VIEW("_seq_no")))
        return &lookup->seq_no;
    if (view_equal(column->name, VIEW("_primary_term")))
        return &lookup->primary_term;
    return NULL;
}

static bool is_constant(const struct expr *expr)
{
    return expr->kind == EXPR_PARAM || expr->kind == EXPR_LITERAL;
}

int lookup_read(struct lookup *lookup, const struct expr *condition, const struct scope *scope,
                struct error *err)
{
    if (!condition)
        return 0;
    if (condition->kind == EXPR_AND)
        return lookup_read(lookup, condition->args[0], scope, err) < 0
                   ? -1
                   : lookup_read(lookup, condition->args[1], scope, err);
    bool equation = condition->kind == EXPR_COMPARE && view_equal(condition->name, VIEW("=")) &&
                    is_constant(condition->args[1]);
    struct datum **place = equation ? place_of(lookup, condition->args[0]) : NULL;
    if (!place || *place) {
        lookup->other = true;
        return 0;
    }
    cleanup_datum struct datum *constant = expr_eval(condition->args[1], scope, err);
    const struct column *column = condition->args[0]->column;
    if (constant)
        *place = column ? column_cast(column, constant, err) : datum_ref(constant);
    return *place ? 0 : -1;
}

bool lookup_complete(const struct lookup *lookup, const struct table *table)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (!lookup->key[i])
            return false;
    return table->key_count > 0;
}

void lookup_release(struct lookup *lookup)
{
    for (size_t i = 0; i < PRIMARY_KEY_MAX; i++)
        datum_free(lookup->key[i]);
    datum_free(lookup->seq_no);
    datum_free(lookup->primary_term);
    *lookup = (struct lookup){0};
}
