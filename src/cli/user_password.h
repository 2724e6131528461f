/* A password that stays the same: from the URL, the environment, a file or a prompt. */
#ifndef LORRY_CLI_USER_PASSWORD_H
#define LORRY_CLI_USER_PASSWORD_H

#include "base/error.h"
#include "cli/hidden_input.h"
#include "sink/sink.h"

#define PASSWORD_MAX HIDDEN_INPUT_MAX

struct user_password {
    struct password_source source; /* first: this is one */
    char text[PASSWORD_MAX + 1];
};

/* Makes it one that gives `text`, which is copied; `origin` (constant) is for messages. Error:
 * ERROR_SETTING if it is longer than PASSWORD_MAX. */
int user_password_set(struct user_password *password, const char *text, const char *origin,
                      struct error *err);

/* Reads the first line of a file, or of standard input ("-"), and not a byte more. Error:
 * ERROR_SYSTEM, or ERROR_SETTING if others may read the file, or if the line is empty or too long.
 */
int user_password_read_file(struct user_password *password, const char *path, struct error *err);

/* Asks at the terminal, without showing what is typed. Error: ERROR_SYSTEM if there is no terminal,
 * or when interrupted. */
int user_password_ask(struct user_password *password, const char *prompt, struct error *err);

/* Overwrites it. */
void user_password_release(struct user_password *password);

#endif
