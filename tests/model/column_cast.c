#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "model/column.h"
#include "model/decimal.h"

/* How a value meets a column: as the parameter of a column that is known (converted wherever the
 * server can), or in a column that the request itself has added (taken as it is). */
enum manner { MANNER_CONVERT, MANNER_EXACT };

static struct datum *convert(const struct column *column, unsigned dims, struct datum *value,
                             enum manner manner, uint64_t request);

/* Java's BigInteger.longValue(): the low 64 bits. */
static int64_t low_bits(struct view digits)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < digits.len; i++)
        if (isdigit((unsigned char)digits.ptr[i]))
            sum = sum * 10 + (uint64_t)(digits.ptr[i] - '0');
    return (int64_t)(digits.ptr[0] == '-' ? -sum : sum);
}

/* Java's (long) of a double: cut, and held at the ends. */
static int64_t cut(double real)
{
    if (real >= 9223372036854775807.0)
        return INT64_MAX;
    if (real <= -9223372036854775808.0)
        return INT64_MIN;
    return isnan(real) ? 0 : (int64_t)real;
}

static struct datum *to_bigint(struct datum *value)
{
    if (value->kind == DATUM_INT)
        return datum_ref(value);
    if (value->kind == DATUM_BIG)
        return datum_int(low_bits(value->text));
    if (value->kind == DATUM_REAL)
        return datum_int(cut(value->real));
    if (value->kind != DATUM_TEXT || value->text.len == 0 ||
        isspace((unsigned char)*value->text.ptr))
        return NULL;
    char *rest;
    errno = 0;
    long long integer = strtoll(value->text.ptr, &rest, 10);
    return errno || rest != value->text.ptr + value->text.len ? NULL : datum_int(integer);
}

static struct datum *to_double(struct datum *value)
{
    if (datum_is_number(value))
        return datum_real(datum_to_double(value));
    if (value->kind != DATUM_TEXT || value->text.len == 0)
        return NULL;
    char *rest;
    double real = strtod(value->text.ptr, &rest);
    return rest == value->text.ptr + value->text.len ? datum_real(real) : NULL;
}

static struct datum *to_boolean(struct datum *value)
{
    static const char *const words[][5] = {{"false", "f", "no", "off", "0"},
                                           {"true", "t", "yes", "on", "1"}};
    if (value->kind == DATUM_BOOL)
        return datum_ref(value);
    if (datum_is_number(value))
        return datum_bool(datum_to_double(value) != 0);
    if (value->kind == DATUM_TEXT)
        for (size_t i = 0; i < 10; i++)
            if (strcasecmp(words[i / 5][i % 5], value->text.ptr) == 0)
                return datum_bool(i >= 5);
    return NULL;
}

static struct datum *to_text(struct datum *value)
{
    if (value->kind == DATUM_TEXT)
        return datum_ref(value);
    if (value->kind == DATUM_BOOL)
        return datum_str(value->boolean ? "t" : "f");
    if (value->kind == DATUM_ARRAY)
        return NULL;
    struct buf text = BUF_INIT(SIZE_MAX / 2);
    if (value->kind == DATUM_OBJECT)
        datum_write(&text, value);
    else
        datum_show(&text, value);
    struct datum *result = datum_text(buf_view(&text));
    buf_release(&text);
    return result;
}

/* A JSON number goes through a long or a double; only text is exact. */
static struct datum *to_numeric(const struct type *type, struct datum *value)
{
    struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct datum *result = NULL;
    if (value->kind == DATUM_BIG)
        buf_printf(&text, "%lld", (long long)low_bits(value->text));
    else if (datum_is_number(value) || value->kind == DATUM_TEXT)
        datum_show(&text, value);
    struct buf rounded = BUF_INIT(BUF_TEXT_CAP);
    if (text.len && decimal_round(buf_view(&text), type->precision, type->scale, &rounded))
        result = datum_number_text(DATUM_DECIMAL, buf_view(&rounded));
    buf_release(&text);
    buf_release(&rounded);
    return result;
}

static struct datum *to_timestamp(struct datum *value)
{
    if (value->kind == DATUM_REAL) /* seconds, unlike integers [0704] */
        return datum_int((int64_t)llround(value->real * 1000));
    return value->kind == DATUM_BOOL ? NULL : to_bigint(value);
}

static struct datum *to_object(const struct column *column, struct datum *value, enum manner manner,
                               uint64_t request)
{
    cleanup_datum struct datum *parsed = NULL;
    if (value->kind == DATUM_TEXT && manner == MANNER_CONVERT)
        value = parsed = datum_parse(value->text, NULL);
    if (!value || value->kind != DATUM_OBJECT)
        return NULL;
    cleanup_datum struct datum *object = datum_object();
    for (size_t i = 0; i < value->count; i++) {
        const struct column *child = column_child(column, value->keys[i]->text);
        struct datum *item =
            child ? convert(child, child->type.dims, value->items[i], manner, request)
                  : datum_ref(value->items[i]);
        if (!item)
            return NULL;
        datum_set(object, value->keys[i]->text, item);
    }
    return steal(&object);
}

