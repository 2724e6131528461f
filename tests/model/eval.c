#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "model/internal.h"

static const char *const system_columns[] = {"_id", "_seq_no", "_primary_term", "_version"};

static bool is_system(struct view name)
{
    for (size_t i = 0; i < ARRAY_LEN(system_columns); i++)
        if (view_equal(name, view_str(system_columns[i])))
            return true;
    return false;
}

static bool is_function(struct view name)
{
    static const char *const functions[] = {"count", "max", "min", "if", "greatest", "version"};
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (view_equal(name, view_str(functions[i])))
            return true;
    return false;
}

struct expr *call_expr(struct call *call, struct error *err)
{
    return sql_expr(&call->sql, call->literals, err);
}

static int bind_column(struct expr *expr, const struct table *table, struct error *err)
{
    struct column *column = column_child(&table->root, expr->name);
    size_t i = 0;
    while (column && i < expr->path_len) {
        struct column *child = column_child(column, expr->path[i]);
        if (!child && column->policy == POLICY_IGNORED && column->type.base == TYPE_OBJECT)
            return 0;
        column = child;
        i++;
    }
    expr->column = column;
    if (column || (is_system(expr->name) && !expr->path_len))
        return 0;
    struct buf title = BUF_INIT(BUF_TEXT_CAP);
    expr_title(&title, expr);
    error_set(err, ERROR_SINK, 4043, "ColumnUnknownException[Column %s unknown]", buf_str(&title));
    buf_release(&title);
    return -1;
}

int expr_bind(struct expr *expr, const struct table *table, struct error *err)
{
    if (!expr || !table)
        return 0;
    if (expr->kind == EXPR_COLUMN)
        return bind_column(expr, table, err);
    if (expr->kind == EXPR_CALL && !is_function(expr->name))
        return error_set(err, ERROR_SINK, 4004,
                         "UnsupportedFunctionException[Unknown function: %.*s]",
                         VIEW_ARG(expr->name));
    for (size_t i = 0; i < expr->arg_count; i++)
        if (expr_bind(expr->args[i], table, err) < 0)
            return -1;
    return 0;
}

static struct datum *or_null(struct datum *value)
{
    return value ? datum_ref(value) : datum_null();
}

static struct datum *eval_system(const struct expr *expr, const struct scope *scope)
{
    if (view_equal(expr->name, VIEW("_id")))
        return datum_text(scope->row->id);
    if (view_equal(expr->name, VIEW("_seq_no")))
        return datum_int(scope->doc->seq_no);
    if (view_equal(expr->name, VIEW("_version")))
        return datum_int(scope->doc->version);
    return datum_int(1);
}

static struct datum *eval_column(const struct expr *expr, const struct scope *scope,
                                 struct error *err)
{
    if (scope->record) {
        struct datum *top = datum_get(scope->record, expr->name);
        if (!top) {
            error_set(err, ERROR_SINK, 4043, "ColumnUnknownException[Column %.*s unknown]",
                      VIEW_ARG(expr->name));
            return NULL;
        }
        return or_null(datum_at(top, expr->path, expr->path_len));
    }
    const struct doc *doc = expr->excluded ? scope->excluded : scope->doc;
    if (!doc) {
        error_set(err, ERROR_SINK, 4043, "ColumnUnknownException[Column %.*s unknown]",
                  VIEW_ARG(expr->name));
        return NULL;
    }
    if (!expr->column && is_system(expr->name))
        return eval_system(expr, scope);
    size_t top = expr->column ? expr->column->top : 0;
    struct datum *value = expr->column && top < doc->count ? doc->values[top] : NULL;
    return or_null(datum_at(value, expr->path, expr->path_len));
}

static bool like(struct view text, struct view pattern)
{
    if (!pattern.len)
        return !text.len;
    if (pattern.ptr[0] == '%') {
        for (size_t i = 0; i <= text.len; i++)
            if (like(view_skip(text, i), view_skip(pattern, 1)))
                return true;
        return false;
    }
    return text.len && (pattern.ptr[0] == '_' || pattern.ptr[0] == text.ptr[0]) &&
           like(view_skip(text, 1), view_skip(pattern, 1));
}

