/* The name of the sink table as SINK_TABLE or --table has it: `transactions`, `doc.transactions`,
 * quoted or not
 * ("doc"."my table"). What is not quoted is taken literally: case is kept, as the predecessor does.
 */
#ifndef LORRY_SINK_TABLE_NAME_H
#define LORRY_SINK_TABLE_NAME_H

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct table_name {
    char *schema; /* NULL if none was given */
    char *table;
};

/* Error: ERROR_SETTING (empty, too long, more than two parts, an open quote). */
int table_name_parse(struct view text, struct table_name *name, struct error *err);
void table_name_release(struct table_name *name);

/* Appends an SQL identifier in double quotes, quotes inside doubled. */
void sql_append_identifier(struct buf *out, struct view name);

/* Appends "schema"."table<suffix>", or without the schema if there is none. */
void sql_append_table(struct buf *out, const struct table_name *name, const char *suffix);

#endif
