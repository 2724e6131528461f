/* Column definitions, in the forms that lorry and the recordings use. */
#include <stdlib.h>

#include "base/memory.h"
#include "model/ddl.h"

static char *copy_view(struct view v)
{
    return xstrndup(v.ptr, v.len);
}

static int no_type(struct view name, struct error *err)
{
    return error_set(err, ERROR_SINK, 4000, "SQLParseException[Cannot find data type: %.*s]",
                     VIEW_ARG(name));
}

static int read_numeric(struct sql *sql, struct type *type, struct error *err)
{
    if (!sql_skip(sql, "("))
        return error_set(err, ERROR_SINK, 4004,
                         "UnsupportedFeatureException[NUMERIC storage is only supported if "
                         "precision and scale are specified]");
    size_t precision, scale;
    if (!sql_number(sql, &precision) || !sql_skip(sql, ",") || !sql_number(sql, &scale) ||
        !sql_skip(sql, ")"))
        return sql_unknown(sql, err);
    if (precision > 38)
        return error_set(
            err, ERROR_SINK, 4004,
            "UnsupportedFeatureException[Precision for NUMERIC(%zu) is too large. Only "
            "up to 38 can be stored]",
            precision);
    type->precision = (int)precision;
    type->scale = (int)scale;
    return 0;
}

static int read_object(struct sql *sql, struct column *column, struct error *err)
{
    static const char *const policies[] = {"( strict )", "( dynamic )", "( ignored )"};
    for (size_t i = 0; i < ARRAY_LEN(policies); i++)
        if (sql_skip(sql, policies[i]))
            column->policy = (enum policy)i;
    if (!sql_skip(sql, "as ("))
        return 0;
    do {
        if (ddl_column(sql, column, NULL, err) < 0)
            return -1;
    } while (sql_skip(sql, ","));
    return sql_skip(sql, ")") ? 0 : sql_unknown(sql, err);
}

static int read_type(struct sql *sql, struct column *column, struct error *err)
{
    struct view name;
    if (sql_skip(sql, "array (")) {
        if (read_type(sql, column, err) < 0)
            return -1;
        column->type.dims++;
        return sql_skip(sql, ")") ? 0 : sql_unknown(sql, err);
    }
    if (!sql_name(sql, &name))
        return sql_unknown(sql, err);
    if (!type_by_name(name, &column->type))
        return no_type(name, err);
    if (view_equal(name, VIEW("double")))
        sql_skip(sql, "precision");
    if (column->type.base == TYPE_TIMESTAMP && !sql_skip(sql, "with time zone"))
        column->without_time_zone = sql_skip(sql, "without time zone");
    if (column->type.base == TYPE_NUMERIC)
        return read_numeric(sql, &column->type, err);
    return column->type.base == TYPE_OBJECT ? read_object(sql, column, err) : 0;
}

/* The source of an expression that is kept as text only. */
static int read_source(struct sql *sql, struct view *source, struct error *err)
{
    cleanup_datum struct datum *literals = datum_array();
    struct expr *expr = sql_expr(sql, literals, err);
    if (!expr)
        return -1;
    *source = view_of(copy_view(expr->source), expr->source.len);
    return 0;
}

static int read_primary_key(struct column *column, struct error *err)
{
    if (column->type.base == TYPE_OBJECT)
        return error_set(err, ERROR_SINK, 4004,
                         "UnsupportedFeatureException[Cannot use columns of type \"object\" as "
                         "primary key]");
    column->primary_key = true;
    return 0;
}

static int read_constraints(struct sql *sql, struct column *column, struct error *err)
{
    for (;;) {
        int result = 0;
        if (sql_skip(sql, "primary key"))
            result = read_primary_key(column, err);
        else if (sql_skip(sql, "not null"))
            column->not_null = true;
        else if (sql_skip(sql, "index off"))
            column->index_off = true;
        else if (sql_skip(sql, "storage with ( columnstore = false )"))
            column->columnstore_off = true;
        else if (sql_skip(sql, "default"))
            result = read_source(sql, &column->default_value, err);
        else if (sql_skip(sql, "generated always as"))
            result = read_source(sql, &column->generated, err);
        else
            return 0;
        if (result < 0)
            return -1;
    }
}

int ddl_column(struct sql *sql, struct column *parent, struct column **made, struct error *err)
{
    struct view name;
    if (!sql_name(sql, &name))
        return sql_unknown(sql, err);
    struct column column = {.policy = POLICY_DYNAMIC};
    if (!parent->parent && name.len && name.ptr[0] == '_')
        return error_set(err, ERROR_SINK, 4008,
                         "InvalidColumnNameException[\"%.*s\" conflicts with system column]",
                         VIEW_ARG(name));
    struct column *child = column_new(parent, name, column.type);
    if (made)
        *made = child;
    return read_type(sql, child, err) < 0 ? -1 : read_constraints(sql, child, err);
}
