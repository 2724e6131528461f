/* Options as tables: each command has one, and there is one for the options that mean the same
 * everywhere. argp (glibc) does the parsing and prints --help; here is what fills the structs. */
#ifndef LORRY_CLI_OPTIONS_H
#define LORRY_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char *; NULL if not given */
    OPTION_LIST,     /* struct option_list; may be given several times */
    OPTION_CHOICE,   /* int: index into `choices` */
    OPTION_DURATION, /* int64_t milliseconds: "60", "60s", "500ms", "5m", "2h" (base/parse.h) */
};

#define OPTION_LIST_MAX 16

struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum option_kind kind;
    size_t offset;        /* of what it fills, in the command's struct of options */
    const char *value;    /* what --help calls its value; NULL for flags */
    const char *help;     /* one sentence, without a full stop */
    const char *standard; /* the value if it is not given, as text; NULL: that of a zeroed struct */
    const char *const
        *choices; /* ended by NULL: all of OPTION_CHOICE; of OPTION_TEXT those to offer */
    bool of_file; /* it is not there where a program describes the pipeline instead of a file */
};

/* Those of every command; they fill a struct cli. */
extern const struct cli_option global_options[];

/* What options_parse() is about. */
struct options_target {
    const struct cli_option *options; /* NULL: none */
    void *values;                     /* the struct that they fill */
    struct cli *cli;
    const char *args;    /* the synopsis of the arguments */
    const char *details; /* for --help */
    struct argp_option
        *extra;      /* shown by --help before the options; NULL: none; ended by an empty one */
    bool first_word; /* end at the first argument */
};

/* Parses argv; argv[0] is what messages and usage call the program. The arguments that are left
 * over are moved to argv[0..), and their number is returned; with `first_word`: the index of the
 * first one, or argc. Wrong options end the process with CLI_USAGE, --help, --usage and --version
 * with CLI_DONE. */
int options_parse(const struct options_target *target, int argc, char **argv);

/* Prints what `name --help` prints. */
void options_help(const struct options_target *target, const char *name);

#endif
