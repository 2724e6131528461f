#include "oci/tree.h"

#include <limits.h>

#include "oci/elf.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define LINKS_MAX 40 /* as Linux has it */

void tree_release(struct tree *tree)
{
    map_release(&tree->nodes);
    arena_release(&tree->arena);
    *tree = (struct tree){0};
}

static struct tree_node *node_at(const struct tree *tree, struct view path)
{
    struct tree_node *node = map_get(&tree->nodes, path);
    return node && !node->gone ? node : NULL;
}

const struct tree_node *tree_at(const struct tree *tree, struct view path)
{
    return node_at(tree, path);
}

/* What is below a folder, as far as lower layers brought it. */
static void remove_below(struct tree *tree, struct view folder, size_t layer)
{
    for (size_t i = 0; i < tree->nodes.len; i++) {
        struct tree_node *node = tree->nodes.entries[i].value;
        struct view path = tree->nodes.entries[i].key;
        bool below = folder.len == 0 || (path.len > folder.len && path.ptr[folder.len] == '/' &&
                                         view_starts_with(path, folder));
        if (below && node->layer < layer)
            node->gone = true;
    }
}

static struct view folder_of(struct view path)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
    return slash ? view_between(path.ptr, slash) : VIEW("");
}

/* Whether the entry is one; it takes its effect. */
static bool is_whiteout(struct tree *tree, size_t layer, struct view path)
{
    struct view folder = folder_of(path);
    struct view name = view_skip(path, folder.len ? folder.len + 1 : 0);
    if (!view_starts_with(name, VIEW(WHITEOUT)))
        return false;
    if (view_equal(name, VIEW(OPAQUE))) {
        remove_below(tree, folder, layer);
        return true;
    }
    char hidden[PATH_MAX];
    size_t len = path.len - name.len;
    name = view_skip(name, strlen(WHITEOUT));
    if (len + name.len >= sizeof(hidden))
        return true;
    memcpy(hidden, path.ptr, len);
    memcpy(hidden + len, name.ptr, name.len);
    struct view target = {hidden, len + name.len};
    struct tree_node *node = node_at(tree, target);
    if (!node || node->layer >= layer)
        return true;
    node->gone = true;
    if (node->type == LAYER_FOLDER)
        remove_below(tree, target, layer);
    return true;
}

/* Its first bytes nearly always tell; otherwise it counts for no executable. */
static void note_program(struct tree *tree, struct view head, struct tree_node *node)
{
    struct elf elf;
    if (elf_read(head, "", &elf, NULL) < 0)
        return;
    node->architecture = elf.architecture;
    node->interpreter = arena_copy(&tree->arena, elf.interpreter).ptr;
}

static struct tree_node make_node(struct tree *tree, size_t layer, const struct layer_entry *entry)
{
    struct tree_node node = {
        .type = entry->type, .mode = entry->mode, .layer = layer, .link = "", .interpreter = ""};
    if (entry->head.len)
        note_program(tree, entry->head, &node);
    if (entry->type == LAYER_SYMLINK)
        node.link = arena_copy(&tree->arena, view_str(entry->link)).ptr;
    if (entry->type != LAYER_HARDLINK)
        return node;
    const char *link = entry->link;
    while (*link == '/' || strncmp(link, "./", 2) == 0)
        link += *link == '/' ? 1 : 2;
    const struct tree_node *target = node_at(tree, view_str(link));
    node.type = LAYER_SPECIAL;
    if (target)
        node = *target;
    node.layer = layer;
    return node;
}

void tree_add(struct tree *tree, size_t layer, const struct layer_entry *entry)
{
    struct view path = view_str(entry->path);
    if (is_whiteout(tree, layer, path))
        return;
    struct tree_node *node = map_get(&tree->nodes, path);
    if (!node && tree->nodes.len >= TREE_FILES_MAX) {
        tree->cut = true;
        return;
    }
    if (!node) {
        node = arena_calloc(&tree->arena, 1, sizeof(*node));
        *map_at(&tree->nodes, arena_copy(&tree->arena, path)) = node;
    } else if (node->type == LAYER_FOLDER && entry->type != LAYER_FOLDER) {
        remove_below(tree, path, layer);
    }
    *node = make_node(tree, layer, entry);
}

static void cut(struct buf *place, size_t len)
{
    if (len < place->len) {
        place->len = len;
        place->ptr[len] = '\0';
    }
}

/* Goes on from `place` (a folder that has been reached, "" at first) to what `name` is there. */
static void step(struct buf *place, struct view name)
{
    if (name.len == 0 || view_equal(name, VIEW(".")))
        return;
    if (view_equal(name, VIEW(".."))) {
        cut(place, folder_of(buf_view(place)).len);
        return;
    }
    if (place->len)
        buf_append_char(place, '/');
    buf_append_view(place, name);
}

const struct tree_node *tree_find(const struct tree *tree, const char *path)
{
    cleanup_buf struct buf place = BUF_INIT(PATH_MAX), rest = BUF_INIT(2 * (size_t)PATH_MAX);
    size_t links = 0, at = 0;
    const struct tree_node *node = NULL;
    buf_append_str(&rest, path);
    while (at < rest.len && !rest.overflow && !place.overflow) {
        size_t len = strcspn(rest.ptr + at, "/");
        size_t before = place.len;
        step(&place, view_of(rest.ptr + at, len));
        at += len + strspn(rest.ptr + at + len, "/");
        node = node_at(tree, buf_view(&place));
        if (at >= rest.len || !node || node->type != LAYER_SYMLINK)
            continue;
        if (++links > LINKS_MAX)
            return NULL;
        cleanup_buf struct buf next = BUF_INIT(rest.cap);
        buf_printf(&next, "%s/%s", node->link, rest.ptr + at);
        cut(&place, *node->link == '/' ? 0 : before);
        buf_clear(&rest);
        buf_append_view(&rest, buf_view(&next));
        at = strspn(buf_str(&rest), "/");
    }
    return rest.overflow || place.overflow ? NULL : node;
}
