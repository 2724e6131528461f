#include "support/make_change.h"

#include <stdio.h>

#include "base/buf.h"
#include "json/scan.h"

static struct view label_of(struct arena *arena, const char *text)
{
    char *label = arena_alloc(arena, 6 * strlen(text) + 2);
    size_t len = json_escape(view_str(text), label + 1);
    label[0] = label[len + 1] = '"';
    return view_of(label, len + 2);
}

static void append_member(struct buf *out, struct view label, struct view value)
{
    buf_append_char(out, out->len ? ',' : '{');
    buf_append_view(out, label);
    buf_append_char(out, ':');
    buf_append_view(out, value);
}

/* Text from `out` into the arena, closed as an object. */
static struct view closed(struct arena *arena, struct buf *out)
{
    if (!out->len)
        buf_append_char(out, '{');
    buf_append_char(out, '}');
    struct view json = arena_copy(arena, buf_view(out));
    buf_clear(out);
    return json;
}

static void make_keys(struct arena *arena, struct change *change, const struct make_key *keys,
                      struct buf *json)
{
    for (size_t i = 0; i < KEY_PARTS_MAX && keys[i].name; i++) {
        change->key.parts[i] = (struct key_part){
            .name = arena_copy(arena, view_str(keys[i].name)),
            .type = keys[i].type,
            .text = arena_copy(arena, view_str(keys[i].text)),
        };
        append_member(json, label_of(arena, keys[i].name),
                      keys[i].type == 'N' ? view_str(keys[i].text) : label_of(arena, keys[i].text));
        change->key.count++;
    }
    change->key.json = closed(arena, json);
}

static void make_attributes(struct arena *arena, struct change *change,
                            const struct make_attribute *attributes, struct buf *json)
{
    change->attributes = arena_calloc(arena, MAKE_ATTRIBUTES_MAX, sizeof(*change->attributes));
    for (size_t i = 0; i < MAKE_ATTRIBUTES_MAX && attributes[i].name; i++) {
        struct attribute *attribute = &change->attributes[change->attribute_count++];
        *attribute = (struct attribute){
            .name = arena_copy(arena, view_str(attributes[i].name)),
            .label = label_of(arena, attributes[i].name),
            .plain = arena_copy(arena, view_str(attributes[i].plain)),
            .exact = arena_copy(arena, view_str(attributes[i].exact)),
        };
        append_member(json, attribute->label, attribute->plain);
    }
    change->attributes_json = closed(arena, json);
}

const struct change *make_change(struct arena *arena, const struct make_change *wanted)
{
    struct change *change = arena_calloc(arena, 1, sizeof(*change));
    change->operation = wanted->operation;
    change->version = wanted->version;
    char digits[24];
    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)wanted->sequence);
    change_set_sequence(view_str(digits), change->sequence);
    struct buf json = BUF_INIT(BUF_TEXT_CAP);
    make_keys(arena, change, wanted->key, &json);
    if (wanted->operation != CHANGE_REMOVE)
        make_attributes(arena, change, wanted->attributes, &json);
    buf_release(&json);
    return change;
}
