/* What `lorry table` prints of a table. */
#ifndef LORRY_CLI_TABLE_PRINT_H
#define LORRY_CLI_TABLE_PRINT_H

#include "cli/sink_options.h"
#include "sink/sink.h"
#include "json/writer.h"

/* Members "sink" (its URL, without a password), "schema" (null if none was given) and "table". */
void table_write_name(struct json_writer *json, const char *public_url,
                      const struct table_name *name);

/* One JSON object; see docs/json.md. */
void table_print_json(const struct sink_access *access, const struct table_info *info);

/* A line for each fact, then the advice. Counts that are unknown are left out. */
void table_print_text(const struct sink_access *access, const struct table_info *info);

#endif
