/* The options of commands that touch the sink, and how they become an open one. */
#ifndef LORRY_CLI_SINK_OPTIONS_H
#define LORRY_CLI_SINK_OPTIONS_H

#include <stdbool.h>

#include "cli/aws_access.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/user_password.h"
#include "sink/sink.h"
#include "stack/stack.h"

struct sink_options {
    const char *url; /* --sink */
    const char *table;
    const char *password_file;
    const char *column_types;

    /* Not of the command line: for commands that have them already. The first two are borrowed for
     * the life of the sink. */
    const struct stack *stack; /* the pipeline; NULL: its file is read if something is missing */
    struct aws_client *aws;    /* for its secret; NULL: one is made when it is needed */
    int64_t patience_ms;       /* see struct sink_config */
};

/* Rows for a command's table of options; `type` is its struct, which has a member `sink`. */
#define SINK_URL_OPTION(type)                                                                      \
    {                                                                                              \
        .name = "sink", .kind = OPTION_TEXT, .offset = offsetof(type, sink.url), .value = "URL",   \
        .help =                                                                                    \
            "The database: crate://user@host:4200/?ssl=true or sqlite:///file.db; else SINK_URL, " \
            "else that of the pipeline file"                                                       \
    }
#define SINK_PASSWORD_OPTION(type)                                                                 \
    {                                                                                              \
        .name = "password-file", .kind = OPTION_TEXT,                                              \
        .offset = offsetof(type, sink.password_file), .value = "FILE",                             \
        .help = "Take the password from the first line of a file that only you can read, or of "   \
                "standard input (-); else "                                                        \
                "it comes from SINK_PASSWORD, from where the pipeline file says, or from a prompt" \
    }
#define SINK_TABLE_OPTION(type)                                                                    \
    {                                                                                              \
        .name = "table", .letter = 't', .kind = OPTION_TEXT, .offset = offsetof(type, sink.table), \
        .value = "NAME",                                                                           \
        .help = "The table: name or schema.name; else SINK_TABLE, else that of the pipeline file"  \
    }
#define SINK_COLUMN_TYPES_OPTION(type)                                                             \
    {                                                                                              \
        .name = "column-types", .kind = OPTION_TEXT, .offset = offsetof(type, sink.column_types),  \
        .value = "JSON",                                                                           \
        .help = "Types of key columns: {\"schema:table:key\":\"text\" or \"numeric\"}; "           \
                "else COLUMN_TYPES, else that of the pipeline file"                                \
    }

/* An open sink with all that it borrows; it cannot be copied. Zeroed: none. */
struct sink_access {
    struct sink *sink;
    struct sink_config config;
    const struct stack *stack; /* the pipeline, if something of it was needed; else NULL */
    struct buf public_url;     /* as the user wrote it, without a password */
    struct table_name table;
    struct url url;
    struct user_password password;
    struct column_types *types;
    struct http_client *http;

    struct stack own_stack;          /* if it was read here */
    struct aws_access own_aws;       /* if it was made here */
    struct password_source *fetched; /* from AWS; NULL: it is not there */
};

/* Whether --sink or the environment says which sink it is. */
bool sink_is_named(const struct sink_options *options);

/* Opens the sink (connects to nothing yet). `needs_table`: one must have been named.
 *
 * URL: --sink, SINK_URL (SINK_SQLALCHEMY_URL, CRATEDB_SQLALCHEMY_URL), `sink.url` of the pipeline.
 * Table: --table, SINK_TABLE, `sink.table`. Column types: --column-types, COLUMN_TYPES, that
 * variable in `processor.environment`, if the file is looked at for something else. Password:
 * --password-file, the URL, SINK_PASSWORD; with the pipeline's URL, where `sink.password` says, and
 * what is in AWS is read at the first use and again when it was refused, as by the record
 * processor; else a prompt, if the URL has a user, there is a terminal, and the sink is no file.
 * The file is not read if all that is needed is known without it.
 *
 * Warns of a password on the command line, and of a sink in the environment that has precedence
 * over that of a file that was named. On a terminal it is said what is waited for, should the sink
 * take its time. Errors: mostly ERROR_USAGE and ERROR_SETTING; ERROR_INPUT if
 * the file is wrong, which has been shown then. */
int sink_access_open(const struct cli *cli, const struct sink_options *options, bool needs_table,
                     bool create_table, struct sink_access *access, struct error *err);
void sink_access_release(struct sink_access *access);

/* Prints an error of a command that used the sink, and returns what cli_fail() does. If the sink
 * did not answer, says also which it is and what there is to look at. */
int sink_access_fail(const struct cli *cli, const struct sink_access *access,
                     const struct error *err);
#define cleanup_sink_access __attribute__((cleanup(sink_access_release)))

#endif
