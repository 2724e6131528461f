/* The stages of a file: what is under "stages" is laid over the rest. */
#ifndef LORRY_STACK_STAGE_H
#define LORRY_STACK_STAGE_H

#include "base/arena.h"
#include "stack/expand.h"
#include "stack/yaml.h"

struct stage {
    const char *name;
    struct mark mark;                /* where it is named */
    const struct yaml_node *changes; /* what it lays over the rest; NULL: nothing */
};

/* The stages of the file at `root`, the one that is wanted (NULL: the one that the file names, or
 * "dev") first. Sets `expansion->project` for what follows. Returns how many there are, 0 if the
 * one that is wanted is none of them; what is wrong is added to the findings. */
size_t stages_read(struct expansion *expansion, const struct yaml_node *root, const char *wanted,
                   struct stage **stages);

/* The file as it is for a stage, not expanded: a copy in `arena`, without "stages". Mappings are
 * merged, all else is replaced; a null takes away what is there. */
struct yaml_node *stage_merge(struct arena *arena, const struct yaml_node *root,
                              const struct stage *stage);

#endif
