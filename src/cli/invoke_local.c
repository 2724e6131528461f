#include "cli/invoke_local.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "cli/aws_access.h"
#include "cli/invocation.h"
#include "lambda/emulate.h"
#include "net/url.h"
#include "stack/function_environment.h"
#include "stack/package.h"

struct run {
    const struct cli *cli;
    const struct invoke_local *invoke;
    struct emulate_package package;
    struct variables variables;
    struct buf region;
    struct buf shared; /* the folder of a sink that is a file; empty: none */
    struct emulated emulated;
    int interrupted; /* the signal */
};

static void run_release(struct run *run)
{
    emulate_package_release(&run->package);
    variables_release(&run->variables);
    buf_release(&run->region);
    buf_release(&run->shared);
    emulated_release(&run->emulated);
}

static const char *environment(const char *name)
{
    return getenv(name);
}

static void take_variable(void *run, const char *name, const char *value)
{
    variables_set(&((struct run *)run)->variables, name, value);
}

/* Where the user's own calls go, the function's go as well: to an emulator, perhaps. */
static void pass_endpoints(struct run *run)
{
    for (char **item = environ; *item; item++)
        if (strncmp(*item, "AWS_ENDPOINT_URL", strlen("AWS_ENDPOINT_URL")) == 0)
            variables_set_pair(&run->variables, *item);
    variables_set(&run->variables, "AWS_ENDPOINT_URL", run->cli->endpoint_url);
}

/* A function whose sink needs no AWS can do without. */
static int pass_credentials(struct run *run, struct aws_client *client, struct error *err)
{
    const struct stack_password *password = &run->invoke->stack->sink.password;
    cleanup_aws_credentials struct aws_credentials credentials = {0};
    struct error own = {0};
    if (client->credentials->get(client->credentials, &credentials, &own) < 0) {
        if (!password->secret && !password->ssm)
            return 0;
        *err = own;
        return error_prefix(err, "the processor reads the password of the sink from AWS");
    }
    variables_set(&run->variables, "AWS_ACCESS_KEY_ID", credentials.access_key_id);
    variables_set(&run->variables, "AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
    variables_set(&run->variables, "AWS_SESSION_TOKEN", credentials.session_token);
    return 0;
}

static int prepare_aws(struct run *run, struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    if (aws_access_open(run->cli, run->invoke->stack->region, &access, err) < 0)
        return -1;
    run->region.cap = BUF_TEXT_CAP;
    buf_append_str(&run->region, access.client->region ? access.client->region : "us-east-1");
    return pass_credentials(run, access.client, err);
}

static int prepare_environment(struct run *run, struct error *err)
{
    pass_endpoints(run);
    if (function_environment(run->invoke->stack, environment, take_variable, run, err) < 0)
        return -1;
    return prepare_aws(run, err);
}

/* A database that is a file is written where it is: its folder is shared, since SQLite makes
 * further files beside it. */
static int share_sink(struct run *run, struct error *err)
{
    struct stat there;
    cleanup_url struct url url = {0};
    if (url_parse(view_str(run->invoke->stack->sink.url), &url, NULL) < 0 ||
        strcmp(url.scheme, "sqlite") != 0 || strncmp(url.path, "//", 2) != 0)
        return 0;
    const char *path = url.path + 1;
    run->shared.cap = URL_LENGTH_MAX;
    buf_append_view(&run->shared, view_between(path, strrchr(path, '/')));
    if (!run->shared.len)
        return 0;
    if (stat(buf_str(&run->shared), &there) != 0 || !S_ISDIR(there.st_mode))
        return error_set(err, ERROR_SETTING, 0,
                         "sink.url: there is no folder %s here: make it, or use another one",
                         buf_str(&run->shared));
    cli_note(run->cli, "the processor writes to %s, where the sink is", buf_str(&run->shared));
    return 0;
}

static int make_package(struct run *run, struct error *err)
{
    const struct invoke_local *invoke = run->invoke;
    cleanup_package struct package package = {0};
    if (invoke->package)
        return emulate_package_read(invoke->package, &run->package, err);
    if (package_make(invoke->stack, &package, err) < 0)
        return -1;
    return package.kind == STACK_IMAGE
               ? emulate_package_image(&package.image, &run->package, err)
               : emulate_package_zip(buf_view(&package.zip.bytes), &run->package, err);
}

static void show_line(void *user, struct view line)
{
    const struct run *run = user;
    invocation_show_line(run->cli, line);
}

static void show_note(void *user, const char *text)
{
    const struct run *run = user;
    cli_note(run->cli, "%s", text);
}

static int emulate(struct run *run, struct error *err)
{
    const struct stack *stack = run->invoke->stack;
    const struct emulation emulation = {
        .package = &run->package,
        .function = stack->processor.name,
        .region = buf_str(&run->region),
        .variables = &run->variables,
        .event = run->invoke->event,
        .timeout_s = stack->processor.timeout_s,
        .memory_mb = stack->processor.memory_mb,
        .shared = run->shared.len ? buf_str(&run->shared) : NULL,
        .log = show_line,
        .note = show_note,
        .user = run,
    };
    return emulate_run(&emulation, &run->emulated, &run->interrupted, err);
}

/* Of bytes, rounded up. */
static int64_t to_mb(int64_t bytes)
{
    return (bytes + ((1 << 20) - 1)) >> 20;
}

static void put_number(struct json_writer *json, const char *name, double value)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "%.2f", value);
    json_put_name(json, view_str(name));
    json_put_raw(json, buf_view(&text));
}

