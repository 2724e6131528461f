#include "cdc/hook.h"

#include <lorry/processor.h>
#include <stdio.h>

#include "base/utf8.h"
#include "cdc/cursor.h"
#include "cdc/value.h"
#include "json/number.h"

#define DEPTH_MAX 256

struct lorry_change {
    const struct change *change;
    struct arena *arena;
    struct view new_image; /* typed JSON, as altered so far */
    struct view old_image;
    bool expired;
    bool altered;
    const char *failure; /* set by a call that could not be obeyed, or by lorry_change_fail() */
};

enum lorry_operation lorry_change_operation(const struct lorry_change *change)
{
    static const enum lorry_operation operations[] = {
        [CHANGE_INSERT] = LORRY_INSERT,
        [CHANGE_MODIFY] = LORRY_MODIFY,
        [CHANGE_REMOVE] = LORRY_REMOVE,
    };
    return operations[change->change->operation];
}

const char *lorry_change_table(const struct lorry_change *change)
{
    return arena_copy(change->arena, change->change->table).ptr;
}

int64_t lorry_change_time_us(const struct lorry_change *change)
{
    return change->change->version;
}

bool lorry_change_expired(const struct lorry_change *change)
{
    return change->expired;
}

static struct view unescape(struct view text, unsigned flags, struct arena *arena)
{
    if (!(flags & JSON_ESCAPES))
        return arena_copy(arena, text);
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = json_unescape(text, out);
    out[len] = '\0';
    return view_of(out, len);
}

/* Finds the member `name` of an image; `span` is the member from its name to the end of its value.
 */
static bool find_member(struct view image, struct view name, struct arena *arena, struct view *span,
                        struct view *value)
{
    struct cursor in = {image.ptr, image.ptr + image.len};
    struct view label;
    unsigned flags;
    bool first = true;
    if (!image.len || !cursor_take(&in, '{'))
        return false;
    while (cursor_member(&in, &first, &label, &flags)) {
        struct view found = cursor_skip(&in, DEPTH_MAX);
        if (!view_equal(unescape(label, flags, arena), name))
            continue;
        *span = view_between(label.ptr - 1, in.p);
        *value = found;
        return true;
    }
    return false;
}

/* What a typed value means to a reader of the public header. */
static bool describe(struct view typed, struct arena *arena, struct lorry_value *value)
{
    struct cursor in = {typed.ptr, typed.ptr + typed.len};
    struct view type, inside;
    if (!value_split(&in, &type, &inside))
        return false;
    struct view text;
    if (inside.len >= 2 && inside.ptr[0] == '"')
        text = unescape(view_of(inside.ptr + 1, inside.len - 2), JSON_ESCAPES, arena);
    else if (view_equal(type, VIEW("NULL")))
        text = VIEW("");
    else
        text = arena_copy(arena, inside);
    *value = (struct lorry_value){arena_copy(arena, type).ptr, text.ptr, text.len};
    return true;
}

static bool read_attribute(struct lorry_change *change, struct view image, const char *name,
                           struct lorry_value *value)
{
    struct view span, typed;
    return find_member(image, view_str(name), change->arena, &span, &typed) &&
           describe(typed, change->arena, value);
}

bool lorry_change_key(struct lorry_change *change, const char *name, struct lorry_value *value)
{
    const struct key *key = &change->change->key;
    for (size_t i = 0; i < key->count; i++) {
        const struct key_part *part = &key->parts[i];
        if (!view_equal(part->name, view_str(name)))
            continue;
        struct view text = arena_copy(change->arena, part->text);
        const char *type = arena_copy(change->arena, view_of(&part->type, 1)).ptr;
        *value = (struct lorry_value){type, text.ptr, text.len};
        return true;
    }
    return false;
}

bool lorry_change_new(struct lorry_change *change, const char *name, struct lorry_value *value)
{
    return read_attribute(change, change->new_image, name, value);
}

bool lorry_change_old(struct lorry_change *change, const char *name, struct lorry_value *value)
{
    return read_attribute(change, change->old_image, name, value);
}

const char *lorry_change_new_image(struct lorry_change *change)
{
    return change->new_image.len ? arena_copy(change->arena, change->new_image).ptr : NULL;
}

const char *lorry_change_old_image(struct lorry_change *change)
{
    return change->old_image.len ? arena_copy(change->arena, change->old_image).ptr : NULL;
}

int lorry_change_fail(struct lorry_change *change, const char *reason)
{
    if (!change->failure)
        change->failure = arena_copy(change->arena, view_str(reason)).ptr;
    return -1;
}

static bool may_alter(struct lorry_change *change, const char *name)
{
    if (!change->new_image.len) {
        lorry_change_fail(change, "an attribute was set on a change that has no new image");
        return false;
    }
    for (size_t i = 0; i < change->change->key.count; i++)
        if (view_equal(change->change->key.parts[i].name, view_str(name))) {
            lorry_change_fail(change, "a key cannot be changed");
            return false;
        }
    if (!utf8_valid(view_str(name))) {
        lorry_change_fail(change, "the name of an attribute is not UTF-8");
        return false;
    }
    return true;
}

/* The image without the member at `span`, which is a member of it: the comma before or behind it
 * goes too. */
