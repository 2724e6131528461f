/* What all commands share: the options that mean the same everywhere, messages, output. Data goes
 * to standard output, everything else to standard error. */
#ifndef LORRY_CLI_CLI_H
#define LORRY_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

/* Exit statuses. */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

struct description;
struct http_patience;

struct cli {
    /* The global options. */
    bool json, quiet, verbose;
    bool debug_http;   /* or LORRY_DEBUG=http */
    int color;         /* enum cli_color */
    const char *file;  /* --file; NULL: pipeline.yaml here, if there is one */
    const char *stage; /* NULL: that of the file */
    const char *region, *profile, *endpoint_url; /* NULL: as the AWS CLI finds them */

    const char *name;                     /* "lorry relay": what messages begin with */
    const struct description *described;  /* by a program, instead of a file; NULL: in a file */
    const struct http_patience *patience; /* of all requests; NULL: as each says */
    bool password_hidden; /* one was on the command line and has been overwritten there */
};

/* Whether to use colours on `stream`: --color, else whether it is a terminal, NO_COLOR is not set
 * and TERM is not "dumb". */
bool cli_colored(const struct cli *cli, FILE *stream);

/* The environment, as stack/ wants it: getenv(). */
const char *cli_environment(const char *name);

/* Whether there is somebody to ask: standard input and standard error are terminals. */
bool cli_interactive(void);

/* "lorry relay: <message>" on standard error. Warnings and notes are left out with --quiet. */
void cli_error(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cli_warning(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the error; returns the status that fits: CLI_USAGE for a wrong setting, else CLI_FAILED.
 */
int cli_fail(const struct cli *cli, const struct error *err);

/* Says what is wrong with the way that the command was called, and where help is. Returns
 * CLI_USAGE. */
int cli_misused(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Asks "<question> [y/N] " and waits for an answer. Without somebody to ask, and unless `yes` (the
 * option --yes): says that --yes is needed. CLI_DONE: go on; CLI_FAILED: no; CLI_USAGE. */
int cli_confirm(const struct cli *cli, bool yes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text and a newline, on standard output. */
void cli_put(const struct buf *text);

/* Flushes standard output. Returns `status`, or CLI_FAILED with a message if not everything could
 * be written. */
int cli_finish(const struct cli *cli, int status);

#endif
