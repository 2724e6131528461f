/* The commands of `lorry`. To add one:
 *
 *   1. src/cli/NAME.c: its options as a struct and a table (options.h), a function that makes one
 *      library call and prints, and a `const struct command command_NAME`.
 *   2. Here: its declaration. In commands.c: its line; the order there is that of `lorry help`.
 *   3. src/cli/meson.build: the file. One about a stack goes into the first list there, gets a line
 *      in stack_main.c, and shares what it does with lorry/stack.h (stack_task.h).
 *   4. docs/man/lorry-NAME.mdoc: the prose of its page in the manual; its name in docs/meson.build.
 *      Synopsis and options of the page come from here (scripts/manual).
 *   5. If it knows --json: docs/json.md. tests/cli/ compares both with what the program says and
 *      does.
 *
 * A name of two words ("table create") makes its first word a group, which gets a line in
 * commands.c: `lorry table --help` lists it. It may be a command as well ("logs", "logs groups"),
 * if that takes no arguments: the second word has to stand right behind the first then (see
 * command_misplaced()). */
#ifndef LORRY_CLI_COMMAND_H
#define LORRY_CLI_COMMAND_H

#include <stddef.h>

#include "cli/cli.h"
#include "cli/options.h"

struct command {
    const char *name;
    const char *summary; /* one line for the list: what it does, without a full stop */
    const char *args;    /* as in the synopsis: "SOURCE... SINK"; "" if it takes none */
    const char *details; /* paragraphs for --help */
    size_t args_min, args_max;
    const struct cli_option *options; /* its own ones, ended by an empty one; NULL: none */
    size_t options_size;              /* of the struct that they fill, zeroed before */

    /* `options` is that struct. Prints what it has to say; returns the exit status. */
    int (*run)(struct cli *cli, const void *options, char **args, size_t count);
};

extern const struct command command_completion;
extern const struct command command_deploy;
extern const struct command command_destroy;
extern const struct command command_diff;
extern const struct command command_doctor;
extern const struct command command_event;
extern const struct command command_help;
extern const struct command command_image_build;
extern const struct command command_image_inspect;
extern const struct command command_image_push;
extern const struct command command_init;
extern const struct command command_invoke;
extern const struct command command_logs;
extern const struct command command_logs_groups;
extern const struct command command_query;
extern const struct command command_refresh;
extern const struct command command_registry_create;
extern const struct command command_registry_login;
extern const struct command command_registry_policy;
extern const struct command command_relay;
extern const struct command command_replay;
extern const struct command command_sql;
extern const struct command command_status;
extern const struct command command_table_create;
extern const struct command command_table_drop;
extern const struct command command_table_show;
extern const struct command command_table_upgrade;
extern const struct command command_template;
extern const struct command command_validate;
extern const struct command command_zip;

/* All of them, ended by NULL. */
extern const struct command *const commands[];

/* By its full name; NULL if there is none. */
const struct command *command_find(const char *name);

/* Whether `word` is the first of two in some names. */
bool command_is_group(const char *word);

/* What --help says of a group, "" of what is none. */
const char *command_group_details(const char *word);

/* Says on standard error that there is no such command, and which one may have been meant; `group`
 * as for command_help_list(). Returns CLI_USAGE. */
int command_unknown(struct cli *cli, const char *group, const char *word);

/* The same of a word that stands behind the options of the command `group`, which is the first word
 * of others and takes no arguments. Returns CLI_USAGE. */
int command_misplaced(struct cli *cli, const char *group, const char *word);

/* Parses `argv` (whose [0] is what messages and usage call the program), checks the number of
 * arguments, runs. Wrong options and --help end the process. */
int command_run(const struct command *command, struct cli *cli, int argc, char **argv);

/* The options before the first word that is none. Returns the index of that word, or `argc`.
 * `group`: "" or the first word of two, for --help, which lists commands and ends the process. */
int command_parse_before(struct cli *cli, const char *group, int argc, char **argv);

/* Prints the list of the commands (of a group; ""; all of them) with the options they share. */
void command_help_list(struct cli *cli, const char *group);

#endif
