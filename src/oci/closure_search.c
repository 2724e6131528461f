#include "oci/closure_search.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/memory.h"
#include "oci/input.h"

#define LD_CONF "/etc/ld.so.conf"

/* Which of them a glibc has was chosen when it was built; they are texts in its loader, each with a
 * slash at its end. In the order of their search. */
static const char *const glibc_folders[] = {
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
};
static const char *const musl_folders[] = {"/lib", "/usr/local/lib", "/usr/lib"};

/* Whether the loader has a folder among its texts, and not as the end of a longer one. */
static bool has_folder(struct view loader, const char *folder)
{
    char text[64];
    size_t len = (size_t)snprintf(text, sizeof(text), "%s/", folder) + 1;
    struct view rest = loader;
    const char *at;
    while ((at = memmem(rest.ptr, rest.len, text, len))) {
        if (at == loader.ptr || (!isalnum((unsigned char)at[-1]) && at[-1] != '/'))
            return true;
        rest = view_between(at + 1, loader.ptr + loader.len);
    }
    return false;
}

static void find_folders(struct search *search, struct view loader)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(glibc_folders); i++)
        if (count < LOADER_FOLDERS_MAX && has_folder(loader, glibc_folders[i]))
            search->folders[count++] = glibc_folders[i];
    /* What configure chose is what the first folder is called. */
    const char *first = search->folders[0];
    search->library_folder = first ? first + (strncmp(first, "/usr/", 5) == 0 ? 5 : 1) : NULL;
    if (!first)
        search->folders[0] = "/lib";
}

/* /etc/ld-musl-x86_64.path stands for musl's own folders, a line or between colons. */
static void find_musl_folders(struct search *search, const char *interpreter)
{
    const char *name = strrchr(interpreter, '/') + 1;
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    buf_printf(&path, "/etc/%.*s.path", (int)strcspn(name, "."), name);
    for (size_t i = 0; i < ARRAY_LEN(musl_folders); i++)
        search->folders[i] = musl_folders[i];
    ld_conf_read(buf_str(&path), search->arena, &search->conf);
}

void search_init(struct search *search, struct arena *arena, const char *interpreter,
                 struct view loader, const char *architecture)
{
    *search = (struct search){.arena = arena, .architecture = architecture};
    search->musl = strncmp(strrchr(interpreter, '/'), "/ld-musl-", strlen("/ld-musl-")) == 0;
    if (search->musl) {
        find_musl_folders(search, interpreter);
        return;
    }
    find_folders(search, loader);
    ld_conf_read(LD_CONF, arena, &search->conf);
}

bool search_is_loader(const struct search *search, struct view name)
{
    static const char *const parts[] = {"c", "pthread", "rt", "m", "dl", "util", "xnet"};
    if (!search->musl || !view_starts_with(name, VIEW("lib")))
        return false;
    name = view_skip(name, strlen("lib"));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (view_starts_with(name, view_str(parts[i])) && name.len > strlen(parts[i]) &&
            name.ptr[strlen(parts[i])] == '.')
            return true;
    return false;
}

const char *search_place(struct arena *arena, struct view path)
{
    cleanup_buf struct buf out = BUF_INIT(PATH_MAX);
    while (path.len) {
        const char *slash = memchr(path.ptr, '/', path.len);
        struct view part = {path.ptr, slash ? (size_t)(slash - path.ptr) : path.len};
        path = view_skip(path, part.len + 1);
        if (part.len == 0 || view_equal(part, VIEW(".")))
            continue;
        if (!view_equal(part, VIEW(".."))) {
            buf_append_char(&out, '/');
            buf_append_view(&out, part);
        } else if (out.len) {
            out.len = (size_t)((char *)memrchr(out.ptr, '/', out.len) - out.ptr);
            out.ptr[out.len] = '\0';
        }
    }
    return out.overflow ? "" : arena_copy(arena, buf_view(&out)).ptr;
}

static bool try_file(const struct search *search, struct object *object, const char *host,
                     const char *place)
{
    struct file_map map = {0};
    struct elf elf;
    if (!*place || file_map(&map, host, INPUT_FILE_MAX, NULL) < 0)
        return false;
    if (elf_read(map.bytes, host, &elf, NULL) < 0 ||
        strcmp(elf.architecture, search->architecture) != 0) {
        file_map_release(&map);
        return false;
    }
    object->host = host;
    object->place = place;
    object->map = map;
    return true;
}

/* `folder`: here; `image_folder`: the same one there. */
static bool try_folder(const struct search *search, struct object *object, struct view folder,
                       struct view image_folder, struct view name)
{
    cleanup_buf struct buf host = BUF_INIT(PATH_MAX), place = BUF_INIT(PATH_MAX);
    buf_printf(&host, "%.*s/%.*s", VIEW_ARG(folder), VIEW_ARG(name));
    buf_printf(&place, "%.*s/%.*s", VIEW_ARG(image_folder), VIEW_ARG(name));
    if (host.overflow || place.overflow)
        return false;
    return try_file(search, object, arena_copy(search->arena, buf_view(&host)).ptr,
                    search_place(search->arena, buf_view(&place)));
}