static struct datum *to_array(const struct column *column, unsigned dims, struct datum *value,
                              enum manner manner, uint64_t request)
{
    if (value->kind != DATUM_ARRAY)
        return NULL;
    cleanup_datum struct datum *array = datum_array();
    for (size_t i = 0; i < value->count; i++) {
        struct datum *item = convert(column, dims - 1, value->items[i], manner, request);
        if (!item)
            return NULL;
        datum_add(array, item);
    }
    return steal(&array);
}

static struct datum *to_scalar(const struct column *column, struct datum *value)
{
    switch (column->type.base) {
    case TYPE_TEXT: return to_text(value);
    case TYPE_BIGINT: return to_bigint(value);
    case TYPE_DOUBLE: return to_double(value);
    case TYPE_BOOLEAN: return to_boolean(value);
    case TYPE_NUMERIC: return to_numeric(&column->type, value);
    case TYPE_TIMESTAMP: return to_timestamp(value);
    default: return datum_ref(value);
    }
}

/* Whether the value has the type already, numbers counting as each other. */
static bool has_type(enum base_type base, const struct datum *value)
{
    switch (base) {
    case TYPE_TEXT: return value->kind == DATUM_TEXT;
    case TYPE_BOOLEAN: return value->kind == DATUM_BOOL;
    case TYPE_UNDEFINED: return true;
    default: return datum_is_number(value);
    }
}

static struct datum *convert(const struct column *column, unsigned dims, struct datum *value,
                             enum manner manner, uint64_t request)
{
    if (value->kind == DATUM_NULL)
        return datum_ref(value);
    if (dims)
        return to_array(column, dims, value, manner, request);
    if (column->type.base == TYPE_OBJECT)
        return to_object(column, value, manner, request);
    if (manner == MANNER_EXACT && column->born == request && !has_type(column->type.base, value))
        return NULL;
    return to_scalar(column, value);
}

static void refuse(const struct column *column, const struct datum *value, bool element,
                   struct error *err)
{
    struct buf text = BUF_INIT(BUF_TEXT_CAP), type = BUF_INIT(BUF_TEXT_CAP);
    datum_show(&text, value);
    column_type_name(&type, column, true);
    if (element)
        error_set(err, ERROR_SINK, 4000,
                  "SQLParseException[Cannot cast object element `%.*s` with value `%s` to type "
                  "`%s`]",
                  VIEW_ARG(column->name), buf_str(&text), buf_str(&type));
    else
        error_set(err, ERROR_SINK, 4000, "SQLParseException[Cannot cast value `%s` to type `%s`]",
                  buf_str(&text), buf_str(&type));
    buf_release(&text);
    buf_release(&type);
}

/* The message names the member of the top-level object, however deep the trouble is [0386]. */
static struct datum *convert_top(const struct column *column, struct datum *value,
                                 enum manner manner, uint64_t request, struct error *err)
{
    struct datum *result = convert(column, column->type.dims, value, manner, request);
    if (result)
        return result;
    cleanup_datum struct datum *parsed = NULL;
    if (value->kind == DATUM_TEXT && column->type.base == TYPE_OBJECT)
        value = (parsed = datum_parse(value->text, NULL)) ? parsed : value;
    if (column->type.base == TYPE_OBJECT && value->kind == DATUM_OBJECT)
        for (size_t i = 0; i < value->count; i++) {
            const struct column *child = column_child(column, value->keys[i]->text);
            cleanup_datum struct datum *item =
                child ? convert(child, child->type.dims, value->items[i], manner, request) : NULL;
            if (child && !item) {
                refuse(child, value->items[i], true, err);
                return NULL;
            }
        }
    refuse(column, value, false, err);
    return NULL;
}

struct datum *column_cast(const struct column *column, struct datum *value, struct error *err)
{
    return convert_top(column, value, MANNER_CONVERT, 0, err);
}

struct datum *column_conform(const struct column *column, struct datum *value, uint64_t request,
                             struct error *err)
{
    return convert_top(column, value, MANNER_EXACT, request, err);
}

struct datum *cast_to_named(struct view type, struct datum *value, struct error *err)
{
    struct column column = {.name = type};
    if (!type_by_name(type, &column.type)) {
        error_set(err, ERROR_SINK, 4000, "SQLParseException[Cannot find data type: %.*s]",
                  VIEW_ARG(type));
        return NULL;
    }
    return column_cast(&column, value, err);
}
