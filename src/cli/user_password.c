#include "cli/user_password.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static const char *get(struct password_source *source, bool refused, struct error *err)
{
    (void)refused;
    (void)err;
    return ((struct user_password *)source)->text;
}

int user_password_set(struct user_password *password, const char *text, const char *origin,
                      struct error *err)
{
    size_t len = strlen(text);
    if (len > PASSWORD_MAX)
        return error_set(err, ERROR_SETTING, 0, "the password is longer than %d bytes",
                         PASSWORD_MAX);
    password->source = (struct password_source){.get = get, .origin = origin};
    memcpy(password->text, text, len + 1);
    return 0;
}

static int read_line(struct user_password *password, int fd, const char *name, struct error *err)
{
    struct hidden_input line;
    ssize_t len = hidden_input_read(fd, &line);
    int result = len < 0    ? error_errno(err, "%s: cannot read the password file", name)
                 : len == 0 ? error_set(err, ERROR_SETTING, 0,
                                        "%s: the first line of the password file is empty", name)
                            : user_password_set(password, line.text, "--password-file", err);
    explicit_bzero(&line, sizeof(line));
    return result;
}

int user_password_read_file(struct user_password *password, const char *path, struct error *err)
{
    if (strcmp(path, "-") == 0)
        return read_line(password, STDIN_FILENO, "standard input", err);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return error_errno(err, "%s: cannot open the password file", path);
    if (!S_ISDIR(status.st_mode) && status.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(err, ERROR_SETTING, 0,
                         "%s: others can read the password file; use chmod 600", path);
    return read_line(password, fd, path, err);
}

int user_password_ask(struct user_password *password, const char *prompt, struct error *err)
{
    struct hidden_input line = {0};
    int result = hidden_input_ask(prompt, &line, err) < 0
                     ? error_prefix(err, "no password was given")
                     : user_password_set(password, line.text, "the terminal", err);
    explicit_bzero(&line, sizeof(line));
    return result;
}

void user_password_release(struct user_password *password)
{
    explicit_bzero(password->text, sizeof(password->text));
}
