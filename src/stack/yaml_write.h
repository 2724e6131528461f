/* The tree of yaml.h as text again. */
#ifndef LORRY_STACK_YAML_WRITE_H
#define LORRY_STACK_YAML_WRITE_H

#include "base/buf.h"
#include "stack/yaml.h"

/* Appends a mapping in block style, with a newline at its end. yaml_parse() reads the same tree
 * from it; what is untyped is written without quotes where that does no harm. */
void yaml_append_tree(const struct yaml_node *mapping, struct buf *out);

#endif
