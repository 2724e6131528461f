/* pipeline.yaml: read, merged with its stage, expanded (${ENV_VAR}, ${project}, ${stage}), checked.
 * Every mistake in any of its stages is reported, not only the first. */
#ifndef LORRY_STACK_STACK_FILE_H
#define LORRY_STACK_STACK_FILE_H

#include "stack/findings.h"
#include "stack/stack.h"
#include "stack/yaml.h"

struct stack_file_options {
    const char *path;                             /* "-": standard input */
    const char *stage;                            /* NULL: the one that the file names */
    const char *(*environment)(const char *name); /* as getenv() */
    bool packing;  /* the entrypoint is going to be packed: that it is not there is an error */
    bool emulated; /* AWS is an emulator: what AWS cannot do but that could is a warning */
};

/* Returns 0 and fills `stack`, which is zeroed before, when no finding is an error; else -1. The
 * findings, sorted, are added to `findings` in both cases. A file that cannot be read is one,
 * too. */
int stack_file_read(const struct stack_file_options *options, struct stack *stack,
                    struct findings *findings);

/* The same for the content of a file; its path is used for what it refers to. */
int stack_file_parse(const struct stack_file_options *options, struct view text,
                     struct stack *stack, struct findings *findings);

/* The two halves of it. The tree of a file, in `arena`, which has to be wiped; NULL if there is
 * none that makes sense, about which there is a finding then. And what a tree describes; NULL: the
 * findings are sorted, and -1 returned. */
struct yaml_node *stack_file_load(const char *path, struct arena *arena, struct findings *findings);
int stack_tree_read(const struct stack_file_options *options, const struct yaml_node *root,
                    struct stack *stack, struct findings *findings);

#endif
