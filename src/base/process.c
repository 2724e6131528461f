#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/memory.h"

/* Its ends of the channels become its standard input and output. */
static int start(const char *const *words, int in, int out, pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (in >= 0)
        posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    int problem = posix_spawnp(pid, words[0], &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (problem)
        return error_set(err, ERROR_SYSTEM, problem, "cannot start \"%s\": %s", words[0],
                         strerror(problem));
    return 0;
}

/* Sends what it takes now; closes the channel behind the last byte. A program that reads nothing is
 * none of our business. */
static void feed(int *to, struct view *input)
{
    ssize_t put = input->len ? send(*to, input->ptr, input->len, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (put > 0)
        *input = view_skip(*input, (size_t)put);
    if (input->len && (put > 0 || errno == EAGAIN || errno == EINTR))
        return;
    close(*to);
    *to = -1;
}

/* 1: more may come; 0: that was all. */
static int collect(int from, struct buf *out, struct error *err)
{
    char piece[4096];
    ssize_t len = read(from, piece, sizeof(piece));
    if (len < 0 && errno != EINTR)
        return error_errno(err, "reading its output");
    buf_append(out, piece, len > 0 ? (size_t)len : 0);
    explicit_bzero(piece, sizeof(piece));
    if (out->overflow)
        return error_set(err, ERROR_SYSTEM, EMSGSIZE, "it printed more than %zu bytes", out->cap);
    return len != 0;
}

/* Both ways, until it closes its output. */
static int talk(const struct process *process, int *to, int from, struct error *err)
{
    struct clock *clock = process->clock;
    struct view input = process->input;
    int64_t end_ms = clock->steady_ms(clock) + process->timeout_ms;
    for (int more = 1; more;) {
        int64_t left_ms = end_ms - clock->steady_ms(clock);
        struct pollfd ready[] = {{.fd = from, .events = POLLIN}, {.fd = *to, .events = POLLOUT}};
        if (left_ms <= 0 || poll(ready, ARRAY_LEN(ready), (int)left_ms) == 0)
            return error_set(err, ERROR_SYSTEM, ETIMEDOUT, "it did not end within %lld s",
                             (long long)(process->timeout_ms / 1000));
        if (*to >= 0 && ready[1].revents)
            feed(to, &input);
        more = ready[0].revents ? collect(from, process->output, err) : 1;
        if (more < 0)
            return -1;
    }
    return 0;
}

static int finish(pid_t pid, bool stop, struct error *err)
{
    int status;
    if (stop)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_errno(err, "waiting for it");
    if (stop)
        return -1;
    if (WIFSIGNALED(status))
        return error_set(err, ERROR_SYSTEM, EINTR, "it was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status))
        return error_set(err, ERROR_SYSTEM, 0, "it ended with status %d", WEXITSTATUS(status));
    return 0;
}

/* A socket pair for its input: writing to one never raises SIGPIPE, if asked not to. */
static int open_channels(bool with_input, int in[2], int out[2], struct error *err)
{
    if (with_input && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) < 0)
        return error_errno(err, "making a channel");
    if (pipe2(out, O_CLOEXEC) == 0)
        return 0;
    error_errno(err, "making a pipe");
    if (with_input) {
        close(in[0]);
        close(in[1]);
    }
    return -1;
}

int process_run(const struct process *process, struct error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    pid_t pid;
    if (open_channels(process->input.ptr != NULL, in, out, err) < 0)
        return -1;
    cleanup_close int from = out[0], to = in[1];
    int started = start(process->words, in[0], out[1], &pid, err);
    close(out[1]);
    if (in[0] >= 0)
        close(in[0]);
    if (started < 0)
        return -1;
    bool stop = talk(process, &to, from, err) < 0;
    return finish(pid, stop, err);
}
