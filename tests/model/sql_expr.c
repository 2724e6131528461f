#include <stdlib.h>

#include "base/memory.h"
#include "model/sql.h"

/* What the functions here pass on: the statement, and who owns the literals. */
struct reader {
    struct sql *sql;
    struct datum *literals;
    struct error *err;
};

static struct expr *read_or(struct reader *r);

static struct token *next(struct reader *r)
{
    return &r->sql->tokens[r->sql->at];
}

static struct expr *new_expr(struct reader *r, enum expr_kind kind, struct view name)
{
    struct expr *expr = arena_calloc(r->sql->arena, 1, sizeof(*expr));
    expr->kind = kind;
    expr->name = name;
    return expr;
}

static void add_arg(struct reader *r, struct expr *expr, struct expr *arg)
{
    struct expr **args = arena_calloc(r->sql->arena, expr->arg_count + 1, sizeof(*args));
    if (expr->arg_count)
        memcpy(args, expr->args, expr->arg_count * sizeof(*args));
    args[expr->arg_count++] = arg;
    expr->args = args;
}

static struct expr *with_args(struct reader *r, enum expr_kind kind, struct view name,
                              struct expr *left, struct expr *right)
{
    if (!left || !right)
        return NULL;
    struct expr *expr = new_expr(r, kind, name);
    add_arg(r, expr, left);
    if (right != left)
        add_arg(r, expr, right);
    return expr;
}

static struct expr *read_literal(struct reader *r, struct datum *value)
{
    struct expr *expr = new_expr(r, EXPR_LITERAL, view_str(""));
    expr->value = value;
    datum_add(r->literals, value);
    return expr;
}

static struct expr *read_number(struct reader *r)
{
    struct datum *value = datum_parse(next(r)->text, NULL);
    r->sql->at++;
    return value ? read_literal(r, value) : NULL;
}

/* A list in parentheses, the opening one being behind us. */
static struct expr *read_list(struct reader *r, struct expr *expr)
{
    if (sql_skip(r->sql, ")"))
        return expr;
    do {
        struct expr *arg = read_or(r);
        if (!arg)
            return NULL;
        add_arg(r, expr, arg);
    } while (sql_skip(r->sql, ","));
    return sql_skip(r->sql, ")") ? expr : NULL;
}

static struct expr *read_case(struct reader *r)
{
    struct expr *expr = new_expr(r, EXPR_CASE, VIEW("case"));
    while (sql_skip(r->sql, "when")) {
        struct expr *condition = read_or(r);
        struct expr *result = condition && sql_skip(r->sql, "then") ? read_or(r) : NULL;
        if (!result)
            return NULL;
        add_arg(r, expr, condition);
        add_arg(r, expr, result);
    }
    struct expr *otherwise = sql_skip(r->sql, "else") ? read_or(r) : read_literal(r, datum_null());
    if (!otherwise || !sql_skip(r->sql, "end"))
        return NULL;
    add_arg(r, expr, otherwise);
    return expr;
}

/* A type name: words, and what stands in parentheses behind them. */
static struct expr *read_cast(struct reader *r, struct expr *inner)
{
    struct view type;
    if (!inner || !sql_name(r->sql, &type))
        return NULL;
    struct expr *expr = with_args(r, EXPR_CAST, type, inner, inner);
    if (sql_skip(r->sql, "("))
        while (!sql_skip(r->sql, ")"))
            if (next(r)->kind == TOKEN_END || !++r->sql->at)
                return NULL;
    return expr;
}

static struct expr *read_call(struct reader *r, struct view name)
{
    struct expr *expr = new_expr(r, EXPR_CALL, name);
    if (view_equal(name, VIEW("count")) && sql_skip(r->sql, "* )"))
        return expr;
    if (view_equal(name, VIEW("try_cast")) || view_equal(name, VIEW("cast"))) {
        struct expr *inner = read_or(r);
        struct expr *cast = sql_skip(r->sql, "as") ? read_cast(r, inner) : NULL;
        return cast && sql_skip(r->sql, ")") ? cast : NULL;
    }
    return read_list(r, expr);
}

static struct expr *too_many_parts(struct reader *r, size_t begin)
{
    struct view whole = view_between(r->sql->statement.ptr + r->sql->tokens[begin].begin,
                                     r->sql->statement.ptr + r->sql->tokens[r->sql->at - 1].end);
    error_set(r->err, ERROR_SINK, 4000,
              "SQLParseException[Column reference \"%.*s\" has too many parts. A column must not "
              "have a schema or a table here.]",
              VIEW_ARG(whole));
    return NULL;
}

static struct expr *read_subscripts(struct reader *r, struct expr *expr)
{
    while (sql_skip(r->sql, "[")) {
        if (next(r)->kind == TOKEN_PARAM) {
            error_set(r->err, ERROR_SINK, 4004,
                      "UnsupportedFeatureException[Parameter substitution is not supported in "
                      "subscript index]");
            return NULL;
        }
        if (next(r)->kind != TOKEN_STRING || expr->path_len == EXPR_PATH_MAX)
            return NULL;
        expr->path[expr->path_len++] = next(r)->text;
        r->sql->at++;
        if (!sql_skip(r->sql, "]"))
            return NULL;
    }
    return expr;
}

