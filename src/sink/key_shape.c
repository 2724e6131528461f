#include "sink/key_shape.h"

#include <stdio.h>

#include "base/memory.h"
#include "json/number.h"
#include "json/reader.h"
#include "json/scan.h"
#include "json/writer.h"

/* Of a name, in messages. */
#define NAME_SHOWN 40

void key_shape_release(struct key_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++)
        free((char *)shape->parts[i].name.ptr);
    *shape = (struct key_shape){0};
}

/* Takes over `name`; keeps the parts sorted. */
static void add_part(struct key_shape *shape, struct view name, char type)
{
    size_t at = shape->count++;
    for (; at > 0 && view_compare(shape->parts[at - 1].name, name) > 0; at--)
        shape->parts[at] = shape->parts[at - 1];
    shape->parts[at] = (struct key_shape_part){name, type};
}

void key_shape_set(struct key_shape *shape, const struct key *key)
{
    key_shape_release(shape);
    for (size_t i = 0; i < key->count; i++) {
        struct view name = key->parts[i].name;
        add_part(shape, view_of(xstrndup(name.ptr, name.len), name.len), key->parts[i].type);
    }
}

static struct view unescaped(struct view raw)
{
    char *text = xmalloc(raw.len + 1);
    return view_of(text, json_unescape(raw, text));
}

static int read_parts(struct key_shape *shape, struct json_reader *reader)
{
    if (json_next(reader) != JSON_OBJECT)
        return -1;
    while (json_next(reader) == JSON_NAME) {
        struct view name = reader->text;
        enum json_token value = json_next(reader);
        if ((value != JSON_STRING && value != JSON_NUMBER) || shape->count == KEY_PARTS_MAX)
            return -1;
        add_part(shape, unescaped(name), value == JSON_NUMBER ? 'N' : KEY_TEXT);
    }
    return shape->count && json_next(reader) == JSON_END ? 0 : -1;
}

/* Puts what `read` finds in the place of the shape; leaves it alone if that fails. */
static int replace(struct key_shape *shape, struct view json,
                   int (*read)(struct key_shape *, struct json_reader *))
{
    struct json_reader reader;
    json_reader_init(&reader, json);
    struct key_shape found = {0};
    if (read(&found, &reader) < 0) {
        key_shape_release(&found);
        return -1;
    }
    key_shape_release(shape);
    *shape = found;
    return 0;
}

int key_shape_set_json(struct key_shape *shape, struct view json)
{
    return replace(shape, json, read_parts);
}

void key_shape_write(const struct key_shape *shape, struct buf *out)
{
    if (!shape->count)
        return;
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    for (size_t i = 0; i < shape->count; i++) {
        const struct key_shape_part *part = &shape->parts[i];
        json_put_name(&writer, part->name);
        json_put_string(&writer, part->type == KEY_TEXT ? VIEW("S or B") : view_of(&part->type, 1));
    }
    json_end_object(&writer);
}

static char read_type(struct json_reader *reader)
{
    if (json_next(reader) != JSON_STRING || reader->text.len != 1)
        return 0;
    char type = *reader->text.ptr;
    return type == 'S' || type == 'N' || type == 'B' ? type : 0;
}

static int read_types(struct key_shape *shape, struct json_reader *reader)
{
    if (json_next(reader) != JSON_OBJECT)
        return -1;
    while (json_next(reader) == JSON_NAME) {
        struct view name = reader->text;
        char type = read_type(reader);
        if (!type || shape->count == KEY_PARTS_MAX)
            return -1;
        add_part(shape, unescaped(name), type);
    }
    bool twice = shape->count == 2 && view_equal(shape->parts[0].name, shape->parts[1].name);
    return shape->count && !twice && json_next(reader) == JSON_END ? 0 : -1;
}

int key_shape_read(struct key_shape *shape, struct view json)
{
    return replace(shape, json, read_types);
}

static bool same_type(char a, char b)
{
    if (a == KEY_TEXT || b == KEY_TEXT)
        return a != 'N' && b != 'N';
    return a == b;
}

bool key_shape_agrees(const struct key_shape *a, const struct key_shape *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!view_equal(a->parts[i].name, b->parts[i].name) ||
            !same_type(a->parts[i].type, b->parts[i].type))
            return false;
    return true;
}

static bool key_has_shape(const struct key_shape *shape, const struct key *key)
{
    if (shape->count != key->count)
        return false;
    for (size_t i = 0; i < key->count; i++)
        if (!view_equal(shape->parts[i].name, key->parts[i].name) ||
            !same_type(shape->parts[i].type, key->parts[i].type))
            return false;
    return true;
}

static void describe_part(struct buf *out, struct view name, char type)
{
    int shown = name.len < NAME_SHOWN ? (int)name.len : NAME_SHOWN;
    buf_printf(out, "%s\"%.*s\" (%c)", out->len ? ", " : "", shown, name.ptr,
               type == KEY_TEXT ? 'S' : type);
}

bool key_shape_fits(const struct key_shape *shape, const struct key *key, char *reason, size_t size)
{
    if (key_has_shape(shape, key))
        return true;
    cleanup_buf struct buf got = BUF_INIT(BUF_TEXT_CAP);
    cleanup_buf struct buf want = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < key->count; i++)
        describe_part(&got, key->parts[i].name, key->parts[i].type);
    for (size_t i = 0; i < shape->count; i++)
        describe_part(&want, shape->parts[i].name, shape->parts[i].type);
    snprintf(reason, size, "key is %s, but the table is keyed by %s", buf_str(&got),
             buf_str(&want));
    return false;
}

/* The part that the name just read belongs to, or -1. */
static int find_part(const struct key_shape *shape, struct view raw)
{
    struct view name = unescaped(raw);
    int found = -1;
    for (size_t i = 0; i < shape->count; i++)
        if (view_equal(shape->parts[i].name, name))
            found = (int)i;
    free((char *)name.ptr);
    return found;
}

static int append_value(struct json_writer *writer, enum json_token token, struct view value)
{
    if (token == JSON_STRING) {
        struct view text = unescaped(value);
        json_put_string(writer, text);
        free((char *)text.ptr);
        return 0;
    }
    char number[NUMBER_TEXT_MAX];
    size_t len = number_canonical(value, number);
    json_put_raw(writer, view_of(number, len));
    return len ? 0 : -1;
}

int key_shape_extract(const struct key_shape *shape, struct view item, struct buf *out)
{
    struct {
        enum json_token token;
        struct view value;
    } found[KEY_PARTS_MAX] = {0};
    struct json_reader reader;
    json_reader_init(&reader, item);
    if (json_next(&reader) != JSON_OBJECT)
        return -1;
    while (json_next(&reader) == JSON_NAME) {
        int part = find_part(shape, reader.text);
        enum json_token token = json_next(&reader);
        if (part >= 0) {
            found[part].token = token;
            found[part].value = reader.text;
        }
        json_span(&reader);
    }
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    for (size_t i = 0; i < shape->count; i++) {
        if (found[i].token != (shape->parts[i].type == 'N' ? JSON_NUMBER : JSON_STRING))
            return -1;
        json_put_name(&writer, shape->parts[i].name);
        if (append_value(&writer, found[i].token, found[i].value) < 0)
            return -1;
    }
    json_end_object(&writer);
    return json_next(&reader) == JSON_END && !out->overflow ? 0 : -1;
}
