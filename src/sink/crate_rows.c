#include <stdio.h>

#include "base/memory.h"
#include "base/plural.h"
#include "sink/crate_private.h"
#include "json/number.h"
#include "json/overlay.h"
#include "json/writer.h"

/* ---- keys ---- */

static bool refuse(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(char *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reason, REASON_MAX, format, args);
    va_end(args);
    return false;
}

/* Names are not values of an item; long ones are cut. */
#define NAME_ARG(v) (int)((v).len < 60 ? (v).len : 60), (v).ptr

static bool number_key_fits(const struct crate_key_column *column, struct view number, char *reason)
{
    char text[NUMBER_TEXT_MAX];
    bool exact;
    switch (column->kind) {
    case KIND_TEXT: return true;
    case KIND_DOUBLE:
        if (number_double(number, text, &exact) && exact)
            return true;
        break;
    case KIND_NUMERIC:
        /* Its scale is unknown, and fractions are rounded silently [wire 0577]; what exceeds its
         * precision is refused by the server. */
        if (!memchr(number.ptr, '.', number.len) && !memmem(number.ptr, number.len, "E-", 2))
            return true;
        break;
    case KIND_REAL:
        if (crate_number_fits(number, KIND_REAL))
            return true;
        break;
    default:
        if (crate_integer_fits(number, column->kind))
            return true;
    }
    return refuse(reason, "key \"%.*s\": the number does not fit its column, which is %s",
                  NAME_ARG(column->name), crate_kind_name(column->kind));
}

static const char *type_name(char type)
{
    return type == 'S' ? "a text" : type == 'N' ? "a number" : "binary";
}

static bool part_fits(const struct crate_key_column *column, const struct key_part *part,
                      char *reason)
{
    if (!view_equal(column->name, part->name))
        return refuse(reason, "key \"%.*s\" is not one of the table", NAME_ARG(part->name));
    if (column->type && column->type != part->type)
        return refuse(reason, "key \"%.*s\" is %s, that of the table %s", NAME_ARG(part->name),
                      type_name(part->type), type_name(column->type));
    if (part->type == 'N')
        return number_key_fits(column, part->text, reason);
    if (column->kind == KIND_TEXT)
        return true;
    return refuse(reason, "key \"%.*s\" is %s, its column is %s", NAME_ARG(part->name),
                  type_name(part->type), crate_kind_name(column->kind));
}

bool crate_key_fits(const struct crate_layout *layout, const struct key *key, char *reason)
{
    if (key->count != layout->key_count)
        return refuse(reason, "the key has %zu part%s, that of the table %zu", key->count,
                      plural_s((int64_t)key->count), layout->key_count);
    for (size_t i = 0; i < key->count; i++)
        if (!part_fits(&layout->key[i], &key->parts[i], reason))
            return false;
    return true;
}

void crate_note_key_types(struct crate_layout *layout, const struct key *key)
{
    for (size_t i = 0; i < key->count; i++)
        if (!layout->key[i].type)
            layout->key[i].type = key->parts[i].type;
}

static void append_part(const struct crate_key_column *column, const struct key_part *part,
                        struct json_writer *w)
{
    char text[NUMBER_TEXT_MAX];
    bool exact;
    if (part->type != 'N' || column->kind == KIND_TEXT || column->kind == KIND_NUMERIC)
        json_put_string(w, part->text);
    else if (column->kind == KIND_DOUBLE || column->kind == KIND_REAL)
        json_put_raw(w, view_of(text, number_double(part->text, text, &exact)));
    else
        json_put_raw(w, part->text);
}

/* Members "name":value without braces. */
static void append_members(const struct crate_layout *layout, const struct key *key,
                           struct json_writer *w)
{
    for (size_t i = 0; i < key->count; i++) {
        json_put_name(w, layout->key[i].name);
        append_part(&layout->key[i], &key->parts[i], w);
    }
}

void crate_append_key(const struct crate_layout *layout, const struct key *key, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_begin_array(&w);
    for (size_t i = 0; i < key->count; i++)
        append_part(&layout->key[i], &key->parts[i], &w);
    json_end_array(&w);
}

/* Whether the columns take the key as it lies in the change. */
static bool is_natural(const struct crate_layout *layout, const struct key *key)
{
    for (size_t i = 0; i < key->count; i++) {
        enum crate_kind kind = layout->key[i].kind;
        if (key->parts[i].type == 'N' ? kind != KIND_BIGINT : kind != KIND_TEXT)
            return false;
    }
    return true;
}

static void append_pk(const struct crate_layout *layout, const struct key *key, struct buf *out)
{
    struct json_writer w;
    if (is_natural(layout, key)) {
        buf_append_view(out, key->json);
        return;
    }
    json_writer_init(&w, out);
    json_begin_object(&w);
    append_members(layout, key, &w);
    json_end_object(&w);
}

/* ---- attributes ---- */

static void add_claim(struct crate_sending *sending, const struct attribute *attribute)
{
    struct crate_claim *claim = arena_alloc(sending->arena, sizeof(*claim));
    *claim = (struct crate_claim){attribute, sending->claims};
    sending->claims = claim;
}

/* Whether the attribute stays in `data`. */
static bool stays(struct crate_layout *layout, const struct attribute *attribute,
                  struct crate_sending *sending)
{
    if (sending->plan == PLAN_AUX)
        return false;
    enum crate_fitting fitting = crate_fit(&layout->types, attribute, sending->plan == PLAN_KNOWN);
    if (fitting == FITS_IF_NEW)
        add_claim(sending, attribute);
    return fitting != FITS_NOT;
}

