#include "lambda/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/memory.h"
#include "lambda/sandbox_root.h"
#include "json/number.h"

/* [LDG "Lambda quotas"] */
#define FILES_MAX 1024
#define STATUS_MAX ((size_t)64 << 10)

/* What the supervisor tells us: few bytes, so that a pipe takes them at once. */
struct message {
    enum { READY, NOT_PERMITTED, FAILED, EVENT } kind;
    enum sandbox_event event;
    int code; /* of the event; of what failed: errno; READY: whether /proc is missing */
    char step[64];
};

/* The ends of pipes that the child keeps, and those that it does not. */
struct ends {
    int output, report, gate;
    int others[3];
};

static void tell(int report, const struct message *message)
{
    if (write(report, message, sizeof(*message)) < 0)
        _exit(EXIT_FAILURE);
}

static void tell_event(int report, enum sandbox_event event, int code)
{
    tell(report, &(struct message){.kind = EVENT, .event = event, .code = code});
}

static void drop_handlers(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGQUIT};
    sigset_t none;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int limit_process(void)
{
    const struct rlimit files = {FILES_MAX, FILES_MAX}, none = {0, 0};
    umask(022);
    if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
        return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int redirect(int output)
{
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        return -1;
    return close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* Children inherit the keyring of the session, and may use what is in it; an empty one takes its
 * place. A kernel without keyrings, or one that keeps them from us, has none to give either. */
static void leave_keyring(void)
{
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

/* Its place on the machine, if "/" is not the root of the package. */
static const char *place(const struct sandbox_plan *plan, bool isolated, const char *path,
                         char out[PATH_MAX])
{
    if (isolated)
        return path;
    snprintf(out, PATH_MAX, "%s%s", plan->root, path);
    return out;
}

_Noreturn static void run(const struct sandbox_plan *plan, bool isolated, const struct ends *ends)
{
    char program[PATH_MAX], folder[PATH_MAX];
    setsid();
    leave_keyring();
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (redirect(ends->output) == 0 && limit_process() == 0 &&
        chdir(place(plan, isolated, plan->folder, folder)) == 0)
        execve(place(plan, isolated, plan->words[0], program), (char *const *)plan->words,
               plan->environment);
    tell_event(ends->report, SANDBOX_REFUSED, errno);
    _exit(EXIT_FAILURE);
}

/* It may start others, and they may outlive it: until it ends they only have to be reaped. */
static int await(pid_t process)
{
    int status;
    pid_t ended;
    do
        ended = waitpid(-1, &status, 0);
    while (ended != process && (ended >= 0 || errno == EINTR));
    return status;
}

/* Of a supervisor without namespaces, where nothing ends the process by itself. */
static volatile pid_t supervised;

static void end_process(int number)
{
    (void)number;
    if (supervised > 0)
        kill(-supervised, SIGKILL);
    _exit(EXIT_FAILURE);
}

/* Runs in the child: the first process of its namespace, if it has one, so that everything in it
 * ends when this one does. */
_Noreturn static void supervise(const struct sandbox_plan *plan, bool isolated,
                                const struct ends *ends)
{
    char go;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* our environment is none of the processor's business */
    if (read(ends->gate, &go, 1) != 1)
        _exit(EXIT_FAILURE);
    pid_t process = fork();
    if (process == 0)
        run(plan, isolated, ends);
    supervised = process;
    close(ends->output);
    int status = process < 0 ? 0 : await(process);
    if (process < 0)
        tell_event(ends->report, SANDBOX_REFUSED, errno);
    else if (WIFSIGNALED(status))
        tell_event(ends->report, SANDBOX_KILLED, WTERMSIG(status));
    else
        tell_event(ends->report, SANDBOX_EXITED, WEXITSTATUS(status));
    if (!isolated && process > 0)
        kill(-process, SIGKILL);
    _exit(EXIT_SUCCESS);
}

_Noreturn static void begin(const struct sandbox_plan *plan, bool isolated,
                            struct sandbox_entry *entry, const struct ends *ends)
{
    for (size_t i = 0; i < ARRAY_LEN(ends->others); i++)
        close(ends->others[i]);
    setsid();
    drop_handlers();
    signal(SIGTERM, isolated ? SIG_DFL : end_process);
    prctl(PR_SET_PDEATHSIG, isolated ? SIGKILL : SIGTERM, 0, 0, 0);
    const char *step = isolated ? sandbox_enter(plan, entry) : NULL;
    struct message message = {.kind = !step              ? READY
                                      : entry->permitted ? FAILED
                                                         : NOT_PERMITTED,
                              .code = step ? errno : entry->without_proc};
    snprintf(message.step, sizeof(message.step), "%s", step ? step : "");
    tell(ends->report, &message);
    if (step)
        _exit(EXIT_FAILURE);
    supervise(plan, isolated, ends);
}

/* As fork(2), into namespaces of its own. */
static pid_t fork_isolated(void)
{
    unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* 0: it runs; 1: the machine does not permit it; -1. */
static int await_ready(struct sandbox *sandbox, struct error *err)
{
    struct message message;
    ssize_t len;
    do
        len = read(sandbox->report, &message, sizeof(message));
    while (len < 0 && errno == EINTR);
    if (len == sizeof(message) && message.kind == READY) {
        sandbox->without_proc = message.code;
        return 0;
    }
    if (len != sizeof(message))
        return error_set(err, ERROR_SYSTEM, 0, "the process ended before it began");
    error_set(err, ERROR_SYSTEM, message.code, "%s: %s", message.step, strerror(message.code));
    return message.kind == NOT_PERMITTED ? 1 : -1;
}

static void reap(struct sandbox *sandbox)
{
    if (sandbox->supervisor > 0)
        while (waitpid(sandbox->supervisor, NULL, 0) < 0 && errno == EINTR)
            ;
    sandbox->supervisor = 0;
}

static void close_ends(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

/* Results as those of await_ready(). */
static int fork_it(const struct sandbox_plan *plan, bool isolated, struct sandbox *sandbox,
                   const struct ends *ends, struct error *err)
{
    struct sandbox_entry entry = {.uid = geteuid(), .gid = getegid()};
    pid_t child = isolated ? fork_isolated() : fork();
    if (child == 0)
        begin(plan, isolated, &entry, ends);
    if (child < 0) {
        error_errno(err, isolated ? "making its namespaces" : "starting a process");
        return isolated ? 1 : -1;
    }
    sandbox->supervisor = child;
    return 0;
}

/* One try; `gate` gets the end that lets it go. Results as those of await_ready(). */
static int try_start(const struct sandbox_plan *plan, bool isolated, struct sandbox *sandbox,
                     int *gate, struct error *err)
{
    int output[2] = {-1, -1}, report[2] = {-1, -1}, gates[2] = {-1, -1};
    if (pipe2(output, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0 ||
        pipe2(gates, O_CLOEXEC) < 0) {
        error_errno(err, "making a pipe");
        close_ends(output);
        close_ends(report);
        close_ends(gates);
        return -1;
    }
    const struct ends ends = {output[1], report[1], gates[0], {output[0], report[0], gates[1]}};
    sandbox->output = output[0];
    sandbox->report = report[0];
    *gate = gates[1];
    int result = fork_it(plan, isolated, sandbox, &ends, err);
    close(output[1]);
    close(report[1]);
    close(gates[0]);
    if (result == 0)
        result = await_ready(sandbox, err);
    if (result == 0)
        return 0;
    reap(sandbox);
    close(output[0]);
    close(report[0]);
    close(gates[1]);
    *gate = -1;
    return result;
}

static int start(const struct sandbox_plan *plan, struct sandbox *sandbox, int *gate,
                 struct error *err)
{
    struct error own = {0};
    int result = try_start(plan, true, sandbox, gate, &own);
    sandbox->isolated = result == 0;
    if (result == 0)
        return 0;
    if (result < 0)
        return error_set(err, ERROR_SYSTEM, own.code, "cannot start the processor: %s",
                         own.message);
    if (plan->needs_root)
        return error_set(err, ERROR_SYSTEM, own.code,
                         "the processor needs the files of its image around it, and this machine "
                         "permits no user namespaces (%s): a statically linked one can be run",
                         own.message);
    snprintf(sandbox->why_not, sizeof(sandbox->why_not), "%s", own.message);
    return try_start(plan, false, sandbox, gate, err);
}

int sandbox_start(const struct sandbox_plan *plan, struct sandbox *sandbox, struct error *err)
{
    *sandbox = (struct sandbox){0};
    cleanup_close int gate = -1;
    if (start(plan, sandbox, &gate, err) < 0) {
        *sandbox = (struct sandbox){0};
        return -1;
    }
    memory_group_make(&sandbox->memory, sandbox->supervisor, plan->memory_max, NULL);
    fcntl(sandbox->output, F_SETFL, O_NONBLOCK);
    fcntl(sandbox->report, F_SETFL, O_NONBLOCK);
    if (write(gate, "", 1) == 1)
        return 0;
    error_errno(err, "starting the processor");
    sandbox_release(sandbox);
    return -1;
}

enum sandbox_event sandbox_look(const struct sandbox *sandbox, int *code)
{
    struct message message;
    ssize_t len = read(sandbox->report, &message, sizeof(message));
    if (len == sizeof(message)) {
        *code = message.code;
        return message.event;
    }
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return SANDBOX_NONE;
    *code = SIGKILL; /* the supervisor is gone, and the process with it */
    return SANDBOX_KILLED;
}

/* The process itself; 0: not known, or it has ended. */
static pid_t find_process(const struct sandbox *sandbox)
{
    char path[64];
    cleanup_buf struct buf text = BUF_INIT(STATUS_MAX);
    int64_t pid;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", sandbox->supervisor,
             sandbox->supervisor);
    if (buf_read_file(&text, path, NULL) < 0)
        return 0;
    struct view first = view_of(buf_str(&text), strcspn(buf_str(&text), " \n"));
    return number_int64(first, &pid) ? (pid_t)pid : 0;
}

/* Until execve() it is what it was forked from: ours. */
static bool is_ours(pid_t process)
{
    char path[64], its[PATH_MAX], own[PATH_MAX];
    snprintf(path, sizeof(path), "/proc/%d/exe", process);
    ssize_t len = readlink(path, its, sizeof(its));
    return len < 0 || (readlink("/proc/self/exe", own, sizeof(own)) == len &&
                       memcmp(its, own, (size_t)len) == 0);
}

/* The line is "VmHWM:      1234 kB". */
static int64_t high_water(pid_t process)
{
    char path[64];
    cleanup_buf struct buf text = BUF_INIT(STATUS_MAX);
    int64_t kb;
    snprintf(path, sizeof(path), "/proc/%d/status", process);
    if (!process || is_ours(process) || buf_read_file(&text, path, NULL) < 0)
        return 0;
    const char *line = strstr(buf_str(&text), "\nVmHWM:");
    if (!line)
        return 0;
    line += strlen("\nVmHWM:");
    line += strspn(line, " \t");
    return number_int64(view_of(line, strcspn(line, " \n")), &kb) ? kb << 10 : 0;
}

int64_t sandbox_measure(struct sandbox *sandbox)
{
    if (!sandbox->supervisor)
        return sandbox->peak;
    int64_t seen = *sandbox->memory.path ? memory_group_peak(&sandbox->memory) : -1;
    if (seen < 0)
        seen = high_water(find_process(sandbox));
    if (seen > sandbox->peak)
        sandbox->peak = seen;
    return sandbox->peak;
}

void sandbox_stop(struct sandbox *sandbox)
{
    if (sandbox->supervisor <= 0)
        return;
    pid_t process = sandbox->isolated ? 0 : find_process(sandbox);
    if (process > 0)
        kill(-process, SIGKILL);
    kill(sandbox->supervisor, SIGKILL);
    reap(sandbox);
    memory_group_remove(&sandbox->memory);
}

void sandbox_release(struct sandbox *sandbox)
{
    if (!sandbox->output && !sandbox->report)
        return;
    sandbox_stop(sandbox);
    close(sandbox->output);
    close(sandbox->report);
    *sandbox = (struct sandbox){0};
}
