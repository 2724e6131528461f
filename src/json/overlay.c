#include "json/overlay.h"

#include <assert.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/memory.h"
#include "json/reader.h"

/* `over` is made into a tree, being small as a rule; `base` is read twice, without one: once to
 * check it and to learn how long its arrays are, once to copy it with the tree laid over it. */

struct node {
    struct view value; /* as it stands in `over` */
    struct view label; /* the name, in quotes, as it stands there; empty in an array */
    enum json_token type;
    uint64_t id;
    struct node *first, *last, *next; /* children; the next of the same parent */
    size_t count;                     /* of children */
    bool used;
};

struct array {
    const char *begin;
    size_t count;
};

struct overlay {
    struct arena arena;
    struct map members; /* id of the object and name -> node */
    struct buf key;     /* scratch: such a key */
    uint64_t ids;
    struct array *arrays; /* those of `base` in order */
    size_t array_count, array_size;
};

static void overlay_release(struct overlay *o)
{
    arena_release(&o->arena);
    map_release(&o->members);
    buf_release(&o->key);
    free(o->arrays);
}

/* The key of the member that the reader is at, valid until the next one. */
static struct view member_key(struct overlay *o, const struct node *object,
                              const struct json_reader *r)
{
    buf_clear(&o->key);
    buf_append(&o->key, &object->id, sizeof(object->id));
    char *to = buf_reserve(&o->key, r->text.len);
    if (r->escaped) {
        buf_commit(&o->key, json_unescape(r->text, to));
    } else {
        memcpy(to, r->text.ptr, r->text.len);
        buf_commit(&o->key, r->text.len);
    }
    return buf_view(&o->key);
}

static struct node *add_child(struct overlay *o, struct node *parent)
{
    struct node *child = arena_calloc(&o->arena, 1, sizeof(*child));
    *(parent->first ? &parent->last->next : &parent->first) = child;
    parent->last = child;
    parent->count++;
    return child;
}

/* The node of the member that the reader is at; a repeated name gets the same one. */
static struct node *add_member(struct overlay *o, struct node *object, const struct json_reader *r)
{
    struct view key = member_key(o, object, r);
    struct node *child = map_get(&o->members, key);
    if (!child) {
        child = add_child(o, object);
        *map_at(&o->members, arena_copy(&o->arena, key)) = child;
    }
    child->label = view_between(r->token, r->text.ptr + r->text.len + 1);
    return child;
}

static void set_value(struct overlay *o, struct node *node, const struct json_reader *r,
                      enum json_token type)
{
    node->value = view_between(r->token, r->p);
    node->type = type;
    /* Those that a repeated name had before are found no longer. */
    node->id = ++o->ids;
    node->first = NULL;
    node->count = 0;
}

static int read_over(struct overlay *o, struct view text, struct node **root, struct error *err)
{
    struct node top = {.type = JSON_ARRAY}, *open[JSON_DEPTH_MAX + 1] = {&top}, *member = NULL;
    struct json_reader r;
    json_reader_init(&r, text);
    for (enum json_token token; (token = json_next(&r)) != JSON_END;) {
        if (token == JSON_ERROR)
            return json_reader_error(&r, err);
        if (token == JSON_NAME) {
            member = add_member(o, open[r.depth], &r);
        } else if (token == JSON_OBJECT_END || token == JSON_ARRAY_END) {
            struct node *closed = open[r.depth + 1];
            closed->value = view_between(closed->value.ptr, r.p);
        } else {
            bool opens = token == JSON_OBJECT || token == JSON_ARRAY;
            struct node *parent = open[r.depth - opens];
            struct node *node = parent->type == JSON_OBJECT ? member : add_child(o, parent);
            assert(node); /* the reader gives a name before each value of an object */
            set_value(o, node, &r, token);
            if (opens)
                open[r.depth] = node;
        }
    }
    *root = top.first;
    return 0;
}

static size_t add_array(struct overlay *o, const char *begin)
{
    if (o->array_count == o->array_size) {
        o->array_size = o->array_size ? o->array_size * 2 : 16;
        o->arrays = xreallocarray(o->arrays, o->array_size, sizeof(*o->arrays));
    }
    o->arrays[o->array_count] = (struct array){.begin = begin};
    return o->array_count++;
}

