/* ${NAME} in the values of a file: `project` and `stage`, else a variable of the environment. A
 * "$${" writes "${"; any other "$" stands for itself. Keys are not expanded. */
#ifndef LORRY_STACK_EXPAND_H
#define LORRY_STACK_EXPAND_H

#include "base/arena.h"
#include "base/buf.h"
#include "stack/findings.h"
#include "stack/yaml.h"

struct expansion {
    const char *(*environment)(const char *name); /* as getenv() */
    const char *project, *stage;                  /* NULL: not known (here) */
    enum finding_level unset;                     /* what a variable that is not set is */
    struct arena *arena;
    struct findings *findings;
};

/* Expands a scalar, or all of them below. What cannot be expanded becomes `unknown`. */
void expand_node(const struct expansion *expansion, struct yaml_node *node);

/* Appends `text` with `project` and `stage` put in: for defaults. False if one is not known. */
bool expand_default(const struct expansion *expansion, const char *text, struct buf *out);

#endif
