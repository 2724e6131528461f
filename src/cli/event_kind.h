/* The kinds of example events, as users name them. */
#ifndef LORRY_CLI_EVENT_KIND_H
#define LORRY_CLI_EVENT_KIND_H

#include "base/buf.h"
#include "base/error.h"
#include "stack/stack.h"

/* A few records. */
#define EVENT_CAP ((size_t)1 << 20)

/* Appends an event of that kind and this moment; `stack` as for example_event_write(). Error:
 * ERROR_SETTING if there is no such kind (it names those there are), or for a change of a table
 * whose keys the pipeline does not name. */
int event_write(const char *kind, const struct stack *stack, struct buf *out, struct error *err);

#endif
