/* Two JSON trees compared value by value. Private to template_diff.c. */
#ifndef LORRY_STACK_VALUE_DIFF_H
#define LORRY_STACK_VALUE_DIFF_H

#include "stack/template_diff.h"

/* Appends what differs; paths begin with `path` ("": none). NULL: not there. */
void value_diff(const char *path, const json_t *before, const json_t *after, struct arena *arena,
                struct template_changes *changes);

/* Appends one change. */
void value_diff_add(const struct template_change *change, struct arena *arena,
                    struct template_changes *changes);

#endif
