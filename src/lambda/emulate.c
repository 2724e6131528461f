#include "lambda/emulate.h"

#include <ctype.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "lambda/emulate_api.h"
#include "lambda/emulate_environment.h"
#include "lambda/emulate_log.h"
#include "lambda/sandbox.h"
#include "json/writer.h"

/* [LDG "Understanding the Lambda execution environment lifecycle"] */
#define INIT_S 10
/* How often the memory is looked at where nothing limits it. */
#define MEASURE_MS 50
/* Of nobody: the account is not asked for. */
#define ARN "arn:aws:lambda:%s:123456789012:function:%s"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

struct run {
    const struct emulation *emulation;
    struct emulated *emulated;
    struct event_base *base;
    struct event *output, *report, *deadline, *measure, *signals[ARRAY_LEN(signals)];
    struct emulate_api *api;
    struct emulate_invocation invocation;
    struct emulate_log log;
    struct sandbox sandbox;
    struct buf arn;
    char ids[2][40], trace[80], stream[64];
    int64_t began_us; /* of what goes on: init, or the invocation */
    enum emulate_state state;
    bool killed; /* by us, or the kernel, since it took too much time or memory */
    int signal;
};

void emulated_release(struct emulated *emulated)
{
    lambda_invocation_release(&emulated->invocation);
    *emulated = (struct emulated){0};
}

void emulate_hold_signals(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, before);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void finish(struct run *run)
{
    event_base_loopbreak(run->base);
}

/* The invocation ends without an answer of the function: in Lambda's words. */
__attribute__((format(printf, 3, 4))) static void end_with(struct run *run, const char *type,
                                                           const char *format, ...)
{
    struct lambda_invocation *invocation = &run->emulated->invocation;
    cleanup_buf struct buf message = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer json;
    va_list args;
    buf_printf(&message, "RequestId: %s Error: ", run->ids[0]);
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);
    buf_clear(&invocation->payload);
    json_writer_init(&json, &invocation->payload);
    json_begin_object(&json);
    json_member_string(&json, "errorType", view_str(type));
    json_member_string(&json, "errorMessage", buf_view(&message));
    json_end_object(&json);
    invocation->failed = run->killed = true;
    finish(run);
}

static void take_time(struct run *run)
{
    int64_t took = now_us() - run->began_us;
    if (run->state == EMULATE_STARTING)
        run->emulated->init_us = took;
    else if (run->state == EMULATE_RUNNING)
        run->emulated->duration_us = took;
}

static void run_out_of_memory(struct run *run)
{
    end_with(run, "Runtime.OutOfMemory",
             "Runtime exited with error: signal: killed (more than %d MB of memory)",
             run->emulation->memory_mb);
}

/* False if it has more than it may have. */
static bool measure(struct run *run)
{
    struct sandbox *sandbox = &run->sandbox;
    run->emulated->peak = sandbox_measure(sandbox);
    bool limited = *sandbox->memory.path;
    return limited || run->emulated->peak <= (int64_t)run->emulation->memory_mb << 20;
}

static void on_measure(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    struct run *run = user;
    if (run->state > EMULATE_RUNNING || measure(run))
        return;
    take_time(run);
    run_out_of_memory(run);
}

static void set_deadline(struct run *run, int seconds)
{
    const struct timeval time = {.tv_sec = seconds};
    event_add(run->deadline, &time);
}

static void on_change(void *user, enum emulate_state state)
{
    struct run *run = user;
    take_time(run);
    run->state = state;
    run->began_us = now_us();
    if (state == EMULATE_RUNNING)
        set_deadline(run, run->emulation->timeout_s);
    bool fits = measure(run);
    if (!fits) /* what it answers does not count any more */
        run_out_of_memory(run);
    else if (state == EMULATE_IDLE)
        finish(run);
}

/* What has been answered in time counts, even if it was not asked for more. */
static void on_deadline(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    struct run *run = user;
    take_time(run);
    measure(run);
    if (run->state == EMULATE_STARTING)
        end_with(run, "Sandbox.Timedout", "Init timed out after %d.00 seconds", INIT_S);
    else if (run->state == EMULATE_RUNNING)
        end_with(run, "Sandbox.Timedout", "Task timed out after %d.00 seconds",
                 run->emulation->timeout_s);
    else
        finish(run);
}

