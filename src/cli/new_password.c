#include "cli/new_password.h"

#include <stdlib.h>

#define VARIABLE "SINK_PASSWORD"
#define TRIES 3

static const char *variable(void)
{
    const char *value = getenv(VARIABLE);
    return value && *value ? value : NULL;
}

/* Twice, since nobody sees it. 1: the same; 0: try again. */
static int ask_twice(struct new_password *password, const char *prompt, struct error *err)
{
    struct user_password again = {0};
    int result = -1;
    if (user_password_ask(&password->password, prompt, err) == 0 &&
        user_password_ask(&again, "Again: ", err) == 0)
        result = *again.text && strcmp(password->password.text, again.text) == 0;
    if (result == 0)
        cli_error(password->cli, *again.text ? "the two differ" : "it cannot be empty");
    user_password_release(&again);
    return result;
}

static int ask(struct new_password *password, const char *kind, const char *name, struct error *err)
{
    cleanup_buf struct buf prompt = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&prompt, "Password of the sink, for the new %s %s: ", kind, name);
    for (int i = 0; i < TRIES; i++) {
        int result = ask_twice(password, buf_str(&prompt), err);
        if (result)
            return result < 0 ? -1 : 0;
    }
    return error_set(err, ERROR_USAGE, 0, "no password was given");
}

static int find(struct new_password *password, const char *kind, const char *name,
                struct error *err)
{
    if (password->path)
        return user_password_read_file(&password->password, password->path, err);
    if (variable())
        return user_password_set(&password->password, variable(), VARIABLE, err);
    if (cli_interactive())
        return ask(password, kind, name, err);
    return error_set(err, ERROR_USAGE, 0,
                     "%s \"%s\" (sink.password) is not there, and is made if there is a password "
                     "to put into it: give --password-file FILE (- is standard input), or set "
                     "SINK_PASSWORD",
                     kind, name);
}

static const char *get(struct deploy_password *source, const char *kind, const char *name,
                       struct error *err)
{
    struct new_password *password = (struct new_password *)source;
    return find(password, kind, name, err) < 0 ? NULL : password->password.text;
}

void new_password_init(struct new_password *password, const struct cli *cli, const char *path)
{
    *password = (struct new_password){
        .source = {get, path         ? "--password-file"
                        : variable() ? VARIABLE
                                     : NULL},
        .cli = cli,
        .path = path,
    };
}

void new_password_release(struct new_password *password)
{
    user_password_release(&password->password);
}
