#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "aws/credentials_json.h"
#include "aws/shell_words.h"
#include "base/memory.h"
#include "json/reader.h"

/* Long enough for somebody who has to touch a key or type a code. */
#define PROCESS_TIMEOUT_MS 120000

/* Starts it with its standard output at the pipe; what it says on standard error is seen by the
 * user, as with the AWS CLI. */
static int start(char **words, int out, pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    int problem = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (problem)
        return error_set(err, ERROR_SYSTEM, problem, "cannot start \"%s\": %s", words[0],
                         strerror(problem));
    return 0;
}

/* What it prints, until it closes its output. */
static int collect(int in, struct clock *clock, struct buf *out, struct error *err)
{
    int64_t end_ms = clock->steady_ms(clock) + PROCESS_TIMEOUT_MS;
    for (;;) {
        int64_t left_ms = end_ms - clock->steady_ms(clock);
        struct pollfd ready = {.fd = in, .events = POLLIN};
        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0)
            return error_set(err, ERROR_AWS, 0, "it did not end within %d s",
                             PROCESS_TIMEOUT_MS / 1000);
        char *room = buf_reserve(out, 4096);
        if (!room)
            return error_set(err, ERROR_AWS, 0, "it printed more than %d bytes",
                             CREDENTIALS_JSON_CAP);
        ssize_t len = read(in, room, 4096);
        if (len == 0)
            return 0;
        if (len > 0)
            buf_commit(out, (size_t)len);
        else if (errno != EINTR)
            return error_errno(err, "reading its output");
    }
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
        return error_set(err, ERROR_AWS, 0, "it was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status))
        return error_set(err, ERROR_AWS, 0, "it ended with status %d", WEXITSTATUS(status));
    return 0;
}

static int run(char **words, struct clock *clock, struct buf *out, struct error *err)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, "making a pipe");
    cleanup_close int in = ends[0];
    int started = start(words, ends[1], &pid, err);
    close(ends[1]);
    if (started < 0)
        return -1;
    bool stop = collect(in, clock, out, err) < 0;
    return finish(pid, stop, err);
}

/* Whether the outermost object has "Version": 1. */
static bool is_version_1(struct view json)
{
    struct json_reader reader;
    bool named = false;
    json_reader_init(&reader, json);
    for (enum json_token token; (token = json_next(&reader)) > JSON_END;) {
        if (named)
            return token == JSON_NUMBER && view_equal(reader.text, VIEW("1"));
        named = token == JSON_NAME && reader.depth == 1 && json_text_is(&reader, "Version");
    }
    return false;
}

int source_process(const struct credential_search *search, struct credential_found *found,
                   struct buf *why, struct error *err)
{
    static const struct credentials_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                                   "Expiration", false};
    cleanup_secret struct buf out = BUF_INIT(CREDENTIALS_JSON_CAP);
    const char *line = profiles_value(search->profiles, search->profile, "credential_process");
    if (!line) {
        buf_printf(why, "not set in profile \"%s\"", search->profile);
        return 0;
    }
    cleanup_free char **words = shell_words(line, err);
    if (!words || run(words, search->clock, &out, err) < 0)
        return error_prefix(err, "profile \"%s\"", search->profile);
    if (!is_version_1(buf_view(&out)))
        return error_set(err, ERROR_AWS, 0, "profile \"%s\": it printed no JSON of \"Version\" 1",
                         search->profile);
    if (credentials_read_json(buf_view(&out), &names, found, err) < 0)
        return error_prefix(err, "profile \"%s\"", search->profile);
    return 1;
}
