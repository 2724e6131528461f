/* Remarks that came together as lines of one text. */
#ifndef LORRY_CLI_LINES_H
#define LORRY_CLI_LINES_H

#include "cli/cli.h"
#include "json/writer.h"

/* A warning each. */
void lines_warn(const struct cli *cli, struct view lines);

/* A list of texts. */
void lines_put_json(struct view lines, struct json_writer *writer);

#endif