static bool compares(struct view sign, const struct datum *a, const struct datum *b)
{
    int order = 1;
    if (view_equal(sign, VIEW("=")))
        return datum_equal(a, b);
    if (view_equal(sign, VIEW("<>")) || view_equal(sign, VIEW("!=")))
        return !datum_equal(a, b);
    if (view_equal(sign, VIEW("like")))
        return a->kind == DATUM_TEXT && b->kind == DATUM_TEXT && like(a->text, b->text);
    if (!datum_order(a, b, &order))
        return false;
    bool equal_fits = sign.len == 2;
    return (order == 0 && equal_fits) || (order < 0 && sign.ptr[0] == '<') ||
           (order > 0 && sign.ptr[0] == '>');
}

/* A constant beside a column takes the type of the column. */
static struct datum *eval_beside(const struct expr *expr, const struct expr *other,
                                 const struct scope *scope, struct error *err)
{
    struct datum *value = expr_eval(expr, scope, err);
    if (!value || !other->column || (expr->kind != EXPR_PARAM && expr->kind != EXPR_LITERAL))
        return value;
    struct datum *cast = column_cast(other->column, value, err);
    datum_free(value);
    return cast;
}

static struct datum *eval_compare(const struct expr *expr, const struct scope *scope,
                                  struct error *err)
{
    cleanup_datum struct datum *a = eval_beside(expr->args[0], expr->args[1], scope, err);
    cleanup_datum struct datum *b =
        a ? eval_beside(expr->args[1], expr->args[0], scope, err) : NULL;
    if (!b)
        return NULL;
    if (datum_is_null(a) || datum_is_null(b))
        return datum_null();
    return datum_bool(compares(expr->name, a, b));
}

static struct datum *eval_in(const struct expr *expr, const struct scope *scope, struct error *err)
{
    cleanup_datum struct datum *needle = expr_eval(expr->args[0], scope, err);
    for (size_t i = 1; needle && i < expr->arg_count; i++) {
        cleanup_datum struct datum *item = eval_beside(expr->args[i], expr->args[0], scope, err);
        if (!item)
            return NULL;
        if (!datum_is_null(item) && datum_equal(needle, item))
            return datum_bool(true);
    }
    return needle ? datum_bool(false) : NULL;
}

/* AND and OR with three values: `decisive` is the one that settles it whatever the other is. */
static struct datum *eval_logic(const struct expr *expr, const struct scope *scope, bool decisive,
                                struct error *err)
{
    bool unknown = false;
    for (size_t i = 0; i < 2; i++) {
        cleanup_datum struct datum *side = expr_eval(expr->args[i], scope, err);
        if (!side)
            return NULL;
        if (side->kind == DATUM_BOOL && side->boolean == decisive)
            return datum_bool(decisive);
        unknown = unknown || side->kind != DATUM_BOOL;
    }
    return unknown ? datum_null() : datum_bool(!decisive);
}

static struct datum *eval_not(const struct expr *expr, const struct scope *scope, struct error *err)
{
    cleanup_datum struct datum *inner = expr_eval(expr->args[0], scope, err);
    if (!inner)
        return NULL;
    if (expr->kind == EXPR_IS_NULL)
        return datum_bool(datum_is_null(inner));
    return inner->kind == DATUM_BOOL ? datum_bool(!inner->boolean) : datum_null();
}

static struct datum *eval_case(const struct expr *expr, const struct scope *scope,
                               struct error *err)
{
    size_t i = 0;
    for (; i + 1 < expr->arg_count; i += 2) {
        int result = expr_holds(expr->args[i], scope, err);
        if (result < 0)
            return NULL;
        if (result)
            return expr_eval(expr->args[i + 1], scope, err);
    }
    return expr_eval(expr->args[i], scope, err);
}