static void put_json(const struct run *run, struct buf *text)
{
    const struct emulated *emulated = &run->emulated;
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    invocation_put(&emulated->invocation, &json);
    put_number(&json, "duration_ms", (double)emulated->duration_us / 1e3);
    put_number(&json, "init_ms", (double)emulated->init_us / 1e3);
    json_member_int(&json, "memory_mb", run->invoke->stack->processor.memory_mb);
    json_put_name(&json, VIEW("peak_memory_mb"));
    if (emulated->peak)
        json_put_int(&json, to_mb(emulated->peak));
    else
        json_put_null(&json);
    json_member_bool(&json, "memory_limited", emulated->limited);
    json_end_object(&json);
}

/* As Lambda's REPORT line, as far as it means something here. */
static void show_report(const struct run *run)
{
    const struct emulated *emulated = &run->emulated;
    cleanup_buf struct buf peak = BUF_INIT(BUF_TEXT_CAP);
    if (emulated->peak)
        buf_printf(&peak, "%lld", (long long)to_mb(emulated->peak));
    cli_note(run->cli, "init %.2f ms, duration %.2f ms, memory %s of %d MB%s",
             (double)emulated->init_us / 1e3, (double)emulated->duration_us / 1e3,
             peak.len ? buf_str(&peak) : "?", run->invoke->stack->processor.memory_mb,
             emulated->limited ? "" : " (measured only)");
}

static void show(const struct run *run)
{
    cleanup_buf struct buf text = BUF_INIT(INVOCATION_TEXT_CAP);
    if (run->cli->json) {
        put_json(run, &text);
    } else {
        show_report(run);
        buf_append_view(&text, buf_view(&run->emulated.invocation.payload));
    }
    cli_put(&text);
}

static int run_it(struct run *run)
{
    struct error err = {0};
    if (share_sink(run, &err) < 0 || prepare_environment(run, &err) < 0 ||
        make_package(run, &err) < 0 || emulate(run, &err) < 0)
        return cli_fail(run->cli, &err);
    show(run);
    if (!run->emulated.invocation.failed)
        return CLI_DONE;
    invocation_fail(&run->emulated.invocation, run->invoke->stack->processor.name, &err);
    return cli_fail(run->cli, &err);
}

int invoke_local(const struct cli *cli, const struct invoke_local *invoke)
{
    struct run run = {.cli = cli, .invoke = invoke};
    sigset_t before;
    emulate_hold_signals(&before);
    int status = run_it(&run);
    int interrupted = run.interrupted;
    run_release(&run);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (interrupted)
        raise(interrupted); /* what started us shall see why it ended */
    return status;
}
