#include "sink/crate_types.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "json/number.h"
#include "json/reader.h"
#include "json/scan.h"

/* The longest term of the index, in bytes of UTF-8 [wire 0959-0973]. */
#define TEXT_MAX 32766

/* The server's defaults [wire 0020]. */
#define COLUMNS_MAX 1000
#define DEPTH_MAX 100

/* A type before crate_fit() changed it. */
struct crate_change {
    struct crate_type *type;
    enum crate_kind kind;
    unsigned char arrays;
    bool known;
};

/* ---- the tree ---- */

static struct crate_type *new_type(struct crate_types *types, unsigned depth)
{
    struct crate_type *type = arena_calloc(&types->arena, 1, sizeof(*type));
    type->next = types->all;
    type->depth = (unsigned short)depth;
    types->all = type;
    return type;
}

void crate_types_release(struct crate_types *types)
{
    for (struct crate_type *type = types->all; type; type = type->next)
        map_release(&type->children);
    arena_release(&types->arena);
    free(types->undo);
    *types = (struct crate_types){0};
}

void crate_types_init(struct crate_types *types)
{
    crate_types_release(types);
    types->columns_max = COLUMNS_MAX;
    types->depth_max = DEPTH_MAX;
    types->root = new_type(types, 0);
    types->root->kind = KIND_OBJECT;
    types->root->known = true;
}

static struct crate_type *child_at(struct crate_types *types, struct crate_type *parent,
                                   struct view name)
{
    struct crate_type *child = map_get(&parent->children, name);
    if (!child) {
        child = new_type(types, parent->depth + 1U);
        child->name = arena_copy(&types->arena, name);
        *map_at(&parent->children, child->name) = child;
    }
    return child;
}

void crate_types_add(struct crate_types *types, const struct view *path, size_t count,
                     enum crate_kind kind, unsigned char arrays, enum crate_policy policy)
{
    struct crate_type *type = types->root;
    for (size_t i = 0; i < count; i++)
        type = child_at(types, type, path[i]);
    type->kind = kind;
    type->arrays = arrays;
    type->policy = policy;
    type->known = true;
}

const struct crate_type *crate_types_find(const struct crate_types *types, struct view name)
{
    return map_get(&types->root->children, name);
}

/* ---- names of types ---- */

static const struct {
    const char *name;
    enum crate_kind kind;
} kinds[] = {
    {"undefined", KIND_NONE},  {"text", KIND_TEXT},     {"boolean", KIND_BOOLEAN},
    {"real", KIND_REAL},       {"bigint", KIND_BIGINT}, {"double precision", KIND_DOUBLE},
    {"integer", KIND_INTEGER}, {"object", KIND_OBJECT}, {"smallint", KIND_SMALLINT},
    {"numeric", KIND_NUMERIC},
};

void crate_type_parse(struct view name, enum crate_kind *kind, unsigned char *arrays)
{
    static const struct view suffix = VIEW("_array");
    *arrays = 0;
    while (name.len > suffix.len && *arrays < UCHAR_MAX &&
           view_equal(view_skip(name, name.len - suffix.len), suffix)) {
        name.len -= suffix.len;
        ++*arrays;
    }
    *kind = KIND_OTHER;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (view_equal(name, view_str(kinds[i].name)))
            *kind = kinds[i].kind;
}

const char *crate_kind_name(enum crate_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "of another type";
}

/* ---- numbers ---- */

/* The largest of an integer type; 0: it is none. */
static int64_t integer_max(enum crate_kind kind)
{
    switch (kind) {
    case KIND_BIGINT: return INT64_MAX;
    case KIND_INTEGER: return INT32_MAX;
    case KIND_SMALLINT: return INT16_MAX;
    default: return 0;
    }
}

bool crate_integer_fits(struct view number, enum crate_kind kind)
{
    int64_t value, max = integer_max(kind);
    /* The server refuses both ends of the range of BIGINT [wire 0482, 0502]. */
    return max && number_int64(number, &value) && value != INT64_MIN && value != INT64_MAX &&
           value >= -max - 1 && value <= max;
}

/* Sent as a double, which the server turns into the integer again. */
static bool double_as_integer_fits(struct view number, enum crate_kind kind)
{
    int64_t value;
    if (!crate_integer_fits(number, kind) || !number_int64(number, &value))
        return false;
    double sent = (double)value;
    return fabs(sent) < 0x1p63 && (int64_t)sent == value;
}

