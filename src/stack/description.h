/* A pipeline as a program describes it (lorry/stack.h): the tree that a file is read into, built
 * field by field, or read from a file and changed. */
#ifndef LORRY_STACK_DESCRIPTION_H
#define LORRY_STACK_DESCRIPTION_H

#include "stack/stack_file.h"

struct description {
    struct arena arena;       /* owns all texts; wiped */
    const char *path;         /* of the file that was read; NULL: none */
    struct yaml_node *root;   /* NULL: the file was none */
    struct findings problems; /* of the file, of paths */
    size_t size;              /* of what was set: YAML_SIZE_MAX at most */
    size_t nodes;             /* YAML_NODES_MAX at most */
    const char *source;       /* the last file of the program */
};

/* An empty one; `made`: where in a program. */
void description_init(struct description *description, struct mark made);

/* The one in a file; "-": standard input. What is wrong is kept for description_read(). */
void description_init_file(struct description *description, const char *path);

/* Safe on a zeroed one. */
void description_release(struct description *description);
#define cleanup_description __attribute__((cleanup(description_release)))

/* Sets what lies at a path to a text, or takes it away (NULL), as lorry_stack_set() says; `mark`:
 * where in a program; its file is copied. */
void description_set(struct description *description, const char *path, const char *value,
                     struct mark mark);

/* Adds an element to the list at a path. */
void description_add(struct description *description, const char *path, const char *value,
                     struct mark mark);

/* What it is called where a place in it is not known: the file, else the program's. */
const char *description_name(const struct description *description);

/* As stack_file_read(); of the options the path is not used. Findings borrow from the description.
 */
int description_read(const struct description *description,
                     const struct stack_file_options *options, struct stack *stack,
                     struct findings *findings);

#endif