static struct expr *read_name(struct reader *r)
{
    size_t begin = r->sql->at;
    bool quoted = next(r)->kind == TOKEN_QUOTED;
    struct expr *expr = new_expr(r, EXPR_COLUMN, view_str(""));
    sql_name(r->sql, &expr->name);
    if (!quoted && sql_skip(r->sql, "("))
        return read_call(r, expr->name);
    if (sql_skip(r->sql, ".")) {
        expr->excluded = view_equal(expr->name, VIEW("excluded"));
        if (!sql_name(r->sql, &expr->name))
            return NULL;
        while (sql_skip(r->sql, "."))
            if (!sql_name(r->sql, &expr->name))
                return NULL;
        if (!expr->excluded)
            return too_many_parts(r, begin);
    }
    return read_subscripts(r, expr);
}

static struct expr *read_plain(struct reader *r)
{
    struct token *token = next(r);
    if (sql_skip(r->sql, "(")) {
        struct expr *inner = read_or(r);
        return inner && sql_skip(r->sql, ")") ? inner : NULL;
    }
    if (sql_skip(r->sql, "case"))
        return read_case(r);
    if (sql_skip(r->sql, "null"))
        return read_literal(r, datum_null());
    if (sql_skip(r->sql, "true"))
        return read_literal(r, datum_bool(true));
    if (sql_skip(r->sql, "false"))
        return read_literal(r, datum_bool(false));
    switch (token->kind) {
    case TOKEN_PARAM: {
        struct expr *expr = new_expr(r, EXPR_PARAM, view_str(""));
        expr->param = token->param;
        r->sql->at++;
        return expr;
    }
    case TOKEN_STRING: r->sql->at++; return read_literal(r, datum_text(token->text));
    case TOKEN_NUMBER: return read_number(r);
    case TOKEN_WORD:
    case TOKEN_QUOTED: return read_name(r);
    default: return NULL;
    }
}

static struct expr *read_maths(struct reader *r)
{
    struct expr *left = read_plain(r);
    while (left) {
        struct view sign = next(r)->text;
        if (sql_skip(r->sql, "::"))
            left = read_cast(r, left);
        else if (sql_skip(r->sql, "+") || sql_skip(r->sql, "-") || sql_skip(r->sql, "*") ||
                 sql_skip(r->sql, "/"))
            left = with_args(r, EXPR_MATHS, sign, left, read_plain(r));
        else
            break;
    }
    return left;
}

static struct expr *read_compare(struct reader *r)
{
    static const char *const comparisons[] = {"=", "<>", "!=", "<=", ">=", "<", ">", "like"};
    if (sql_skip(r->sql, "not")) {
        struct expr *inner = read_compare(r);
        return with_args(r, EXPR_NOT, VIEW("not"), inner, inner);
    }
    struct expr *left = read_maths(r);
    if (!left)
        return NULL;
    if (sql_skip(r->sql, "is null"))
        return with_args(r, EXPR_IS_NULL, VIEW("is null"), left, left);
    if (sql_skip(r->sql, "is not null")) {
        struct expr *inner = with_args(r, EXPR_IS_NULL, VIEW("is null"), left, left);
        return with_args(r, EXPR_NOT, VIEW("not"), inner, inner);
    }
    if (sql_skip(r->sql, "in (")) {
        struct expr *in = with_args(r, EXPR_IN, VIEW("in"), left, left);
        return read_list(r, in);
    }
    for (size_t i = 0; i < ARRAY_LEN(comparisons); i++)
        if (sql_skip(r->sql, comparisons[i]))
            return with_args(r, EXPR_COMPARE, view_str(comparisons[i]), left, read_maths(r));
    return left;
}

static struct expr *read_and(struct reader *r)
{
    struct expr *left = read_compare(r);
    while (left && sql_skip(r->sql, "and"))
        left = with_args(r, EXPR_AND, VIEW("and"), left, read_compare(r));
    return left;
}

static struct expr *read_or(struct reader *r)
{
    size_t begin = r->sql->at;
    struct expr *left = read_and(r);
    while (left && sql_skip(r->sql, "or"))
        left = with_args(r, EXPR_OR, VIEW("or"), left, read_and(r));
    if (left)
        left->source = view_between(r->sql->statement.ptr + r->sql->tokens[begin].begin,
                                    r->sql->statement.ptr + r->sql->tokens[r->sql->at - 1].end);
    return left;
}

struct expr *sql_expr(struct sql *sql, struct datum *literals, struct error *err)
{
    struct error ours = {0};
    struct reader r = {.sql = sql, .literals = literals, .err = &ours};
    struct expr *expr = read_or(&r);
    if (!expr && ours.domain == ERROR_NONE)
        sql_unknown(sql, &ours);
    if (!expr && err)
        *err = ours;
    return expr;
}

void expr_title(struct buf *out, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_COLUMN:
    case EXPR_CALL:
        buf_append_view(out, expr->name);
        for (size_t i = 0; i < expr->path_len; i++)
            buf_printf(out, "['%.*s']", VIEW_ARG(expr->path[i]));
        break;
    case EXPR_CAST:
        buf_append_str(out, "CAST(");
        expr_title(out, expr->args[0]);
        buf_printf(out, " AS %.*s)", VIEW_ARG(expr->name));
        break;
    default: buf_append_view(out, expr->source);
    }
}