static struct datum *eval_maths(const struct expr *expr, const struct scope *scope,
                                struct error *err)
{
    cleanup_datum struct datum *a = expr_eval(expr->args[0], scope, err);
    cleanup_datum struct datum *b = a ? expr_eval(expr->args[1], scope, err) : NULL;
    if (!b)
        return NULL;
    if (a->kind != DATUM_INT || b->kind != DATUM_INT)
        return datum_null();
    long long result = 0;
    bool overflow = false;
    switch (expr->name.ptr[0]) {
    case '+': overflow = __builtin_add_overflow(a->integer, b->integer, &result); break;
    case '-': overflow = __builtin_sub_overflow(a->integer, b->integer, &result); break;
    case '*': overflow = __builtin_mul_overflow(a->integer, b->integer, &result); break;
    default:
        if (b->integer == 0) {
            error_set(err, ERROR_SINK, 4000, "SQLParseException[/ by zero]");
            return NULL;
        }
        result = a->integer / b->integer;
    }
    if (!overflow)
        return datum_int(result);
    error_set(err, ERROR_SINK, 4000, "SQLParseException[long overflow]");
    return NULL;
}

static struct datum *eval_greatest(const struct expr *expr, const struct scope *scope,
                                   struct error *err)
{
    struct datum *best = datum_null();
    for (size_t i = 0; best && i < expr->arg_count; i++) {
        struct datum *item = expr_eval(expr->args[i], scope, err);
        int order = 1;
        bool better = item && !datum_is_null(item) &&
                      (datum_is_null(best) || (datum_order(item, best, &order) && order > 0));
        if (item && !better) {
            datum_free(item);
            continue;
        }
        datum_free(best);
        best = item;
    }
    return best;
}

static struct datum *eval_version(const char *version)
{
    struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "CrateDB %s (the model of lorry's tests)", version);
    struct datum *value = datum_text(buf_view(&text));
    buf_release(&text);
    return value;
}

static struct datum *eval_call(const struct expr *expr, const struct scope *scope,
                               struct error *err)
{
    if (view_equal(expr->name, VIEW("if")) && expr->arg_count == 3) {
        int result = expr_holds(expr->args[0], scope, err);
        return result < 0 ? NULL : expr_eval(expr->args[result ? 1 : 2], scope, err);
    }
    if (view_equal(expr->name, VIEW("greatest")))
        return eval_greatest(expr, scope, err);
    if (view_equal(expr->name, VIEW("version")) && scope->version)
        return eval_version(scope->version);
    error_set(err, ERROR_SINK, 4004, "UnsupportedFunctionException[Unknown function: %.*s]",
              VIEW_ARG(expr->name));
    return NULL;
}

struct datum *expr_eval(const struct expr *expr, const struct scope *scope, struct error *err)
{
    switch (expr->kind) {
    case EXPR_LITERAL: return datum_ref(expr->value);
    case EXPR_PARAM: return datum_ref(scope->params->items[expr->param]);
    case EXPR_COLUMN:
        if (view_equal(expr->name, VIEW("current_timestamp")))
            return datum_int(clock_system.now_us(&clock_system) / 1000);
        if (view_equal(expr->name, VIEW("current_user")))
            return datum_text(scope->user);
        return eval_column(expr, scope, err);
    case EXPR_CALL: return eval_call(expr, scope, err);
    case EXPR_CASE: return eval_case(expr, scope, err);
    case EXPR_CAST: {
        cleanup_datum struct datum *inner = expr_eval(expr->args[0], scope, err);
        return inner ? cast_to_named(expr->name, inner, err) : NULL;
    }
    case EXPR_COMPARE: return eval_compare(expr, scope, err);
    case EXPR_MATHS: return eval_maths(expr, scope, err);
    case EXPR_AND: return eval_logic(expr, scope, false, err);
    case EXPR_OR: return eval_logic(expr, scope, true, err);
    case EXPR_NOT:
    case EXPR_IS_NULL: return eval_not(expr, scope, err);
    case EXPR_IN: return eval_in(expr, scope, err);
    }
    return NULL;
}

int expr_holds(const struct expr *condition, const struct scope *scope, struct error *err)
{
    if (!condition)
        return 1;
    cleanup_datum struct datum *result = expr_eval(condition, scope, err);
    return !result ? -1 : result->kind == DATUM_BOOL && result->boolean;
}
