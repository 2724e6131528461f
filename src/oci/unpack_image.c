#include "oci/unpack.h"

#include <errno.h>

#include "base/memory.h"
#include "base/rooted.h"
#include "oci/unpack_file.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_whiteout(const struct layer_entry *entry)
{
    return view_starts_with(view_str(name_of(entry->path)), VIEW(WHITEOUT));
}

/* Whiteouts hide what lower layers have, wherever they stand in their layer: they come first. What
 * is not there need not be hidden. */
static int hide(void *user, const struct layer_entry *entry, struct error *err)
{
    const struct unpacking *unpacking = user;
    const char *name;
    if (!is_whiteout(entry))
        return 0;
    if (unpack_leads_up(entry->path))
        return error_set(err, ERROR_INPUT, 0, "a whiteout leads out of the package");
    cleanup_close int folder = rooted_parent(unpacking->root, entry->path, &name);
    if (folder < 0)
        return 0;
    bool opaque = strcmp(name, OPAQUE) == 0;
    name += strlen(WHITEOUT);
    if (!opaque && (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
        return error_set(err, ERROR_INPUT, 0, "a whiteout hides no file");
    int result = opaque ? rooted_empty(folder) : rooted_remove(folder, name);
    return result == 0 ? 0 : error_errno(err, "cannot remove what a whiteout hides");
}

/* The bytes of a file: its head, then what the archive still has. */
struct content {
    const struct layer_entry *entry;
    struct view head;
};

static ssize_t read_content(void *user, void *bytes, size_t size, struct error *err)
{
    struct content *content = user;
    if (!content->head.len)
        return layer_read(content->entry, bytes, size, err);
    size_t len = content->head.len < size ? content->head.len : size;
    memcpy(bytes, content->head.ptr, len);
    content->head = view_skip(content->head, len);
    return (ssize_t)len;
}

static int place(void *user, const struct layer_entry *entry, struct error *err)
{
    struct content content = {entry, entry->head};
    const struct unpack_file file = {
        .path = entry->path,
        .type = entry->type,
        .mode = entry->mode,
        .link = entry->link,
        .read = read_content,
        .user = &content,
    };
    return is_whiteout(entry) ? 0 : unpack_put(user, &file, err);
}

int unpack_image(const struct oci_image *image, int root, struct error *err)
{
    struct unpacking unpacking = {
        .root = root, .bytes_left = OCI_IMAGE_MAX, .files_left = UNPACK_FILES_MAX};
    for (size_t i = 0; i < image->layer_count; i++) {
        struct layer_seen seen;
        const struct layer_walk hiding = {hide, &unpacking, OCI_IMAGE_MAX},
                                placing = {place, &unpacking, OCI_IMAGE_MAX};
        if (layer_walk(&image->layers[i], &hiding, &seen, err) < 0 ||
            layer_walk(&image->layers[i], &placing, &seen, err) < 0)
            return error_prefix(err, "layer %zu", i + 1);
    }
    return 0;
}
