/* COLUMN_TYPES: a JSON object {"schema:table:column": "type"}. For key columns of type N, "text"
 * and "numeric" choose the column's type; the predecessor's "map" and "object" (DMS) are accepted
 * and kept. */
#ifndef LORRY_SINK_COLUMN_TYPES_H
#define LORRY_SINK_COLUMN_TYPES_H

#include "base/error.h"
#include "base/view.h"
#include "sink/table_name.h"

struct column_types;

/* NULL and `err` (ERROR_SETTING) if it is not that. The empty text is an empty object. Free with
 * column_types_free(). */
struct column_types *column_types_parse(struct view json, struct error *err);
void column_types_free(struct column_types *types);

/* The type given for a column of `table` ("text", "numeric", ...), or NULL. `schema` is that of the
 * table, or "doc" (CrateDB's default) where it has none. `types` may be NULL. */
const char *column_types_find(const struct column_types *types, const struct table_name *table,
                              struct view column);

#endif
