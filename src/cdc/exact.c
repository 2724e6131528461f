#include "cdc/value.h"

#include "base/memory.h"
#include "json/number.h"

/* The numbers of a value that a double does not hold, in the shape of the value. Runs only over
 * values that value_write() accepted and found to have such numbers, so nothing needs to be
 * validated again. */

static bool write_exact(struct cursor *in, struct buf *out);

/* The digits as text, if a double does not hold them. */
static bool exact_number(struct cursor *in, struct buf *out)
{
    struct view digits = {0};
    unsigned flags;
    if (cursor_peek(in) == '"')
        cursor_string(in, &digits, &flags);
    else
        digits = cursor_skip(in, 1);
    if (number_is_double(digits))
        return false;
    buf_append_char(out, '"');
    buf_append_view(out, digits);
    buf_append_char(out, '"');
    return true;
}

/* A list or set: null where the element needs nothing. */
static bool exact_array(struct cursor *in, struct buf *out,
                        bool (*element)(struct cursor *, struct buf *))
{
    size_t start = out->len;
    bool first = true, found = false;
    in->p++;
    buf_append_char(out, '[');
    while (cursor_more(in, ']', &first)) {
        if (out->len > start + 1)
            buf_append_char(out, ',');
        if (element(in, out))
            found = true;
        else
            buf_append_str(out, "null");
    }
    buf_append_char(out, ']');
    if (!found)
        out->len = start;
    return found;
}

static bool exact_map(struct cursor *in, struct buf *out)
{
    size_t start = out->len;
    bool first = true;
    struct view name;
    unsigned flags;
    in->p++;
    buf_append_char(out, '{');
    while (cursor_member(in, &first, &name, &flags)) {
        size_t before = out->len;
        if (out->len > start + 1)
            buf_append_char(out, ',');
        char *to = buf_reserve(out, name.len * 7 + 3);
        *to = '"';
        size_t len = json_canonical(name, to + 1); /* as value_write_name() has it */
        memcpy(to + 1 + len, "\":", 2);
        buf_commit(out, len + 3);
        if (!write_exact(in, out))
            out->len = before;
    }
    if (out->len == start + 1) {
        out->len = start;
        return false;
    }
    buf_append_char(out, '}');
    return true;
}

static bool write_exact(struct cursor *in, struct buf *out)
{
    struct view type, inside;
    value_split(in, &type, &inside);
    struct cursor at = {inside.ptr, inside.ptr + inside.len};
    if (view_equal(type, VIEW("N")))
        return exact_number(&at, out);
    if (view_equal(type, VIEW("NS")))
        return exact_array(&at, out, exact_number);
    if (view_equal(type, VIEW("L")))
        return exact_array(&at, out, write_exact);
    if (view_equal(type, VIEW("M")))
        return exact_map(&at, out);
    return false;
}

void value_write_exact(struct view typed, struct buf *out)
{
    struct cursor in = {typed.ptr, typed.ptr + typed.len};
    write_exact(&in, out);
}
