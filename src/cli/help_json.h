/* The commands as data: what the manual pages are made from (scripts/manual). */
#ifndef LORRY_CLI_HELP_JSON_H
#define LORRY_CLI_HELP_JSON_H

#include "cli/command.h"

/* Appends the object of docs/json.md, "lorry help": the commands (only that one, if `only` is not
 * NULL) and the options that they share. */
void help_put_json(const struct command *only, struct buf *text);

#endif
