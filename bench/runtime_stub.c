/* The Lambda Runtime API for one function: hands out the same event again and again, and measures.
 *
 *     runtime_stub [--count N] EVENT COMMAND [ARGUMENT]...
 *
 * Starts COMMAND, whatever it is, with AWS_LAMBDA_RUNTIME_API and what else Lambda would set, gives
 * it the file EVENT N times (default 1; with 0 only its start is measured), kills it when it asks
 * once more, and prints one JSON object: milliseconds from the start of the process to its first
 * `next`, those of each invocation from the first byte of the event to the last of the answer, peak
 * memory (VmHWM), CPU time. Exit status 1: the function failed an invocation, or ended. [FACTS 3]
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parse.h"
#include "server.h"

#define EVENT_MAX ((size_t)64 << 20)
#define COUNT_MAX 1000000
#define TIMEOUT_MS 900000
#define ARN "arn:aws:lambda:eu-central-1:123456789012:function:bench"

struct bench {
    struct server server;
    struct buf event;
    int count, given, answered;
    int64_t spawned_ns, given_ns, first_next_ns;
    int64_t *took_ns; /* of each invocation */
    pid_t child;
    long peak_kb;
    char failure[512]; /* empty: none */
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- the child ---- */

static void set_environment(int port)
{
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    setenv("AWS_LAMBDA_RUNTIME_API", address, 1);
    setenv("AWS_LAMBDA_FUNCTION_NAME", "bench", 1);
    setenv("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST", 1);
    setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512", 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("LAMBDA_TASK_ROOT", "/var/task", 1);
    setenv("_HANDLER", "bench.handler", 1);
}

/* Its output goes to standard error, since ours is the result. */
static int start(struct bench *bench, char **argv, struct error *err)
{
    bench->spawned_ns = now_ns(CLOCK_MONOTONIC);
    bench->child = vfork();
    if (bench->child < 0)
        return error_errno(err, "vfork");
    if (bench->child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    return 0;
}

static long read_peak(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof(line), status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (status)
        fclose(status);
    return kb;
}

/* ---- the API ---- */

static void fail(struct bench *bench, const char *what, struct view detail)
{
    snprintf(bench->failure, sizeof(bench->failure), "%s%.*s", what,
             detail.len < 400 ? (int)detail.len : 400, detail.ptr);
    bench->server.stop = true;
}

static void give(struct bench *bench, struct server_connection *c)
{
    struct timespec real;
    char headers[512];
    clock_gettime(CLOCK_REALTIME, &real);
    snprintf(headers, sizeof(headers),
             "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
             "Lambda-Runtime-Deadline-Ms: %" PRId64 "\r\n"
             "Lambda-Runtime-Invoked-Function-Arn: " ARN "\r\n"
             "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0\r\n",
             bench->given++, (int64_t)real.tv_sec * 1000 + TIMEOUT_MS);
    bench->given_ns = now_ns(CLOCK_MONOTONIC);
    server_answer(c, 200, headers, (struct view){0}, buf_view(&bench->event));
}

static void answer_next(struct bench *bench, struct server_connection *c)
{
    if (!bench->first_next_ns)
        bench->first_next_ns = now_ns(CLOCK_MONOTONIC);
    if (bench->given < bench->count) {
        give(bench, c);
        return;
    }
    bench->peak_kb = read_peak(bench->child);
    bench->server.stop = true;
}

static void request(struct server *server, struct server_connection *c)
{
    static const char suffix[] = "/response";
    struct bench *bench = server->user;
    struct view path = c->path, end = view_skip(path, path.len - (sizeof(suffix) - 1));
    if (memmem(path.ptr, path.len, "/invocation/next", 16)) {
        answer_next(bench, c);
    } else if (path.len > sizeof(suffix) && view_equal(end, view_of(suffix, sizeof(suffix) - 1)) &&
               bench->answered < bench->count) {
        bench->took_ns[bench->answered++] = now_ns(CLOCK_MONOTONIC) - bench->given_ns;
        /* An answer that names failed records is no success. */
        if (memmem(c->body.ptr, c->body.len, "itemIdentifier", 14))
            fail(bench, "the function answered ", c->body);
        server_answer(c, 202, "", VIEW("{\"status\":\"OK\"}"), (struct view){0});
    } else {
        fail(bench, "the function reported ", c->body);
        server_answer(c, 202, "", VIEW("{\"status\":\"OK\"}"), (struct view){0});
    }
}

/* ---- the result ---- */

static void report(const struct bench *bench, const struct rusage *usage)
{
    double cpu = (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 +
                 (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
    printf("{\"first_next_ms\": %.3f, \"peak_kb\": %ld, \"cpu_ms\": %.3f, \"invocation_ms\": [",
           (double)(bench->first_next_ns - bench->spawned_ns) / 1e6, bench->peak_kb, cpu);
    for (int i = 0; i < bench->answered; i++)
        printf("%s%.3f", i ? ", " : "", (double)bench->took_ns[i] / 1e6);
    printf("]}\n");
}

static int run(struct bench *bench, char **argv, struct error *err)
{
    struct rusage usage;
    int status;
    if (server_init(&bench->server, err) < 0)
        return -1;
    set_environment(bench->server.port);
    if (start(bench, argv, err) < 0)
        return -1;
    cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, bench->child, 0);
    int result = server_run(&bench->server, pidfd, err);
    if (result == 0 && !bench->server.stop)
        fail(bench, "the function ended", (struct view){"", 0});
    kill(bench->child, SIGKILL);
    wait4(bench->child, &status, 0, &usage);
    server_release(&bench->server);
    if (result == 0 && bench->failure[0])
        return error_set(err, ERROR_SYSTEM, 0, "%s", bench->failure);
    if (result == 0)
        report(bench, &usage);
    return result;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    int64_t count = 1;
    struct error err;
    int first = 1;
    bool right = true;
    if (argc > 2 && strcmp(argv[1], "--count") == 0) {
        right = parse_int64(view_str(argv[2]), 0, COUNT_MAX, &count, NULL) == 0;
        first = 3;
    }
    if (argc < first + 2 || !right)
        return fprintf(stderr, "usage: runtime_stub [--count N] EVENT COMMAND [ARGUMENT]...\n"), 2;
    bench.count = (int)count;
    bench.server.user = &bench;
    bench.server.request = request;
    bench.event = BUF_INIT(EVENT_MAX);
    bench.took_ns = xcalloc((size_t)bench.count + 1, sizeof(*bench.took_ns));
    int status = 0;
    if (buf_read_file(&bench.event, argv[first], &err) < 0 ||
        run(&bench, argv + first + 1, &err) < 0)
        status = fprintf(stderr, "runtime_stub: %s\n", err.message) > 0;
    buf_release(&bench.event);
    free(bench.took_ns);
    return status;
}
