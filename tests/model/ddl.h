/* Shared by the files that read table definitions. */
#ifndef LORRY_TESTS_MODEL_DDL_H
#define LORRY_TESTS_MODEL_DDL_H

#include "model/column.h"
#include "model/sql.h"

/* Reads one column definition into a child of `parent` (`*made`, unless NULL), whatever comes of
 * it. Errors carry the server's code. */
int ddl_column(struct sql *sql, struct column *parent, struct column **made, struct error *err);

#endif
