#include "cli/hidden_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>

#include "base/memory.h"

ssize_t hidden_input_read(int fd, struct hidden_input *line)
{
    char *text = line->text;
    size_t len = 0;
    while (len <= HIDDEN_INPUT_MAX) {
        ssize_t got = read(fd, text + len, 1);
        if (got < 0)
            return -1;
        if (got == 0 || text[len] == '\n')
            break;
        len++;
    }
    if (len && len <= HIDDEN_INPUT_MAX && text[len - 1] == '\r')
        len--;
    text[len] = '\0';
    return (ssize_t)len;
}

/* What ends a process that does nothing about it. */
static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static volatile sig_atomic_t noted;

static void note_signal(int number)
{
    noted = number;
}

/* Being ended must not leave the terminal without echo: the signals are held back but for the wait,
 * which they end (EINTR). Returns as hidden_input_read(). */
static ssize_t read_hidden(int fd, const char *prompt, struct hidden_input *line)
{
    struct sigaction action = {.sa_handler = note_signal}, actions_before[ARRAY_LEN(endings)];
    sigset_t held, mask_before;
    sigemptyset(&held);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        sigaddset(&held, endings[i]);
    sigprocmask(SIG_BLOCK, &held, &mask_before);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        sigaction(endings[i], &action, &actions_before[i]);
    struct termios shown, hidden;
    tcgetattr(fd, &shown);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &hidden);
    dprintf(fd, "%s", prompt);
    int ready = ppoll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, NULL, &mask_before);
    ssize_t len = ready < 0 ? -1 : hidden_input_read(fd, line);
    int saved = errno;
    dprintf(fd, "\n");
    tcsetattr(fd, TCSAFLUSH, &shown);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        sigaction(endings[i], &actions_before[i], NULL);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    errno = saved;
    return len;
}

int hidden_input_ask(const char *prompt, struct hidden_input *line, struct error *err)
{
    cleanup_close int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_errno(err, "there is no terminal to ask at");
    ssize_t len = read_hidden(fd, prompt, line);
    if (len < 0 && errno == EINTR) {
        raise(noted);
        return error_set(err, ERROR_SYSTEM, EINTR, "interrupted");
    }
    return len < 0 ? error_errno(err, "no answer was given") : 0;
}
