/* The JSON Schema of pipeline.yaml, for editors: made from the table of fields. It says less than
 * the reader, but nothing else: a file that the reader takes fits. */
#ifndef LORRY_STACK_SCHEMA_H
#define LORRY_STACK_SCHEMA_H

#include "base/buf.h"

/* Appends it, indented, with a newline at its end. */
void stack_schema(struct buf *out);

#endif
