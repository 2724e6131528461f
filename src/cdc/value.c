#include "cdc/value.h"

#include "base/memory.h"
#include "cdc/batch.h"
#include "cdc/names.h"
#include "json/number.h"

enum kind {
    KIND_NONE,
    KIND_TEXT,
    KIND_NUMBER,
    KIND_BOOL,
    KIND_NULL,
    KIND_MAP,
    KIND_LIST,
    KIND_TEXTS,
    KIND_NUMBERS,
};

/* Up to four letters as one number. */
#define CODE(a, b, c, d)                                                                           \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static enum kind kind_of(struct view type)
{
    uint32_t code = 0;
    if (type.len > 4)
        return KIND_NONE;
    for (size_t i = 0; i < type.len; i++)
        code = code << 8 | (unsigned char)type.ptr[i];
    switch (code) {
    case CODE(0, 0, 0, 'S'):
    case CODE(0, 0, 0, 'B'): return KIND_TEXT;
    case CODE(0, 0, 0, 'N'): return KIND_NUMBER;
    case CODE(0, 0, 0, 'M'): return KIND_MAP;
    case CODE(0, 0, 0, 'L'): return KIND_LIST;
    case CODE(0, 0, 'S', 'S'):
    case CODE(0, 0, 'B', 'S'): return KIND_TEXTS;
    case CODE(0, 0, 'N', 'S'): return KIND_NUMBERS;
    case CODE('B', 'O', 'O', 'L'): return KIND_BOOL;
    case CODE('N', 'U', 'L', 'L'): return KIND_NULL;
    default: return KIND_NONE;
    }
}

static bool refuse(struct cursor *in, struct value_out *out, const char *problem)
{
    if (!out->problem)
        out->problem = problem;
    in->p = NULL;
    return false;
}

static inline void put(struct value_out *out, const char *bytes, size_t len)
{
    /* The caller reserved enough (VALUE_OUT_MAX); the check makes a mistake there harmless. */
    if (len > (size_t)(out->end - out->p)) {
        out->problem = "a value is too large";
        return;
    }
    memcpy(out->p, bytes, len);
    out->p += len;
}

static inline void put_char(struct value_out *out, char c)
{
    put(out, &c, 1);
}

/* Takes {"TYPE": and leaves the cursor at the value. */
static enum kind begin_typed(struct cursor *in, struct value_out *out)
{
    struct view type;
    unsigned flags;
    if (cursor_peek(in) != '{') {
        refuse(in, out, "a value is not an object with its type");
        return KIND_NONE;
    }
    in->p++;
    if (cursor_peek(in) == '}') {
        refuse(in, out, "a value has no type");
        return KIND_NONE;
    }
    if (!cursor_string(in, &type, &flags) || !cursor_take(in, ':'))
        return KIND_NONE;
    enum kind kind = kind_of(type);
    if (kind == KIND_NONE)
        refuse(in, out, "a value has an unknown type");
    cursor_peek(in);
    return kind;
}

static bool end_typed(struct cursor *in, struct value_out *out)
{
    if (cursor_peek(in) == ',')
        return refuse(in, out, "a value has two types");
    return cursor_take(in, '}');
}

static bool take_literal(struct cursor *in, struct view literal)
{
    if (!in->p || !view_starts_with(view_between(in->p, in->end), literal))
        return false;
    in->p += literal.len;
    return true;
}

static bool write_string(struct cursor *in, struct value_out *out)
{
    struct view text;
    unsigned flags;
    if (cursor_peek(in) != '"')
        return refuse(in, out, "a value of type S or B, or one in such a set, is not a string");
    if (!cursor_string(in, &text, &flags))
        return false;
    put(out, text.ptr - 1, text.len + 2);
    return true;
}

static bool write_text(struct cursor *in, struct value_out *out, unsigned depth)
{
    (void)depth;
    /* Not from DynamoDB, but hand-made records have it and the predecessor takes it. */
    if (take_literal(in, VIEW("null"))) {
        put(out, "null", 4);
        return true;
    }
    return write_string(in, out);
}

/* The digits of an N: a string, or (hand-made records again) a bare number. */
static bool read_digits(struct cursor *in, struct view *digits)
{
    unsigned flags;
    char first = cursor_peek(in);
    if (first == '"')
        return cursor_string(in, digits, &flags);
    if (!in->p || (first != '-' && (first < '0' || first > '9')))
        return false;
    const char *begin = in->p;
    in->p = json_scan_number(begin, in->end);
    *digits = view_between(begin, in->p ? in->p : begin);
    return in->p != NULL;
}

