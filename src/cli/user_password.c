#include "cli/user_password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <termios.h>

#include "base/memory.h"

static const char *get(struct password_source *source, bool refused, struct error *err)
{
    (void)refused;
    (void)err;
    return ((struct user_password *)source)->text;
}

int user_password_set(struct user_password *password, const char *text, struct error *err)
{
    size_t len = strlen(text);
    if (len > PASSWORD_MAX)
        return error_set(err, ERROR_SETTING, 0, "the password is longer than %d bytes",
                         PASSWORD_MAX);
    password->source.get = get;
    memcpy(password->text, text, len + 1);
    return 0;
}

/* Reads to the end of the line or of the file. -1 and errno; or the length without the newline,
 * PASSWORD_MAX + 1 if it is too long. */
static ssize_t read_line(int fd, char line[PASSWORD_MAX + 2])
{
    size_t len = 0;
    while (len <= PASSWORD_MAX) {
        ssize_t got = read(fd, line + len, 1);
        if (got < 0)
            return -1;
        if (got == 0 || line[len] == '\n')
            break;
        len++;
    }
    if (len && len <= PASSWORD_MAX && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    return (ssize_t)len;
}

int user_password_read_file(struct user_password *password, const char *path, struct error *err)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return error_errno(err, "%s: cannot open the password file", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(err, ERROR_SETTING, 0,
                         "%s: others can read the password file; use chmod 600", path);
    char line[PASSWORD_MAX + 2];
    ssize_t len = read_line(fd, line);
    int result = len < 0    ? error_errno(err, "%s: cannot read the password file", path)
                 : len == 0 ? error_set(err, ERROR_SETTING, 0,
                                        "%s: the first line of the password file is empty", path)
                            : user_password_set(password, line, err);
    explicit_bzero(line, sizeof(line));
    return result;
}

static void note_signal(int number)
{
    (void)number;
}

/* An interrupt must not leave the terminal without echo: the signal is held back but for the wait,
 * which it ends. Returns as read_line(). */
static ssize_t read_hidden(int fd, const char *prompt, char line[PASSWORD_MAX + 2])
{
    struct sigaction action = {.sa_handler = note_signal}, action_before;
    sigset_t interrupt, mask_before;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &mask_before);
    sigaction(SIGINT, &action, &action_before);
    struct termios shown, hidden;
    tcgetattr(fd, &shown);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &hidden);
    dprintf(fd, "%s", prompt);
    int ready = ppoll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, NULL, &mask_before);
    ssize_t len = ready < 0 ? -1 : read_line(fd, line);
    int saved = errno;
    dprintf(fd, "\n");
    tcsetattr(fd, TCSAFLUSH, &shown);
    sigaction(SIGINT, &action_before, NULL);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    errno = saved;
    return len;
}

int user_password_ask(struct user_password *password, const char *prompt, struct error *err)
{
    cleanup_close int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_errno(err, "cannot ask for the password");
    char line[PASSWORD_MAX + 2];
    ssize_t len = read_hidden(fd, prompt, line);
    int result = len < 0 ? error_errno(err, "no password was given")
                         : user_password_set(password, line, err);
    explicit_bzero(line, sizeof(line));
    return result;
}

void user_password_release(struct user_password *password)
{
    explicit_bzero(password->text, sizeof(password->text));
}