static struct view folder_of(const char *path)
{
    return view_of(path, (size_t)(strrchr(path, '/') - path));
}

/* Takes "$NAME" or "${NAME}" from the front of `rest`. */
static bool take_token(struct view *rest, const char *name)
{
    size_t len = strlen(name);
    bool braces = rest->len > 1 && rest->ptr[1] == '{';
    struct view at = view_skip(*rest, braces ? 2 : 1);
    if (!view_starts_with(at, view_of(name, len)) ||
        (braces && (at.len == len || at.ptr[len] != '}')))
        return false;
    *rest = view_skip(at, len + (braces ? 1 : 0));
    return true;
}

/* False: it has a token that is not known. [ld.so(8) "Dynamic string tokens"] */
static bool expand(const struct search *search, struct view text, struct view origin,
                   struct buf *out)
{
    while (text.len) {
        const char *dollar = memchr(text.ptr, '$', text.len);
        size_t len = dollar ? (size_t)(dollar - text.ptr) : text.len;
        buf_append(out, text.ptr, len);
        text = view_skip(text, len);
        if (!text.len)
            break;
        if (take_token(&text, "ORIGIN"))
            buf_append_view(out, origin);
        else if (search->library_folder && take_token(&text, "LIB"))
            buf_append_str(out, search->library_folder);
        else if (!search->musl && take_token(&text, "PLATFORM"))
            buf_append_str(out, strcmp(search->architecture, "arm64") == 0 ? "aarch64" : "x86_64");
        else
            return false;
    }
    return !out->overflow;
}

/* A list of folders with colons, as the object `of` has it. Those that are not absolute depend on
 * where a program is started: they do not count. */
static bool try_list(const struct search *search, struct object *object, const struct object *of,
                     struct view list, struct view name)
{
    while (list.len) {
        const char *colon = memchr(list.ptr, ':', list.len);
        struct view folder = {list.ptr, colon ? (size_t)(colon - list.ptr) : list.len};
        cleanup_buf struct buf host = BUF_INIT(PATH_MAX), place = BUF_INIT(PATH_MAX);
        list = view_skip(list, folder.len + 1);
        if (expand(search, folder, folder_of(of->host), &host) &&
            expand(search, folder, folder_of(of->place), &place) && *buf_str(&host) == '/' &&
            *buf_str(&place) == '/' &&
            try_folder(search, object, buf_view(&host), buf_view(&place), name))
            return true;
    }
    return false;
}

/* DT_RPATH counts for what an object needs and for all that is loaded because of it, unless an
 * object has DT_RUNPATH, which counts for its own needs alone. */
static bool try_glibc_lists(const struct search *search, struct object *object, struct view name)
{
    const struct object *by = object->wanted_by;
    if (by->dynamic.runpath.ptr)
        return try_list(search, object, by, by->dynamic.runpath, name);
    for (; by; by = by->wanted_by)
        if (by->dynamic.rpath.ptr && !by->dynamic.runpath.ptr &&
            try_list(search, object, by, by->dynamic.rpath, name))
            return true;
    return false;
}

/* musl makes no difference between the two, and inherits both. */
static bool try_musl_lists(const struct search *search, struct object *object, struct view name)
{
    for (const struct object *by = object->wanted_by; by; by = by->wanted_by) {
        struct view list = by->dynamic.runpath.ptr ? by->dynamic.runpath : by->dynamic.rpath;
        if (list.ptr && try_list(search, object, by, list, name))
            return true;
    }
    return false;
}

/* A folder that only this machine's configuration names is none in the image. */
static bool try_system(const struct search *search, struct object *object, struct view name)
{
    for (size_t i = 0; i < search->conf.count; i++) {
        const char *folder = search->conf.folders[i], *there = search->folders[0];
        for (size_t k = 0; search->folders[k]; k++)
            if (strcmp(search->folders[k], folder) == 0)
                there = folder;
        if (try_folder(search, object, view_str(folder), view_str(there), name))
            return true;
    }
    for (size_t i = 0; search->folders[i]; i++)
        if (try_folder(search, object, view_str(search->folders[i]), view_str(search->folders[i]),
                       name))
            return true;
    return false;
}

/* A name with a slash is a path. */
static bool try_path(const struct search *search, struct object *object, struct view name)
{
    cleanup_buf struct buf host = BUF_INIT(PATH_MAX), place = BUF_INIT(PATH_MAX);
    const struct object *by = object->wanted_by;
    if (!expand(search, name, folder_of(by->host), &host) ||
        !expand(search, name, folder_of(by->place), &place) || *buf_str(&host) != '/' ||
        *buf_str(&place) != '/')
        return false;
    return try_file(search, object, arena_copy(search->arena, buf_view(&host)).ptr,
                    search_place(search->arena, buf_view(&place)));
}

bool search_library(const struct search *search, struct view name, struct object *object)
{
    if (memchr(name.ptr, '/', name.len))
        return try_path(search, object, name);
    if (search->musl ? try_musl_lists(search, object, name) : try_glibc_lists(search, object, name))
        return true;
    return !object->wanted_by->dynamic.no_default && try_system(search, object, name);
}
