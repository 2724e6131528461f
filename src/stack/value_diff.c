#include "stack/value_diff.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/memory.h"

#define FIRST_SIZE 8

struct walk {
    struct arena *arena;
    struct template_changes *changes;
    struct buf path;
};

void value_diff_add(const struct template_change *change, struct arena *arena,
                    struct template_changes *changes)
{
    if (changes->count == changes->size) {
        changes->size = changes->size ? 2 * changes->size : FIRST_SIZE;
        struct template_change *items = arena_calloc(arena, changes->size, sizeof(*items));
        if (changes->count)
            memcpy(items, changes->items, changes->count * sizeof(*items));
        changes->items = items;
    }
    changes->items[changes->count++] = *change;
}

static void record(struct walk *walk, const json_t *before, const json_t *after)
{
    const struct template_change change = {
        .path = arena_copy(walk->arena, buf_view(&walk->path)).ptr,
        .before = before,
        .after = after,
    };
    value_diff_add(&change, walk->arena, walk->changes);
}

static void compare(struct walk *walk, const json_t *before, const json_t *after);

/* From a value to one of its parts. */
struct step {
    const char *open, *name, *close;
};

static void compare_at(struct walk *walk, struct step step, const json_t *before,
                       const json_t *after)
{
    size_t len = walk->path.len;
    bool is_first = len == 0 && *step.open == '.';
    buf_printf(&walk->path, "%s%s%s", is_first ? "" : step.open, step.name, step.close);
    compare(walk, before, after);
    walk->path.len = len;
    walk->path.ptr[len] = '\0';
}

/* An intrinsic function is a value as a whole: {"Ref": ...}, {"Fn::Sub": ...}. */
static bool is_function(const json_t *value)
{
    const char *name = json_object_iter_key(json_object_iter((json_t *)value));
    return json_object_size(value) == 1 &&
           (strcmp(name, "Ref") == 0 || strncmp(name, "Fn::", strlen("Fn::")) == 0);
}

static bool is_object(const json_t *value)
{
    return json_is_object(value) && !is_function(value);
}

static void compare_objects(struct walk *walk, const json_t *before, const json_t *after)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)before, name, value)
        compare_at(walk, (struct step){".", name, ""}, value, json_object_get(after, name));
    json_object_foreach((json_t *)after, name, value) if (!json_object_get(before, name))
        compare_at(walk, (struct step){".", name, ""}, NULL, value);
}

static const json_t *find_by(const json_t *list, const char *key, const char *value)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)list, i, element)
    {
        const char *this = json_string_value(json_object_get(element, key));
        if (this && strcmp(this, value) == 0)
            return element;
    }
    return NULL;
}

/* Whether `key` names each element, and no two of them the same. */
static bool names_all(const json_t *list, const char *key)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)list, i, element)
    {
        const char *value = json_string_value(json_object_get(element, key));
        if (!value || find_by(list, key, value) != element)
            return false;
    }
    return true;
}

static const char *key_of(const json_t *before, const json_t *after)
{
    static const char *const keys[] = {"Key", "Sid", "AttributeName", "PolicyName", "Name", "Id"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (names_all(before, keys[i]) && names_all(after, keys[i]))
            return keys[i];
    return NULL;
}

static void compare_named(struct walk *walk, const char *key, const json_t *before,
                          const json_t *after)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)before, i, element)
    {
        const char *name = json_string_value(json_object_get(element, key));
        compare_at(walk, (struct step){"[", name, "]"}, element, find_by(after, key, name));
    }
    json_array_foreach((json_t *)after, i, element)
    {
        const char *name = json_string_value(json_object_get(element, key));
        if (!find_by(before, key, name))
            compare_at(walk, (struct step){"[", name, "]"}, NULL, element);
    }
}

static bool has(const json_t *list, const json_t *wanted)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)list, i, element) if (json_equal(element, wanted)) return true;
    return false;
}

static bool is_set(const json_t *list)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)list, i,
                       element) if (is_object(element) || json_is_array(element)) return false;
    return true;
}

static void compare_sets(struct walk *walk, const json_t *before, const json_t *after)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)before, i, element) if (!has(after, element))
        compare_at(walk, (struct step){"[", "", "]"}, element, NULL);
    json_array_foreach((json_t *)after, i, element) if (!has(before, element))
        compare_at(walk, (struct step){"[", "", "]"}, NULL, element);
}

static void compare_places(struct walk *walk, const json_t *before, const json_t *after)
{
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)before, i, element)
    {
        char place[24];
        snprintf(place, sizeof(place), "%zu", i);
        compare_at(walk, (struct step){"[", place, "]"}, element, json_array_get(after, i));
    }
}

static void compare_lists(struct walk *walk, const json_t *before, const json_t *after)
{
    size_t count = walk->changes->count;
    const char *key = key_of(before, after);
    if (key)
        compare_named(walk, key, before, after);
    else if (is_set(before) && is_set(after))
        compare_sets(walk, before, after);
    else if (json_array_size(before) == json_array_size(after))
        compare_places(walk, before, after);
    /* Another order is a difference to CloudFormation. */
    if (walk->changes->count == count)
        record(walk, before, after);
}

static void compare(struct walk *walk, const json_t *before, const json_t *after)
{
    if (before && after && json_equal(before, after))
        return;
    if (is_object(before) && is_object(after))
        compare_objects(walk, before, after);
    else if (json_is_array(before) && json_is_array(after) && json_array_size(before) &&
             json_array_size(after))
        compare_lists(walk, before, after);
    else
        record(walk, before, after);
}

void value_diff(const char *path, const json_t *before, const json_t *after, struct arena *arena,
                struct template_changes *changes)
{
    struct walk walk = {arena, changes, BUF_INIT(BUF_TEXT_CAP)};
    buf_append_str(&walk.path, path);
    if (before || after)
        compare(&walk, before, after);
    buf_release(&walk.path);
}