static void cut_member(struct view image, struct view span, struct buf *out)
{
    const char *begin = span.ptr, *end = span.ptr + span.len;
    while (begin[-1] != '{' && begin[-1] != ',')
        begin--;
    if (begin[-1] == ',') {
        begin--;
    } else {
        while (*end != ',' && *end != '}')
            end++;
        end += *end == ',';
    }
    buf_append_view(out, view_between(image.ptr, begin));
    buf_append_view(out, view_between(end, image.ptr + image.len));
}

static void keep_image(struct lorry_change *change, struct buf *image)
{
    change->new_image = arena_copy(change->arena, buf_view(image));
    change->altered = true;
    buf_release(image);
}

int lorry_change_unset(struct lorry_change *change, const char *name)
{
    struct view span, value;
    if (!may_alter(change, name))
        return -1;
    if (!find_member(change->new_image, view_str(name), change->arena, &span, &value))
        return 0;
    struct buf image = BUF_INIT(change->new_image.len);
    cut_member(change->new_image, span, &image);
    keep_image(change, &image);
    return 0;
}

static bool is_typed(struct view typed, struct arena *arena)
{
    char *space = arena_alloc(arena, VALUE_OUT_MAX(typed.len));
    struct cursor in = {typed.ptr, typed.ptr + typed.len};
    struct value_out out = {.p = space, .end = space + VALUE_OUT_MAX(typed.len), .scratch = arena};
    return value_write(&in, &out, ATTRIBUTE_DEPTH_MAX) && !cursor_peek(&in) && in.p == in.end;
}

int lorry_change_set_json(struct lorry_change *change, const char *name, const char *typed_json)
{
    struct view typed = view_str(typed_json);
    if (!is_typed(typed, change->arena))
        return lorry_change_fail(change, "an attribute was set to what is no typed JSON");
    if (lorry_change_unset(change, name) < 0)
        return -1;
    struct view rest = change->new_image;
    size_t name_len = strlen(name);
    struct buf image = BUF_INIT(rest.len + typed.len + name_len * 6 + 8);
    /* In front: right behind the brace, where no comma has to be looked for. */
    const char *brace = memchr(rest.ptr, '{', rest.len);
    buf_append_str(&image, "{\"");
    char *to = buf_reserve(&image, name_len * 6);
    buf_commit(&image, json_escape(view_str(name), to));
    buf_append_str(&image, "\":");
    buf_append_view(&image, typed);
    const char *after = json_skip_space(brace + 1, rest.ptr + rest.len);
    if (*after != '}')
        buf_append_char(&image, ',');
    buf_append_view(&image, view_between(after, rest.ptr + rest.len));
    keep_image(change, &image);
    return 0;
}

/* {"TYPE":"text"} */
static int set_scalar(struct lorry_change *change, const char *name, const char *type,
                      struct view text)
{
    struct buf typed = BUF_INIT(text.len * 6 + 16);
    buf_printf(&typed, "{\"%s\":\"", type);
    char *to = buf_reserve(&typed, text.len * 6);
    buf_commit(&typed, json_escape(text, to));
    buf_append_str(&typed, "\"}");
    int result = lorry_change_set_json(change, name, buf_str(&typed));
    buf_release(&typed);
    return result;
}

int lorry_change_set_string(struct lorry_change *change, const char *name, const char *text)
{
    if (!utf8_valid(view_str(text)))
        return lorry_change_fail(change, "an attribute was set to text that is not UTF-8");
    return set_scalar(change, name, "S", view_str(text));
}

int lorry_change_set_number(struct lorry_change *change, const char *name, const char *digits)
{
    char canonical[NUMBER_TEXT_MAX];
    if (!number_canonical(view_str(digits), canonical))
        return lorry_change_fail(change, "an attribute was set to what is no number");
    return set_scalar(change, name, "N", view_str(digits));
}

int lorry_change_set_bool(struct lorry_change *change, const char *name, bool value)
{
    return lorry_change_set_json(change, name, value ? "{\"BOOL\":true}" : "{\"BOOL\":false}");
}

int lorry_change_set_null(struct lorry_change *change, const char *name)
{
    return lorry_change_set_json(change, name, "{\"NULL\":true}");
}

static const char *own_reason(struct arena *arena, const char *reason)
{
    char text[200];
    int len = snprintf(text, sizeof(text), "own processor: %s", reason);
    size_t kept = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    return arena_copy(arena, view_of(text, kept)).ptr;
}

enum hook_verdict hook_run(const struct change_hook *hook, struct dynamodb_change *decoded,
                           struct arena *arena, struct image_scratch *scratch, const char **reason)
{
    cleanup_arena struct arena working = ARENA_INIT;
    struct lorry_change change = {
        .change = decoded->change,
        .arena = &working,
        .new_image = decoded->new_image,
        .old_image = decoded->old_image,
        .expired = decoded->expired,
    };
    int verdict = hook->process(&change, hook->user);
    if (verdict == LORRY_DROP)
        return HOOK_DROP;
    if (verdict != LORRY_PASS || change.failure) {
        *reason = own_reason(arena, change.failure ? change.failure : "failed");
        return HOOK_FAIL;
    }
    if (!change.altered)
        return HOOK_PASS;
    const char *problem = image_set(decoded->change, change.new_image, arena, scratch);
    if (!problem)
        return HOOK_PASS;
    *reason = own_reason(arena, problem);
    return HOOK_FAIL;
}
