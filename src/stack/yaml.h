/* YAML as a small tree in which everything knows its place. What a file of settings does not need
 * and others have been harmed by is refused: anchors, aliases, tags, merge keys, several documents,
 * keys that are there twice. */
#ifndef LORRY_STACK_YAML_H
#define LORRY_STACK_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "stack/findings.h"

#define YAML_SIZE_MAX ((size_t)1 << 20)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 10000

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_member {
    struct view key; /* of a mapping; NUL-terminated */
    struct mark mark;
    struct yaml_node *value;
};

struct yaml_node {
    enum yaml_kind kind;
    struct mark mark;
    const char *text;   /* scalar: its value; else "" */
    const char *source; /* the same as it stands in the file, before it was expanded */
    bool quoted;        /* scalar: it is text, whatever it looks like */
    bool untyped;       /* scalar: whether it is text cannot be seen: a program set it, or something
                           was put into it, and then `text` is not to be shown */
    bool unknown;       /* what should be put into it is not known: `text` means nothing */
    bool standard;      /* it stands for a default: nobody wrote it */
    struct yaml_member *members;
    size_t count;
    size_t size; /* private */
};

/* The tree of a document, in `arena`; NULL if there is none that makes sense. What is wrong is
 * added to `findings`: of the syntax the first mistake only. */
struct yaml_node *yaml_parse(struct view text, struct arena *arena, struct findings *findings);

/* A plain scalar that stands for nothing: empty, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);

/* The member of that key; NULL if there is none, or the node is NULL or no mapping. */
struct yaml_member *yaml_get(const struct yaml_node *node, struct view key);

/* Adds one to a mapping or sequence. */
void yaml_append(struct arena *arena, struct yaml_node *node, struct yaml_member member);

/* What lies at "processor.batch.size". */
struct yaml_place {
    struct yaml_node *node; /* NULL if there is none */
    struct mark mark;       /* of the node; else of the key of the closest that there is */
    bool blocked;           /* none, since something above it is no mapping */
};
struct yaml_place yaml_find(const struct yaml_node *root, const char *path);

#endif