static bool write_number(struct cursor *in, struct value_out *out, unsigned depth)
{
    (void)depth;
    struct view digits;
    bool exact;
    if (!read_digits(in, &digits))
        return refuse(in, out, "a value of type N is not a number");
    if (out->end - out->p < NUMBER_TEXT_MAX)
        return refuse(in, out, "a value is too large");
    size_t len = number_double(digits, out->p, &exact);
    if (!len)
        return refuse(in, out, "a value of type N is not a number");
    out->p += len;
    out->inexact |= !exact;
    return true;
}

static bool write_bool(struct cursor *in, struct value_out *out, unsigned depth)
{
    (void)depth;
    if (take_literal(in, VIEW("true")))
        put(out, "true", 4);
    else if (take_literal(in, VIEW("false")))
        put(out, "false", 5);
    else
        return refuse(in, out, "a value of type BOOL is neither true nor false");
    return true;
}

static bool write_null(struct cursor *in, struct value_out *out, unsigned depth)
{
    (void)depth;
    if (!take_literal(in, VIEW("true")) && !take_literal(in, VIEW("false")))
        return refuse(in, out, "a value of type NULL is not true");
    put(out, "null", 4);
    return true;
}

struct view value_write_name(struct value_out *out, struct view name, unsigned flags)
{
    put_char(out, '"');
    char *begin = out->p;
    if (!(flags & JSON_ESCAPES)) {
        put(out, name.ptr, name.len);
    } else {
        char *text = arena_alloc(out->scratch, name.len * 7);
        put(out, text, json_canonical(name, text));
    }
    struct view written = view_between(begin, out->p);
    put_char(out, '"');
    return written;
}

static bool write_map(struct cursor *in, struct value_out *out, unsigned depth)
{
    cleanup_names struct names names;
    names_init(&names);
    struct view name;
    unsigned flags;
    bool first = true;

    if (cursor_peek(in) != '{')
        return refuse(in, out, "a value of type M is not an object");
    in->p++;
    put_char(out, '{');
    while (cursor_member(in, &first, &name, &flags)) {
        if (names.count)
            put_char(out, ',');
        if (!names_add(&names, value_write_name(out, name, flags)))
            return refuse(in, out, "a value of type M has a name twice");
        put_char(out, ':');
        if (!value_write(in, out, depth - 1))
            return false;
    }
    put_char(out, '}');
    return cursor_ok(in);
}

/* An array of which `element` writes each member. */
static bool write_array(struct cursor *in, struct value_out *out, unsigned depth,
                        bool (*element)(struct cursor *, struct value_out *, unsigned))
{
    bool first = true;
    if (cursor_peek(in) != '[')
        return refuse(in, out, "a list or set is not an array");
    in->p++;
    put_char(out, '[');
    const char *begin = out->p;
    while (cursor_more(in, ']', &first)) {
        if (out->p != begin)
            put_char(out, ',');
        if (!element(in, out, depth))
            return false;
    }
    put_char(out, ']');
    return cursor_ok(in);
}

static bool write_list(struct cursor *in, struct value_out *out, unsigned depth)
{
    return write_array(in, out, depth - 1, value_write);
}

static bool write_set_text(struct cursor *in, struct value_out *out, unsigned depth)
{
    (void)depth;
    return write_string(in, out);
}

static bool write_texts(struct cursor *in, struct value_out *out, unsigned depth)
{
    return write_array(in, out, depth, write_set_text);
}

static bool write_numbers(struct cursor *in, struct value_out *out, unsigned depth)
{
    return write_array(in, out, depth, write_number);
}

bool value_write(struct cursor *in, struct value_out *out, unsigned depth)
{
    static bool (*const writers[])(struct cursor *, struct value_out *, unsigned) = {
        [KIND_TEXT] = write_text,   [KIND_NUMBER] = write_number,   [KIND_BOOL] = write_bool,
        [KIND_NULL] = write_null,   [KIND_MAP] = write_map,         [KIND_LIST] = write_list,
        [KIND_TEXTS] = write_texts, [KIND_NUMBERS] = write_numbers,
    };
    if (depth == 0)
        return refuse(in, out, "a value is nested too deep");
    enum kind kind = begin_typed(in, out);
    if (kind == KIND_NONE)
        return false;
    if (!writers[kind](in, out, depth) || !end_typed(in, out))
        return false;
    if (out->problem)
        in->p = NULL;
    return cursor_ok(in);
}

bool value_split(struct cursor *in, struct view *type, struct view *inside)
{
    unsigned flags;
    if (!cursor_take(in, '{') || !cursor_string(in, type, &flags) || !cursor_take(in, ':'))
        return false;
    *inside = cursor_skip(in, 2 * ATTRIBUTE_DEPTH_MAX + 2);
    return cursor_take(in, '}');
}
