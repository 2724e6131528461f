#include "model/datum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

static struct datum *new_datum(enum datum_kind kind)
{
    struct datum *value = xcalloc(1, sizeof(*value));
    value->refs = 1;
    value->kind = kind;
    return value;
}

struct datum *datum_null(void)
{
    return new_datum(DATUM_NULL);
}

struct datum *datum_bool(bool boolean)
{
    struct datum *value = new_datum(DATUM_BOOL);
    value->boolean = boolean;
    return value;
}

struct datum *datum_int(int64_t integer)
{
    struct datum *value = new_datum(DATUM_INT);
    value->integer = integer;
    return value;
}

struct datum *datum_real(double real)
{
    struct datum *value = new_datum(DATUM_REAL);
    value->real = real;
    return value;
}

struct datum *datum_number_text(enum datum_kind kind, struct view digits)
{
    struct datum *value = new_datum(kind);
    value->text = view_of(xstrndup(digits.ptr, digits.len), digits.len);
    return value;
}

struct datum *datum_text(struct view text)
{
    struct datum *value = new_datum(DATUM_TEXT);
    char *copy = xmalloc(text.len + 1);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    value->text = view_of(copy, text.len);
    return value;
}

struct datum *datum_str(const char *text)
{
    return datum_text(view_str(text));
}

struct datum *datum_array(void)
{
    return new_datum(DATUM_ARRAY);
}

struct datum *datum_object(void)
{
    return new_datum(DATUM_OBJECT);
}

struct datum *datum_ref(struct datum *value)
{
    value->refs++;
    return value;
}

void datum_free(struct datum *value)
{
    if (!value || --value->refs > 0)
        return;
    for (size_t i = 0; i < value->count; i++) {
        datum_free(value->items[i]);
        if (value->keys)
            datum_free(value->keys[i]);
    }
    free(value->items);
    free(value->keys);
    free((char *)value->text.ptr);
    free(value);
}

static void grow(struct datum *value, bool keys)
{
    if (value->count < value->size)
        return;
    value->size = value->size ? value->size * 2 : 4;
    value->items = xreallocarray(value->items, value->size, sizeof(*value->items));
    if (keys)
        value->keys = xreallocarray(value->keys, value->size, sizeof(*value->keys));
}

void datum_add(struct datum *array, struct datum *item)
{
    grow(array, false);
    array->items[array->count++] = item;
}

static size_t find_key(const struct datum *object, struct view key)
{
    size_t at = 0;
    while (at < object->count && !view_equal(object->keys[at]->text, key))
        at++;
    return at;
}

void datum_set(struct datum *object, struct view key, struct datum *item)
{
    size_t at = find_key(object, key);
    if (at < object->count) {
        datum_free(object->items[at]);
        object->items[at] = item;
        return;
    }
    grow(object, true);
    object->keys[at] = datum_text(key);
    object->items[at] = item;
    object->count++;
}

void datum_set_str(struct datum *object, const char *key, struct datum *item)
{
    datum_set(object, view_str(key), item);
}

struct datum *datum_get(const struct datum *object, struct view key)
{
    if (!object || object->kind != DATUM_OBJECT)
        return NULL;
    size_t at = find_key(object, key);
    return at < object->count ? object->items[at] : NULL;
}

struct datum *datum_get_str(const struct datum *object, const char *key)
{
    return datum_get(object, view_str(key));
}

double datum_to_double(const struct datum *number)
{
    switch (number->kind) {
    case DATUM_INT: return (double)number->integer;
    case DATUM_REAL: return number->real;
    case DATUM_BIG:
    case DATUM_DECIMAL: return strtod(number->text.ptr, NULL);
    default: return NAN;
    }
}

bool datum_order(const struct datum *a, const struct datum *b, int *order)
{
    if (datum_is_number(a) && datum_is_number(b)) {
        if (a->kind == DATUM_INT && b->kind == DATUM_INT) {
            *order = (a->integer > b->integer) - (a->integer < b->integer);
            return true;
        }
        double x = datum_to_double(a), y = datum_to_double(b);
        *order = (x > y) - (x < y);
        return true;
    }
    if (a->kind == DATUM_TEXT && b->kind == DATUM_TEXT) {
        *order = view_compare(a->text, b->text);
        return true;
    }
    if (a->kind == DATUM_BOOL && b->kind == DATUM_BOOL) {
        *order = a->boolean - b->boolean;
        return true;
    }
    return false;
}