/* One member of an object under construction: the separator, the name. */
static void append_label(struct buf *out, const struct attribute *attribute, bool *any)
{
    buf_append_char(out, *any ? ',' : '{');
    buf_append_view(out, attribute->label);
    buf_append_char(out, ':');
    *any = true;
}

/* Puts the attribute whole under its name: as `aux` has it, with the exact digits. */
static void append_moved(struct buf *aux, const struct attribute *attribute)
{
    struct error ignored;
    if (!attribute->exact.len)
        buf_append_view(aux, attribute->plain);
    else if (json_overlay(attribute->plain, attribute->exact, aux, &ignored) < 0)
        buf_append_view(aux, attribute->exact);
}

/* `data` and `aux` of an item, two parameters. What moves is rare, so `data` is taken as it lies in
 * the change for as long as nothing does. */
static void append_item(struct crate_layout *layout, const struct change *change,
                        struct crate_sending *sending, struct buf *out)
{
    cleanup_buf struct buf aux = BUF_INIT(CRATE_BODY_MAX);
    cleanup_buf struct buf data = BUF_INIT(CRATE_BODY_MAX);
    bool any_aux = false, any_data = false, moved = false;
    for (size_t i = 0; i < change->attribute_count; i++) {
        const struct attribute *attribute = &change->attributes[i];
        if (stays(layout, attribute, sending)) {
            if (moved) {
                append_label(&data, attribute, &any_data);
                buf_append_view(&data, attribute->plain);
            }
            if (attribute->exact.len) {
                append_label(&aux, attribute, &any_aux);
                buf_append_view(&aux, attribute->exact);
            }
            continue;
        }
        for (size_t k = 0; k < i && !moved; k++) {
            append_label(&data, &change->attributes[k], &any_data);
            buf_append_view(&data, change->attributes[k].plain);
        }
        moved = true;
        append_label(&aux, attribute, &any_aux);
        append_moved(&aux, attribute);
    }
    out->overflow |= aux.overflow || data.overflow;
    if (!change->attribute_count || (moved && !any_data))
        buf_append_str(out, "{}");
    else if (moved)
        buf_append_view(out, buf_view(&data));
    else
        buf_append_view(out, change->attributes_json);
    buf_append_str(out, moved && any_data ? "}," : ",");
    if (any_aux) {
        buf_append_view(out, buf_view(&aux));
        buf_append_char(out, '}');
    } else {
        buf_append_str(out, "null");
    }
}

/* ,version,"sequence",deleted: without printf(), which would take a fifth of the time of a row. */
static void append_order(const struct change *change, struct buf *out)
{
    char digits[24], *p = digits + sizeof(digits);
    uint64_t rest = change->version < 0 ? -(uint64_t)change->version : (uint64_t)change->version;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (change->version < 0)
        *--p = '-';
    *--p = ',';
    buf_append_view(out, view_between(p, digits + sizeof(digits)));
    buf_append_str(out, ",\"");
    buf_append(out, change->sequence, SEQUENCE_DIGITS);
    buf_append_str(out, change->operation == CHANGE_REMOVE ? "\",true" : "\",false");
}

static void append_keyed(struct crate_layout *layout, const struct change *change,
                         struct crate_sending *sending, struct buf *out)
{
    buf_append_char(out, '[');
    append_pk(layout, &change->key, out);
    buf_append_char(out, ',');
    if (change->operation == CHANGE_REMOVE)
        buf_append_str(out, "null,null");
    else
        append_item(layout, change, sending, out);
    if (layout->kind == CRATE_LORRY)
        append_order(change, out);
    buf_append_char(out, ']');
}

/* ---- the table without a key: everything in `data`, and nowhere else to go ---- */

bool crate_document_fits(struct crate_layout *layout, const struct change *change,
                         struct crate_sending *sending)
{
    for (size_t i = 0; i < change->attribute_count; i++) {
        const struct attribute *attribute = &change->attributes[i];
        if (attribute->exact.len)
            return refuse(sending->reason,
                          "attribute \"%.*s\" has digits that a double does not hold, and the "
                          "table has no \"aux\"",
                          NAME_ARG(attribute->name));
        if (!stays(layout, attribute, sending))
            return refuse(sending->reason,
                          "attribute \"%.*s\" does not fit the columns of \"data\", and the table "
                          "has no \"aux\"",
                          NAME_ARG(attribute->name));
    }
    return true;
}

static void append_document(const struct crate_layout *layout, const struct change *change,
                            struct buf *out)
{
    struct json_writer w;
    buf_append_char(out, '[');
    json_writer_init(&w, out);
    json_begin_object(&w);
    append_members(layout, &change->key, &w);
    json_end_object(&w);
    if (change->attribute_count) {
        struct view rest = view_skip(change->attributes_json, 1);
        out->len--; /* the brace just written: more members follow */
        buf_append_char(out, ',');
        buf_append_view(out, rest);
    }
    buf_append_char(out, ']');
}

bool crate_append_row(struct crate_layout *layout, const struct change *change,
                      struct crate_sending *sending, struct buf *out)
{
    sending->claims = NULL;
    if (layout->kind != CRATE_DOCUMENT) {
        append_keyed(layout, change, sending, out);
        return true;
    }
    if (!crate_document_fits(layout, change, sending))
        return false;
    if (!crate_key_is_known(layout))
        add_claim(sending, NULL);
    append_document(layout, change, out);
    return true;
}

bool crate_claims_hold(struct crate_layout *layout, const struct crate_claim *claims)
{
    for (; claims; claims = claims->next)
        if (claims->attribute && crate_fit(&layout->types, claims->attribute, true) == FITS_NOT)
            return false;
    return true;
}
