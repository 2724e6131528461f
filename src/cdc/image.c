#include "cdc/image.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "cdc/batch.h"
#include "cdc/names.h"
#include "cdc/value.h"

void image_scratch_init(struct image_scratch *scratch)
{
    /* What is put there is a part of one record, which has a cap. */
    *scratch = (struct image_scratch){.exact = BUF_INIT((size_t)1 << 30)};
}

void image_scratch_release(struct image_scratch *scratch)
{
    arena_release(&scratch->arena);
    buf_release(&scratch->exact);
    free(scratch->attributes);
}

struct view image_text(struct view text, unsigned flags, struct arena *arena)
{
    if (!(flags & JSON_ESCAPES))
        return text;
    char *out = arena_alloc(arena, text.len);
    return view_of(out, json_unescape(text, out));
}

static bool is_key(const struct key *key, struct view name)
{
    for (size_t i = 0; i < key->count; i++)
        if (view_equal(key->parts[i].name, name))
            return true;
    return false;
}

static struct attribute *next_attribute(struct image_scratch *scratch, size_t count)
{
    if (count == scratch->attribute_size) {
        scratch->attribute_size = count ? count * 2 : 32;
        scratch->attributes = xreallocarray(scratch->attributes, scratch->attribute_size,
                                            sizeof(*scratch->attributes));
    }
    return &scratch->attributes[count];
}

/* `problem` of attribute `name`, as a sentence. Names are cut: they may be 64 KB long. */
static const char *attribute_problem(struct view name, const char *problem, struct arena *arena)
{
    char text[256];
    struct view shown = utf8_cut(name, 64);
    int len = snprintf(text, sizeof(text), "attribute \"%.*s%s\": %s", VIEW_ARG(shown),
                       shown.len < name.len ? "..." : "", problem);
    return arena_copy(arena, view_of(text, (size_t)len)).ptr;
}

/* What one image is being written with. */
struct image {
    struct cursor in;
    struct value_out out;
    struct change *change;
    struct image_scratch *scratch;
    struct names names;
    size_t count;
    const char *problem;
};

/* One attribute, its name taken. Its exact digits go to a buffer of their own, since the plain form
 * is written in one piece; until all are there the attribute keeps their offsets in place of
 * pointers. */
static bool write_attribute(struct image *image, struct view name, unsigned flags,
                            struct arena *arena)
{
    struct value_out *out = &image->out;
    struct buf *exact = &image->scratch->exact;
    struct view text = image_text(name, flags, &image->scratch->arena);
    if (is_key(&image->change->key, text)) {
        cursor_skip(&image->in, RECORD_DEPTH_MAX);
        return cursor_ok(&image->in);
    }
    struct attribute *attribute = next_attribute(image->scratch, image->count);
    if (image->count++ > 0)
        *out->p++ = ',';
    struct view written = value_write_name(out, name, flags);
    attribute->label = view_of(written.ptr - 1, written.len + 2);
    attribute->name = flags & JSON_ESCAPES ? text : written;
    *out->p++ = ':';

    cursor_peek(&image->in);
    const char *typed = image->in.p, *plain = out->p;
    out->inexact = false;
    if (!names_add(&image->names, written))
        out->problem = "the name is there twice";
    if (out->problem || !value_write(&image->in, out, ATTRIBUTE_DEPTH_MAX)) {
        if (out->problem)
            image->problem = attribute_problem(text, out->problem, arena);
        return false;
    }
    attribute->plain = view_between(plain, out->p);
    size_t start = exact->len;
    if (out->inexact)
        value_write_exact(view_between(typed, image->in.p), exact);
    attribute->exact = view_of(NULL, exact->len - start);
    return true;
}

/* Moves what stands in working memory into the arena and gives it to the change. */
static void keep_attributes(struct image *image, struct arena *arena)
{
    struct change *change = image->change;
    struct view exact = arena_copy(arena, buf_view(&image->scratch->exact));
    change->attribute_count = image->count;
    change->attributes = arena_alloc(arena, image->count * sizeof(*change->attributes));
    size_t offset = 0;
    for (size_t i = 0; i < image->count; i++) {
        struct attribute *attribute = &change->attributes[i];
        *attribute = image->scratch->attributes[i];
        attribute->exact.ptr = exact.ptr + offset;
        offset += attribute->exact.len;
        if (attribute->name.ptr < attribute->label.ptr ||
            attribute->name.ptr >= attribute->label.ptr + attribute->label.len)
            attribute->name = arena_copy(arena, attribute->name);
    }
}

/* The members of the image, whose brace is taken, up to its end. */
static bool write_attributes(struct image *image, struct arena *arena)
{
    struct view name;
    unsigned flags;
    bool first = true;
    *image->out.p++ = '{';
    while (cursor_member(&image->in, &first, &name, &flags))
        if (!write_attribute(image, name, flags, arena))
            return false;
    *image->out.p++ = '}';
    return cursor_ok(&image->in);
}

/* Transcodes the image at the cursor, which is left behind it. False: *problem says why, or it is
 * not JSON. */
bool image_read(struct cursor *in, struct change *change, struct arena *arena,
                struct image_scratch *scratch, const char **problem)
{
    if (cursor_peek(in) != '{') {
        *problem = "NewImage is not an object";
        return false;
    }
    size_t room;
    char *space = arena_reserve(arena, VALUE_OUT_MAX((size_t)(in->end - in->p)), &room);
    struct image image = {
        .in = {in->p + 1, in->end},
        .out = {.p = space, .end = space + room, .scratch = &scratch->arena},
        .change = change,
        .scratch = scratch,
    };
    names_init(&image.names);
    buf_clear(&scratch->exact);
    bool ok = write_attributes(&image, &scratch->arena);
    names_release(&image.names);
    *in = image.in;
    if (!ok) {
        *problem = image.problem ? arena_copy(arena, view_str(image.problem)).ptr : NULL;
        return false;
    }
    change->attributes_json = view_between(space, image.out.p);
    arena_claim(arena, change->attributes_json.len);
    keep_attributes(&image, arena);
    return true;
}

const char *image_set(struct change *change, struct view image, struct arena *arena,
                      struct image_scratch *scratch)
{
    struct cursor in = {image.ptr, image.ptr + image.len};
    const char *problem = NULL;
    if (image_read(&in, change, arena, scratch, &problem))
        return NULL;
    return problem ? problem : "NewImage is not JSON";
}
