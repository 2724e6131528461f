/* Lines of a log, printed as they come. */
#ifndef LORRY_CLI_LOGS_PRINT_H
#define LORRY_CLI_LOGS_PRINT_H

#include "aws/logs.h"
#include "cli/cli.h"
#include "json/writer.h"

enum logs_form {
    LOGS_READABLE,   /* log_line.h */
    LOGS_RAW,        /* the bytes of the message */
    LOGS_JSON,       /* one JSON value: begins with logs_print_begin() */
    LOGS_JSON_LINES, /* a JSON object each */
};

struct logs_print {
    const struct cli *cli;
    enum logs_form form;
    bool alarming; /* warnings and errors only */
    bool colored;
    size_t count;    /* lines so far */
    struct buf text; /* what is not written yet */
    struct json_writer json;
};

void logs_print_init(struct logs_print *print, const struct cli *cli, enum logs_form form);
void logs_print_release(struct logs_print *print);

/* Of LOGS_JSON: the head; `until_ms` below zero: null. */
void logs_print_begin(struct logs_print *print, const char *group, int64_t from_ms,
                      int64_t until_ms);

/* Prints them, and sees to it that they are written. Error: ERROR_SYSTEM. A pipe that nobody reads
 * from any more ends the process, as SIGPIPE would. */
int logs_print_events(struct logs_print *print, const struct logs_event *events, size_t count,
                      struct error *err);

/* Of LOGS_JSON: what it ends with. Errors: those of logs_print_events(). */
int logs_print_end(struct logs_print *print, struct error *err);

/* Whether standard output is a pipe that nobody reads from any more. */
bool logs_print_is_vain(void);

/* Ends the process as SIGPIPE does. */
void logs_print_give_up(void);

#endif