static int measure_base(struct overlay *o, struct view text, struct error *err)
{
    size_t open[JSON_DEPTH_MAX + 1];
    struct json_reader r;
    json_reader_init(&r, text);
    for (enum json_token token; (token = json_next(&r)) != JSON_END;) {
        if (token == JSON_ERROR)
            return json_reader_error(&r, err);
        if (token == JSON_NAME || token == JSON_OBJECT_END || token == JSON_ARRAY_END)
            continue;
        unsigned around = r.depth - (token == JSON_OBJECT || token == JSON_ARRAY);
        if (around > 0 && r.stack[around - 1] == JSON_ARRAY)
            o->arrays[open[around]].count++;
        if (token == JSON_ARRAY)
            open[r.depth] = add_array(o, r.token);
    }
    return 0;
}

/* The length of the array that begins here; asked from the first one to the last one. */
static size_t array_length(struct array **arrays, const char *begin)
{
    assert(*arrays);
    while ((*arrays)->begin < begin)
        ++*arrays;
    return (*arrays)->count;
}

/* A container that both have. */
struct level {
    const struct node *over;
    struct node *next; /* in an array: what the next element is overlaid by */
    bool comma;
};

static void separate(struct level *level, struct buf *out)
{
    if (level->comma)
        buf_append_char(out, ',');
    level->comma = true;
}

/* What only `over` has. */
static void append_unused(struct level *level, struct buf *out)
{
    for (const struct node *child = level->over->first; child; child = child->next) {
        if (child->used)
            continue;
        separate(level, out);
        buf_append_view(out, child->label);
        buf_append_char(out, ':');
        buf_append_view(out, child->value);
    }
}

static struct node *next_element(struct level *level)
{
    struct node *element = level->next;
    level->next = element->next;
    return element->type == JSON_NULL ? NULL : element;
}

static struct node *find_member(struct overlay *o, const struct node *object,
                                const struct json_reader *r)
{
    struct node *member = map_get(&o->members, member_key(o, object, r));
    if (member)
        member->used = true;
    return member;
}

static void merge(struct overlay *o, struct view base, struct node *root, struct buf *out)
{
    struct level levels[JSON_DEPTH_MAX + 1];
    struct array *arrays = o->arrays;
    struct node *over = root;
    struct json_reader r;
    json_reader_init(&r, base);
    for (enum json_token token; (token = json_next(&r)) > JSON_END;) {
        struct level *level = &levels[r.depth];
        if (token == JSON_NAME) {
            separate(level, out);
            buf_append_view(out, view_between(r.token, r.p));
            over = find_member(o, level->over, &r);
            continue;
        }
        if (token == JSON_OBJECT_END || token == JSON_ARRAY_END) {
            if (token == JSON_OBJECT_END)
                append_unused(level + 1, out);
            buf_append_char(out, *r.token);
            continue;
        }
        bool opens = token == JSON_OBJECT || token == JSON_ARRAY;
        if (r.depth - opens > 0 && r.stack[r.depth - opens - 1] == JSON_ARRAY) {
            separate(level - opens, out);
            over = next_element(level - opens);
        }
        if (!over) {
            buf_append_view(out, json_span(&r));
        } else if (opens && over->type == token &&
                   (token == JSON_OBJECT || over->count == array_length(&arrays, r.token))) {
            *level = (struct level){.over = over, .next = over->first};
            buf_append_char(out, *r.token);
        } else {
            buf_append_view(out, over->value);
            json_span(&r);
        }
    }
}

int json_overlay(struct view base, struct view over, struct buf *out, struct error *err)
{
    __attribute__((cleanup(overlay_release))) struct overlay o = {
        .key = BUF_INIT(sizeof(uint64_t) + (base.len > over.len ? base.len : over.len))};
    struct node *root = NULL;
    if (base.len && measure_base(&o, base, err) < 0)
        return error_prefix(err, "base");
    if (over.len && read_over(&o, over, &root, err) < 0)
        return error_prefix(err, "overlay");
    if (base.len && over.len)
        merge(&o, base, root, out);
    else
        buf_append_view(out, base.len ? base : over);
    return 0;
}
