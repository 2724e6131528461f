#include "oci/closure.h"

#include <limits.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/printable.h"
#include "oci/closure_search.h"
#include "oci/input.h"

/* Objects in the order in which the loader loads them: the executable, its loader, then breadth
 * first. */
struct loading {
    const struct closure_of *of;
    struct closure *closure;
    struct search search;
    struct object *objects[CLOSURE_FILES_MAX];
    size_t count;
    struct map names;  /* that are loaded already: as asked for, and sonames */
    struct map places; /* in the image */
};

static void loading_release(struct loading *loading)
{
    for (size_t i = 0; i < loading->count; i++)
        file_map_release(&loading->objects[i]->map);
    map_release(&loading->names);
    map_release(&loading->places);
    free(loading);
}

static void loading_release_pointer(struct loading **loading)
{
    loading_release(*loading);
}

void closure_release(struct closure *closure)
{
    for (size_t i = 0; i < closure->count; i++)
        file_map_release(&closure->files[i].map);
    free(closure->files);
    arena_release(&closure->arena);
    *closure = (struct closure){0};
}

/* Takes the object's map over, whatever comes of it. */
static int add_object(struct loading *loading, struct object *object, struct view bytes,
                      struct error *err)
{
    struct arena *arena = &loading->closure->arena;
    if (loading->count == CLOSURE_FILES_MAX) {
        file_map_release(&object->map);
        return error_set(err, ERROR_INPUT, 0, "\"%s\" needs more than %d libraries",
                         loading->of->executable, CLOSURE_FILES_MAX);
    }
    loading->objects[loading->count++] = object;
    void **place = map_at(&loading->places, view_str(object->place));
    if (*place)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\" and \"%s\" would be one file in the image, %s",
                         ((struct object *)*place)->host, object->host, object->place);
    *place = object;
    if (elf_read_dynamic(bytes, object->host, arena, &object->dynamic, err) < 0)
        return -1;
    if (object->dynamic.soname.len)
        *map_at(&loading->names, object->dynamic.soname) = object;
    return 0;
}

/* Where it really is, since that is its $ORIGIN. */
static int add_executable(struct loading *loading, struct error *err)
{
    struct arena *arena = &loading->closure->arena;
    cleanup_free char *real = realpath(loading->of->executable, NULL);
    if (!real)
        return error_errno(err, "%s: cannot open", loading->of->executable);
    struct object *object = arena_calloc(arena, 1, sizeof(*object));
    object->host = arena_copy(arena, view_str(real)).ptr;
    object->place = loading->of->place;
    return add_object(loading, object, loading->of->bytes, err);
}

static int add_loader(struct loading *loading, struct error *err)
{
    struct arena *arena = &loading->closure->arena;
    const struct elf *elf = loading->of->elf;
    struct object *object = arena_calloc(arena, 1, sizeof(*object));
    cleanup_buf struct buf shown = BUF_INIT(BUF_TEXT_CAP);
    struct elf loader;
    printable_append(&shown, elf->interpreter);
    object->host = arena_copy(arena, elf->interpreter).ptr;
    object->place = search_place(arena, elf->interpreter);
    if (*object->host != '/' || !*object->place)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\": its loader is \"%s\", which is no absolute path",
                         loading->of->executable, buf_str(&shown));
    if (file_map(&object->map, object->host, INPUT_FILE_MAX, err) < 0)
        return error_prefix(err, "\"%s\" needs the loader %s", loading->of->executable,
                            buf_str(&shown));
    struct view bytes = object->map.bytes;
    object->wanted_by = loading->objects[0];
    if (add_object(loading, object, bytes, err) < 0 ||
        elf_read(bytes, object->host, &loader, err) < 0)
        return -1;
    if (strcmp(loader.architecture, elf->architecture) != 0)
        return error_set(err, ERROR_INPUT, 0, "\"%s\" is for %s, and its loader %s for %s",
                         loading->of->executable, elf->architecture, buf_str(&shown),
                         loader.architecture);
    *map_at(&loading->names, view_str(strrchr(object->host, '/') + 1)) = object;
    search_init(&loading->search, arena, object->host, bytes, elf->architecture);
    return 0;
}

static int refuse_missing(const struct object *by, struct view name, struct error *err)
{
    cleanup_buf struct buf shown = BUF_INIT(BUF_TEXT_CAP);
    printable_append(&shown, name);
    return error_set(err, ERROR_INPUT, 0,
                     "\"%s\" needs the library \"%s\", which is nowhere on this machine where its "
                     "loader would look: install it, or link with its folder as -Wl,-rpath",
                     by->host, buf_str(&shown));
}

static int add_needed(struct loading *loading, const struct object *by, struct view name,
                      struct error *err)
{
    if (map_get(&loading->names, name) || search_is_loader(&loading->search, name))
        return 0;
    struct object *object = arena_calloc(&loading->closure->arena, 1, sizeof(*object));
    object->wanted_by = by;
    if (!search_library(&loading->search, name, object))
        return refuse_missing(by, name, err);
    struct view bytes = object->map.bytes;
    if (add_object(loading, object, bytes, err) < 0)
        return -1;
    *map_at(&loading->names, name) = object;
    return 0;
}

static int load_all(struct loading *loading, struct error *err)
{
    if (add_executable(loading, err) < 0 || add_loader(loading, err) < 0)
        return -1;
    for (size_t i = 0; i < loading->count; i++) {
        const struct elf_dynamic *dynamic = &loading->objects[i]->dynamic;
        for (size_t k = 0; k < dynamic->needed_count; k++)
            if (add_needed(loading, loading->objects[i], dynamic->needed[k], err) < 0)
                return -1;
    }
    return 0;
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct closure_file *)a)->path, ((const struct closure_file *)b)->path);
}

/* All but the executable, which is first. */
static void hand_over(struct loading *loading)
{
    struct closure *closure = loading->closure;
    closure->files = xcalloc(loading->count, sizeof(*closure->files));
    for (size_t i = 1; i < loading->count; i++) {
        struct object *object = loading->objects[i];
        closure->files[closure->count++] = (struct closure_file){object->place, object->map};
        object->map = (struct file_map){0};
    }
    qsort(closure->files, closure->count, sizeof(*closure->files), compare_files);
}

int closure_find(const struct closure_of *of, struct closure *closure, struct error *err)
{
    cleanup_closure struct closure found = {0};
    struct loading *loading __attribute__((cleanup(loading_release_pointer))) =
        xcalloc(1, sizeof(*loading));
    loading->of = of;
    loading->closure = &found;
    if (load_all(loading, err) < 0)
        return -1;
    hand_over(loading);
    *closure = found;
    found = (struct closure){0};
    return 0;
}