/* The shortest decimal of the single precision value is what will be read back. */
static bool real_fits(struct view number)
{
    char text[NUMBER_TEXT_MAX], shortest[64], wanted[NUMBER_TEXT_MAX], got[NUMBER_TEXT_MAX];
    if (number.len >= sizeof(text) || !number_canonical(number, wanted))
        return false;
    memcpy(text, number.ptr, number.len);
    text[number.len] = '\0';
    float value = strtof(text, NULL);
    if (!isfinite(value) || (double)value != strtod(text, NULL))
        return false;
    int digits = 1;
    do
        snprintf(shortest, sizeof(shortest), "%.*g", digits, (double)value);
    while (strtof(shortest, NULL) != value && ++digits <= 9);
    return number_canonical(view_str(shortest), got) && strcmp(got, wanted) == 0;
}

bool crate_number_fits(struct view number, enum crate_kind kind)
{
    switch (kind) {
    case KIND_DOUBLE: return true;
    case KIND_BIGINT:
    case KIND_INTEGER:
    case KIND_SMALLINT: return double_as_integer_fits(number, kind);
    case KIND_REAL: return real_fits(number);
    default: return false;
    }
}

/* ---- values ---- */

struct fit {
    struct crate_types *types;
    bool known_only;
    bool expects; /* something of a path that the server has not told about */
};

/* Gives a path the type that the server will give it. */
static bool register_type(struct fit *fit, struct crate_type *type, enum crate_kind kind,
                          unsigned char arrays)
{
    struct crate_types *types = fit->types;
    bool is_new = type->kind == KIND_NONE && type->arrays == 0;
    if (fit->known_only || type->depth > types->depth_max ||
        (is_new && types->columns >= types->columns_max))
        return false;
    if (types->undo_count == types->undo_size) {
        types->undo_size = types->undo_size ? 2 * types->undo_size : 32;
        types->undo = xreallocarray(types->undo, types->undo_size, sizeof(*types->undo));
    }
    types->undo[types->undo_count++] =
        (struct crate_change){type, type->kind, type->arrays, type->known};
    type->kind = kind;
    type->arrays = arrays;
    type->known = false;
    types->columns += is_new;
    fit->expects = true;
    return true;
}

static void roll_back(struct crate_types *types)
{
    while (types->undo_count) {
        struct crate_change *change = &types->undo[--types->undo_count];
        change->type->kind = change->kind;
        change->type->arrays = change->arrays;
        change->type->known = change->known;
        types->columns -= change->kind == KIND_NONE && change->arrays == 0;
    }
}

/* Names that a column cannot have [wire 0200-0235]; "a]b" is fine. */
static bool name_fits(struct view name)
{
    for (size_t i = 0; i < name.len; i++)
        if (memchr(".[\t\r\n", name.ptr[i], 5))
            return false;
    return true;
}

static size_t unescaped_len(struct view raw)
{
    cleanup_free char *text = xmalloc(raw.len);
    return json_unescape(raw, text);
}

static bool text_fits(struct view raw)
{
    return raw.len <= TEXT_MAX ||
           (memchr(raw.ptr, '\\', raw.len) && unescaped_len(raw) <= TEXT_MAX);
}

/* A scalar, or an element of an array that is one; `type` has that many arrays already. */
static bool fit_scalar(struct fit *fit, struct crate_type *type, enum json_token token,
                       struct view text)
{
    static const enum crate_kind natural[] = {[JSON_STRING] = KIND_TEXT,
                                              [JSON_NUMBER] = KIND_DOUBLE,
                                              [JSON_TRUE] = KIND_BOOLEAN,
                                              [JSON_FALSE] = KIND_BOOLEAN};
    if (token == JSON_STRING && !text_fits(text))
        return false;
    if (type->kind == KIND_NONE)
        return register_type(fit, type, natural[token], type->arrays);
    if (token == JSON_NUMBER)
        return crate_number_fits(text, type->kind);
    return type->kind == natural[token];
}

static bool fit_value(struct fit *fit, struct crate_type *type, struct json_reader *r,
                      enum json_token token);

/* The child of that name, or NULL. Items of a table mostly have the same members in the same order,
 * so that the next child is the one that followed last time. */
