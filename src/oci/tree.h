/* The files of an image: its layers, one over the other, whiteouts heeded [OCI Image Format
 * Specification "Image Layer Filesystem Changeset"]. Names and kinds only, no contents. Private to
 * oci/. */
#ifndef LORRY_OCI_TREE_H
#define LORRY_OCI_TREE_H

#include "base/arena.h"
#include "base/map.h"
#include "oci/layer.h"

#define TREE_FILES_MAX ((size_t)1 << 20)

struct tree_node {
    enum layer_type type; /* what a hard link leads to, instead of LAYER_HARDLINK */
    mode_t mode;
    const char *link;         /* of a symbolic link */
    const char *architecture; /* of an executable: "x86_64", "arm64", see elf.h; NULL: it is none */
    const char *interpreter;  /* the loader that it asks for; "" none */
    size_t layer;             /* where it was last seen, counted from 0 */
    bool gone;                /* by a whiteout */
};

struct tree {
    struct arena arena;
    struct map
        nodes; /* path, as in struct layer_entry -> struct tree_node; those that are gone, too */
    bool cut;  /* there are more than TREE_FILES_MAX */
};

/* Safe on a zeroed one. */
void tree_release(struct tree *tree);
#define cleanup_tree __attribute__((cleanup(tree_release)))

/* Lays an entry of a layer over what is there. */
void tree_add(struct tree *tree, size_t layer, const struct layer_entry *entry);

/* The node at a path, as it is ("usr/bin/x"), whether or not it could be reached; NULL: none. */
const struct tree_node *tree_at(const struct tree *tree, struct view path);

/* The node that an absolute path leads to; symbolic links among its folders are followed, but not
 * one at its end. NULL: none. */
const struct tree_node *tree_find(const struct tree *tree, const char *path);

#endif