static void end_by_signal(struct run *run, int code)
{
    char name[64];
    if (memory_group_overrun(&run->sandbox.memory)) {
        run_out_of_memory(run);
        return;
    }
    snprintf(name, sizeof(name), "%s", strsignal(code));
    for (char *p = name; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    end_with(run, "Runtime.ExitError", "Runtime exited with error: signal: %s", name);
}

static void on_report(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    struct run *run = user;
    int code = 0;
    enum sandbox_event event = sandbox_look(&run->sandbox, &code);
    if (event == SANDBOX_NONE)
        return;
    take_time(run);
    measure(run);
    if (run->state > EMULATE_RUNNING)
        finish(run);
    else if (event == SANDBOX_REFUSED)
        end_with(run, "Runtime.InvalidEntrypoint", "fork/exec %s: %s",
                 run->emulation->package->words[0], strerror(code));
    else if (event == SANDBOX_KILLED)
        end_by_signal(run, code);
    else if (code)
        end_with(run, "Runtime.ExitError", "Runtime exited with error: exit status %d", code);
    else
        end_with(run, "Runtime.ExitError", "Runtime exited without providing a reason");
}

static void on_output(evutil_socket_t fd, short what, void *user)
{
    (void)what;
    struct run *run = user;
    if (!emulate_log_read(&run->log, fd))
        event_del(run->output);
}

static void on_signal(evutil_socket_t number, short what, void *user)
{
    (void)what;
    struct run *run = user;
    run->signal = number;
    finish(run);
}

static void put_hex(char *out, size_t size, size_t bytes)
{
    unsigned char random[16];
    getentropy(random, sizeof(random));
    for (size_t i = 0; i < bytes && 2 * i + 2 < size; i++)
        snprintf(out + 2 * i, size - 2 * i, "%02x", random[i]);
}

/* [RFC 9562: version 4] */
static void put_uuid(char out[40])
{
    char hex[40] = "";
    put_hex(hex, sizeof(hex), 16);
    snprintf(out, 40, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20);
}

/* [AWS X-Ray Developer Guide "Tracing header"] */
static void name_all(struct run *run)
{
    char root[32] = "", parent[32] = "", instance[40] = "", date[32];
    int64_t time_us = clock_system.now_us(&clock_system);
    put_hex(root, sizeof(root), 12);
    put_hex(parent, sizeof(parent), 8);
    put_hex(instance, sizeof(instance), 16);
    put_uuid(run->ids[0]);
    put_uuid(run->ids[1]);
    snprintf(run->trace, sizeof(run->trace), "Root=1-%08x-%.24s;Parent=%.16s;Sampled=0",
             (unsigned)(time_us / 1000000), root, parent);
    clock_format_us(time_us, date);
    snprintf(run->stream, sizeof(run->stream), "%.4s/%.2s/%.2s/[$LATEST]%.32s", date, date + 5,
             date + 8, instance);
}

static int begin_api(struct run *run, struct error *err)
{
    const struct emulation *emulation = run->emulation;
    name_all(run);
    run->arn.cap = BUF_TEXT_CAP;
    buf_printf(&run->arn, ARN, emulation->region, emulation->function);
    run->invocation = (struct emulate_invocation){
        .event = emulation->event,
        .request_id = run->ids[0],
        .invocation_id = run->ids[1],
        .function_arn = buf_str(&run->arn),
        .trace_id = run->trace,
        .timeout_ms = emulation->timeout_s * INT64_C(1000),
        .changed = on_change,
        .user = run,
    };
    run->api = emulate_api_new(run->base, &run->invocation, err);
    return run->api ? 0 : -1;
}

static void tell_how(const struct run *run)
{
    const struct emulation *emulation = run->emulation;
    char text[ERROR_MESSAGE_SIZE + 256];
    if (!run->sandbox.isolated) {
        snprintf(text, sizeof(text),
                 "the processor is not isolated, and sees the files of this machine: user "
                 "namespaces are not permitted (%s)",
                 run->sandbox.why_not);
        emulation->note(emulation->user, text);
    }
    if (run->sandbox.without_proc)
        emulation->note(emulation->user, "there is no /proc for the processor: this machine does "
                                         "not permit it");
    if (emulation->package->zip && emulation->package->foreign)
        emulation->note(emulation->user, "bootstrap needs programs or libraries: those of this "
                                         "machine take the place of Amazon Linux 2023");
}

static int begin_process(struct run *run, struct error *err)
{
    const struct emulation *emulation = run->emulation;
    const struct emulate_package *package = emulation->package;
    cleanup_variables struct variables variables = {0};
    emulate_environment(emulation, emulate_api_address(run->api), run->stream, &variables);
    const struct sandbox_plan plan = {
        .root = buf_str(&package->root),
        .tmp = buf_str(&package->tmp),
        .words = package->words,
        .folder = package->working_dir,
        .environment = variables.items,
        .shared = emulation->shared,
        .with_system = package->zip && package->foreign,
        .needs_root = !package->zip && package->foreign,
        .memory_max = (int64_t)emulation->memory_mb << 20,
    };
    if (sandbox_start(&plan, &run->sandbox, err) < 0)
        return -1;
    run->began_us = now_us();
    run->emulated->limited = *run->sandbox.memory.path;
    tell_how(run);
    return 0;
}

static struct event *add_event(struct run *run, int fd, short what, event_callback_fn handle)
{
    struct event *event = event_new(run->base, fd, what, handle, run);
    if (!event)
        memory_exhausted();
    return event;
}

static void begin_events(struct run *run)
{
    static const struct timeval interval = {.tv_usec = MEASURE_MS * 1000};
    run->output = add_event(run, run->sandbox.output, EV_READ | EV_PERSIST, on_output);
    run->report = add_event(run, run->sandbox.report, EV_READ | EV_PERSIST, on_report);
    run->measure = add_event(run, -1, EV_PERSIST, on_measure);
    run->deadline = add_event(run, -1, 0, on_deadline);
    event_add(run->output, NULL);
    event_add(run->report, NULL);
    event_add(run->measure, &interval);
    set_deadline(run, INIT_S);
}

/* Signals that were held back come now. */
static void hear_signals(struct run *run)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        run->signals[i] = add_event(run, signals[i], EV_SIGNAL | EV_PERSIST, on_signal);
        event_add(run->signals[i], NULL);
        sigaddset(&set, signals[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void free_event(struct event *event)
{
    if (event)
        event_free(event);
}

static void release(struct run *run)
{
    sigset_t before;
    emulate_hold_signals(&before);
    struct event *const events[] = {run->output, run->report, run->deadline, run->measure};
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        free_event(events[i]);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        free_event(run->signals[i]);
    sandbox_release(&run->sandbox);
    emulate_api_free(run->api);
    buf_release(&run->arn);
    buf_release(&run->log.line);
    event_base_free(run->base);
}

/* All that it wrote until it was ended. */
static void read_log_to_the_end(struct run *run)
{
    sandbox_stop(&run->sandbox);
    for (size_t before = 1; before != 0;) {
        before = run->emulated->invocation.log.len;
        emulate_log_read(&run->log, run->sandbox.output);
        before = run->emulated->invocation.log.len - before;
    }
    emulate_log_end(&run->log);
}

static void keep_answer(struct run *run)
{
    struct lambda_invocation *invocation = &run->emulated->invocation;
    const struct buf *answer = emulate_api_answer(run->api, &invocation->failed);
    buf_append_view(&invocation->payload, buf_view(answer));
}

static void sum_up(struct run *run)
{
    struct lambda_invocation *invocation = &run->emulated->invocation;
    if (!run->killed)
        keep_answer(run);
    snprintf(invocation->kind, sizeof(invocation->kind), "%s",
             invocation->failed ? "Unhandled" : "");
    snprintf(invocation->version, sizeof(invocation->version), "$LATEST");
    snprintf(invocation->request_id, sizeof(invocation->request_id), "%s", run->ids[0]);
}

static int run_it(struct run *run, struct error *err)
{
    if (begin_api(run, err) < 0 || begin_process(run, err) < 0)
        return -1;
    begin_events(run);
    hear_signals(run);
    event_base_dispatch(run->base);
    read_log_to_the_end(run);
    if (run->signal)
        return error_set(err, ERROR_SYSTEM, EINTR, "interrupted");
    sum_up(run);
    return 0;
}

int emulate_run(const struct emulation *emulation, struct emulated *emulated, int *interrupted,
                struct error *err)
{
    struct run run = {.emulation = emulation, .emulated = emulated};
    *emulated = (struct emulated){.invocation = {.payload = BUF_INIT(EMULATE_RESPONSE_MAX),
                                                 .log = BUF_INIT(EMULATE_LOG_MAX)}};
    run.log = (struct emulate_log){
        .whole = &emulated->invocation.log, .take = emulation->log, .user = emulation->user};
    run.base = event_base_new();
    if (!run.base)
        memory_exhausted();
    int result = run_it(&run, err);
    *interrupted = run.signal;
    release(&run);
    if (result < 0)
        emulated_release(emulated);
    return result;
}
