/* The settings of the record processor: environment variables, with the predecessor's names so that
 * it can be swapped in (DESIGN 5). A variable that is empty counts as not set. */
#ifndef LORRY_LAMBDA_SETTINGS_H
#define LORRY_LAMBDA_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"
#include "net/url.h"
#include "pipeline/pipeline.h"
#include "sink/column_types.h"
#include "sink/table_name.h"

/* Exit status of a processor whose settings are wrong, as the predecessor's. */
#define EXIT_WRONG_SETTING 22

struct settings {
    struct url sink_url;               /* SINK_URL, SINK_SQLALCHEMY_URL, CRATEDB_SQLALCHEMY_URL */
    const char *sink_url_variable;     /* which of them it was; constant */
    struct table_name sink_table;      /* SINK_TABLE; default: "default", as the predecessor's */
    struct column_types *column_types; /* COLUMN_TYPES; NULL: none */
    enum on_error on_error;            /* ON_ERROR; default: dead-letter */
    bool use_batch_processing;      /* USE_BATCH_PROCESSING; alone it changes nothing (DESIGN 5) */
    bool report_failures;           /* REPORT_BATCH_ITEM_FAILURES; default: false */
    bool create_table;              /* SINK_CREATE_TABLE; default: true */
    int64_t tombstone_retention_us; /* SINK_TOMBSTONE_RETENTION; default: 7 days; 0: for ever */
    enum log_level log_level;       /* LOG_LEVEL; default: INFO */
    bool sql_echo;                  /* SQL_ECHO; default: false */
    char *password;                 /* SINK_PASSWORD, or NULL */
    char *secret;                   /* SINK_PASSWORD_SECRET: name or ARN, or NULL */
    char *secret_key;               /* SINK_PASSWORD_SECRET_KEY: member of a JSON secret, or NULL */
    char *parameter;                /* SINK_PASSWORD_SSM: name or ARN, or NULL */
};

/* Reads all settings by means of `environment` (getenv). Every wrong one is added to `problems`, a
 * line each: the variable, what is wrong, what is accepted; never a password. Settings that are
 * wrong or not there have their defaults, so that the rest can be used (for logging, at least).
 * True if all is well. */
bool settings_load(struct settings *settings, char *(*environment)(const char *name),
                   struct buf *problems);

/* Whether a variable is one of the settings. */
bool settings_know(const char *name);

/* Overwrites the password, frees everything. Safe on a zeroed one. */
void settings_release(struct settings *settings);
#define cleanup_settings __attribute__((cleanup(settings_release)))

/* The value of SINK_TOMBSTONE_RETENTION, and what it is if it is not set. 0: for ever. Error:
 * ERROR_SETTING. */
#define SETTINGS_RETENTION "7d"
int settings_read_retention(struct view value, int64_t *retention_us, struct error *err);

#endif
