/* Scripts that make shells complete the words of a command line, made from the table of commands.
 */
#ifndef LORRY_CLI_COMPLETION_H
#define LORRY_CLI_COMPLETION_H

#include "base/buf.h"
#include "cli/command.h"

/* What can stand in a place. */
enum completion_kind {
    COMPLETION_NONE,     /* nobody can guess */
    COMPLETION_FILES,    /* the name of a file or a folder */
    COMPLETION_COMMANDS, /* a command of lorry, with one word or two */
    COMPLETION_WORDS,    /* one of a few words: completion_append_words() */
};

/* Of what stands in a synopsis, or for the value of an option: FILE, PATH, DIR and SOURCE are
 * files, also beside others; COMMAND is one; words in small letters with bars between them are
 * those. */
enum completion_kind completion_of(const char *synopsis);

/* The same of an option that has a value. */
enum completion_kind completion_of_option(const struct cli_option *option);

/* Appends the words of a synopsis of COMPLETION_WORDS, with spaces between them. */
void completion_append_words(const char *synopsis, struct buf *out);

/* Appends the choices of an option, likewise. */
void completion_append_choices(const struct cli_option *option, struct buf *out);

/* The first word of its name. */
struct view completion_first_word(const struct command *command);

/* Whether no command before it in the table has the same first word. */
bool completion_is_first(const struct command *const *command);

/* Whether there are commands with this first word and another one. */
bool completion_is_group(const struct command *command);

/* The second word of the name, if the first one is `group`; else NULL. */
const char *completion_second_word(const struct command *command, struct view group);

/* What to say of the first word: the summary of the command of that name, or what its group is
 * about. */
const char *completion_explain(const struct command *command);

/* --help, --usage and --version, which argp has by itself: `letter`, `name`, `help` are set. */
extern const struct cli_option completion_standard[];

/* Append the script. */
void completion_bash(struct buf *out);
void completion_zsh(struct buf *out);
void completion_fish(struct buf *out);

#endif
