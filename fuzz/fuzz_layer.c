/* A layer, compressed if it begins as gzip does, twice over: every file of it can be looked up. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "oci/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct seen {
    struct tree tree;
    size_t layer;
};

static int visit(void *user, const struct layer_entry *entry, struct error *err)
{
    char rest[1024];
    struct seen *seen = user;
    tree_add(&seen->tree, seen->layer, entry);
    tree_find(&seen->tree, entry->path);
    if (!*entry->path || *entry->path == '/' || !entry->link)
        abort();
    while (layer_read(entry, rest, sizeof(rest), err) > 0)
        ;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char gzip[] = OCI_TYPE_LAYER_GZIP, plain[] = OCI_TYPE_LAYER;
    bool packed = size > 1 && bytes[0] == 0x1F && bytes[1] == 0x8B;
    const struct oci_blob layer = {.media_type = packed ? gzip : plain,
                                   .bytes = view_of((const char *)bytes, size)};
    struct seen seen = {.layer = 0};
    const struct layer_walk walk = {visit, &seen, 1 << 20};
    struct layer_seen whole;
    for (; seen.layer < 2; seen.layer++)
        if (layer_walk(&layer, &walk, &whole, NULL) == 0 && whole.size > walk.cap)
            abort();
    tree_release(&seen.tree);
    return 0;
}
