/* The options of commands that touch the sink, and how they become an open one. */
#ifndef LORRY_CLI_SINK_OPTIONS_H
#define LORRY_CLI_SINK_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/user_password.h"
#include "sink/sink.h"

struct sink_options {
    const char *url; /* --sink, else SINK_URL, SINK_SQLALCHEMY_URL, CRATEDB_SQLALCHEMY_URL */
    const char *table;
    const char *password_file;
    const char *column_types;
};

/* Rows for a command's table of options; `type` is its struct, which has a member `sink`. */
#define SINK_URL_OPTION(type)                                                                      \
    {                                                                                              \
        .name = "sink", .kind = OPTION_TEXT, .offset = offsetof(type, sink.url), .value = "URL",   \
        .help = "The database: crate://user@host:4200/?ssl=true or sqlite:///file.db (SINK_URL)"   \
    }
#define SINK_PASSWORD_OPTION(type)                                                                 \
    {                                                                                              \
        .name = "password-file", .kind = OPTION_TEXT,                                              \
        .offset = offsetof(type, sink.password_file), .value = "FILE",                             \
        .help = "Take the password from the first line of a file that only you can read; else "    \
                "it comes from SINK_PASSWORD or a prompt"                                          \
    }
#define SINK_TABLE_OPTION(type)                                                                    \
    {                                                                                              \
        .name = "table", .letter = 't', .kind = OPTION_TEXT, .offset = offsetof(type, sink.table), \
        .value = "NAME", .help = "The table: name or schema.name (SINK_TABLE)"                     \
    }
#define SINK_COLUMN_TYPES_OPTION(type)                                                             \
    {                                                                                              \
        .name = "column-types", .kind = OPTION_TEXT, .offset = offsetof(type, sink.column_types),  \
        .value = "JSON",                                                                           \
        .help = "Types of key columns: {\"schema:table:key\":\"text\" or \"numeric\"} "            \
                "(COLUMN_TYPES)"                                                                   \
    }

/* An open sink with all that it borrows; it cannot be copied. Zeroed: none. */
struct sink_access {
    struct sink *sink;
    struct sink_config config;
    struct buf public_url; /* as the user wrote it, without a password */
    struct table_name table;
    struct url url;
    struct user_password password;
    struct column_types *types;
    struct http_client *http;
};

/* The sink's URL that the environment gives, or NULL. */
const char *sink_url_from_environment(void);

/* Opens the sink (connects to nothing yet). `needs_table`: one must have been named. Warns of a
 * password on the command line; asks for one at the terminal if the URL has a user and no password
 * came along, unless the sink is a file. Error: mostly ERROR_SETTING. */
int sink_access_open(const struct cli *cli, const struct sink_options *options, bool needs_table,
                     bool create_table, struct sink_access *access, struct error *err);
void sink_access_release(struct sink_access *access);
#define cleanup_sink_access __attribute__((cleanup(sink_access_release)))

#endif
