/* The commands that are shown to somebody as the next step, to be typed as they are. */
#ifndef LORRY_CLI_NEXT_STEP_H
#define LORRY_CLI_NEXT_STEP_H

#include "base/arena.h"
#include "cli/cli.h"

/* `text` is a command line, or a sentence with some in backquotes. Its commands of lorry get the
 * options by which the pipeline was named here (--file, --stage, --region, --profile,
 * --endpoint-url), and those of the AWS CLI the last two: otherwise they would be about another
 * pipeline or account. Returns `text` if there is nothing to add, else a copy in the arena. NULL
 * stays NULL. */
const char *next_step(const struct cli *cli, const char *text, struct arena *arena);

#endif