static struct crate_type *look_up(struct crate_type *parent, struct view name)
{
    struct crate_type *last = parent->last;
    if (last && last->follower && view_equal(last->follower->name, name))
        return parent->last = last->follower;
    struct crate_type *child = map_get(&parent->children, name);
    if (!child)
        return NULL;
    if (last)
        last->follower = child;
    return parent->last = child;
}

static struct crate_type *find_child(struct fit *fit, struct crate_type *parent, struct view name)
{
    struct crate_type *child = look_up(parent, name);
    if (child)
        return child;
    if (parent->policy == POLICY_STRICT || !name_fits(name) ||
        fit->types->columns >= fit->types->columns_max)
        return NULL;
    return child_at(fit->types, parent, name);
}

static struct crate_type *find_member(struct fit *fit, struct crate_type *parent,
                                      const struct json_reader *r)
{
    if (!r->escaped)
        return find_child(fit, parent, r->text);
    cleanup_free char *name = xmalloc(r->text.len);
    return find_child(fit, parent, view_of(name, json_unescape(r->text, name)));
}

/* An object whose brace was just read. */
static bool fit_object(struct fit *fit, struct crate_type *type, struct json_reader *r)
{
    if (type->kind == KIND_NONE && !register_type(fit, type, KIND_OBJECT, type->arrays))
        return false;
    if (type->kind != KIND_OBJECT)
        return false;
    if (type->policy == POLICY_IGNORED) {
        json_span(r);
        return true;
    }
    enum json_token token;
    while ((token = json_next(r)) == JSON_NAME) {
        struct crate_type *child = find_member(fit, type, r);
        if (!child || !fit_value(fit, child, r, json_next(r)))
            return false;
    }
    return token == JSON_OBJECT_END;
}

/* An array whose bracket was just read. Arrays of arrays go to `aux` (DESIGN 5). */
static bool fit_array(struct fit *fit, struct crate_type *type, struct json_reader *r)
{
    if (type->kind == KIND_NONE && type->arrays == 0 && !register_type(fit, type, KIND_NONE, 1))
        return false;
    if (type->arrays != 1)
        return false;
    enum json_token token;
    while ((token = json_next(r)) != JSON_ARRAY_END) {
        bool good = token == JSON_NULL ? true
                    : token == JSON_OBJECT
                        ? fit_object(fit, type, r)
                        : token >= JSON_STRING && fit_scalar(fit, type, token, r->text);
        if (!good)
            return false;
    }
    return true;
}

static bool fit_value(struct fit *fit, struct crate_type *type, struct json_reader *r,
                      enum json_token token)
{
    if (token == JSON_NULL)
        return true; /* adds no path */
    if (!type->known && fit->known_only)
        return false;
    fit->expects |= !type->known;
    if (token == JSON_ARRAY)
        return fit_array(fit, type, r);
    if (type->arrays)
        return false;
    if (token == JSON_OBJECT)
        return fit_object(fit, type, r);
    return token >= JSON_STRING && fit_scalar(fit, type, token, r->text);
}

/* What nearly every attribute is, without setting up a reader: a text or a number whose type is
 * known. */
static bool fits_at_a_glance(const struct crate_type *type, struct view plain)
{
    if (type->arrays || !type->known || !plain.len)
        return false;
    if (plain.ptr[0] == '"')
        return type->kind == KIND_TEXT && plain.len - 2 <= TEXT_MAX;
    return type->kind == KIND_DOUBLE && (plain.ptr[0] == '-' || (unsigned)plain.ptr[0] - '0' < 10);
}

enum crate_fitting crate_fit(struct crate_types *types, const struct attribute *attribute,
                             bool known_only)
{
    struct fit fit = {types, known_only, false};
    if (types->root->policy == POLICY_IGNORED)
        return FITS;
    struct crate_type *type = find_child(&fit, types->root, attribute->name);
    if (!type)
        return FITS_NOT;
    if (fits_at_a_glance(type, attribute->plain))
        return FITS;
    struct json_reader r;
    json_reader_init(&r, attribute->plain);
    types->undo_count = 0;
    if (fit_value(&fit, type, &r, json_next(&r)))
        return fit.expects ? FITS_IF_NEW : FITS;
    roll_back(types);
    return FITS_NOT;
}