static bool members_equal(const struct datum *a, const struct datum *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct datum *other = datum_get(b, a->keys[i]->text);
        if (!other || !datum_equal(a->items[i], other))
            return false;
    }
    return true;
}

bool datum_equal(const struct datum *a, const struct datum *b)
{
    int order;
    if (datum_is_null(a) || datum_is_null(b))
        return datum_is_null(a) && datum_is_null(b);
    if (datum_order(a, b, &order))
        return order == 0;
    if (a->kind != b->kind)
        return false;
    if (a->kind == DATUM_OBJECT)
        return members_equal(a, b);
    if (a->kind != DATUM_ARRAY || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!datum_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

/* Java writes the shortest digits that read back the same, plainly from 1e-3 up to 1e7. */
static void write_real(struct buf *out, double real, bool json)
{
    char text[40];
    if (isinf(real)) {
        buf_printf(out, json ? "\"%sInfinity\"" : "%sInfinity", real < 0 ? "-" : "");
        return;
    }
    int precision = 1;
    do
        snprintf(text, sizeof(text), "%.*e", precision - 1, real);
    while (strtod(text, NULL) != real && ++precision <= 17);
    int exponent = atoi(strchr(text, 'e') + 1);
    double size = fabs(real);
    if (size == 0 || (size >= 1e-3 && size < 1e7)) {
        int decimals = precision - 1 - exponent;
        buf_printf(out, "%.*f", decimals < 1 ? 1 : decimals, real);
        return;
    }
    snprintf(text, sizeof(text), "%.*e", precision > 1 ? precision - 1 : 1, real);
    buf_append(out, text, (size_t)(strchr(text, 'e') - text));
    buf_printf(out, "E%d", exponent);
}

/* A character of four bytes as the two halves that servers write. */
static void write_pair(struct buf *out, const unsigned char *p)
{
    unsigned c = (p[0] & 7U) << 18 | (p[1] & 63U) << 12 | (p[2] & 63U) << 6 | (p[3] & 63U);
    c -= 0x10000;
    buf_printf(out, "\\u%04X\\u%04X", 0xD800 + (c >> 10), 0xDC00 + (c & 0x3FF));
}

static void write_text(struct buf *out, struct view text)
{
    buf_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool surrogate = c == 0xED && i + 2 < text.len && (unsigned char)text.ptr[i + 1] >= 0xA0;
        if (c == '"' || c == '\\') {
            buf_append_char(out, '\\');
            buf_append_char(out, (char)c);
        } else if (c < 0x20) {
            buf_printf(out, "\\u%04X", c);
        } else if (surrogate) {
            unsigned low = (unsigned char)text.ptr[i + 1], last = (unsigned char)text.ptr[i + 2];
            buf_printf(out, "\\u%04X", 0xD000U | (low & 0x3F) << 6 | (last & 0x3F));
            i += 2;
        } else if (c >= 0xF0 && i + 3 < text.len) {
            write_pair(out, (const unsigned char *)text.ptr + i);
            i += 3;
        } else {
            buf_append_char(out, (char)c);
        }
    }
    buf_append_char(out, '"');
}

static void write_scalar(struct buf *out, const struct datum *value, bool json)
{
    switch (value->kind) {
    case DATUM_BOOL: buf_append_str(out, value->boolean ? "true" : "false"); break;
    case DATUM_INT: buf_printf(out, "%lld", (long long)value->integer); break;
    case DATUM_REAL: write_real(out, value->real, json); break;
    case DATUM_BIG:
    case DATUM_DECIMAL: buf_append_view(out, value->text); break;
    case DATUM_TEXT:
        if (json)
            write_text(out, value->text);
        else
            buf_append_view(out, value->text);
        break;
    default: buf_append_str(out, "null");
    }
}

static void write_value(struct buf *out, const struct datum *value, bool json)
{
    if (value->kind != DATUM_ARRAY && value->kind != DATUM_OBJECT) {
        write_scalar(out, value, json);
        return;
    }
    bool object = value->kind == DATUM_OBJECT;
    buf_append_char(out, object ? '{' : '[');
    for (size_t i = 0; i < value->count; i++) {
        if (i)
            buf_append_str(out, json ? "," : ", ");
        if (object) {
            write_scalar(out, value->keys[i], json);
            buf_append_char(out, json ? ':' : '=');
        }
        write_value(out, value->items[i], json);
    }
    buf_append_char(out, object ? '}' : ']');
}

void datum_write(struct buf *out, const struct datum *value)
{
    write_value(out, value, true);
}

void datum_show(struct buf *out, const struct datum *value)
{
    write_value(out, value, false);
}
