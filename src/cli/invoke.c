#include "cli/command.h"

#include "cli/aws_access.h"
#include "cli/event_kind.h"
#include "cli/invocation.h"
#include "cli/invoke_local.h"
#include "cli/pipeline_file.h"
#include "stack/example_event.h"

struct invoke_options {
    const char *payload;
    const char *example;
    const char *function;
    const char *package;
    bool local;
};

static const struct cli_option options_table[] = {
    {.name = "payload",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct invoke_options, payload),
     .value = "FILE",
     .help = "The event: JSON, as it is; \"-\" is standard input"},
    {.name = "example",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct invoke_options, example),
     .value = "KIND",
     .help = "An event that `lorry event` prints: kinesis, dynamodb, insert, modify, remove or "
             "poison",
     .choices = example_event_kinds},
    {.name = "function",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct invoke_options, function),
     .value = "NAME",
     .help = "The function (name or ARN), if not that of the pipeline"},
    {.name = "local",
     .offset = offsetof(struct invoke_options, local),
     .help = "Run the packaged processor here, as Lambda would"},
    {.name = "package",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct invoke_options, package),
     .value = "PATH",
     .help = "With --local: this zip file or OCI layout, instead of what would be deployed"},
    {0},
};

/* What is invoked, and where; without a file, the options have to say it. */
struct target {
    struct stack stack;
    bool has_stack;
    const char *function;
};

static int read_event(const struct invoke_options *options, const struct target *target,
                      struct buf *event, struct error *err)
{
    if (options->example)
        return event_write(options->example, target->has_stack ? &target->stack : NULL, event, err);
    if (buf_read_file(event, options->payload, err) < 0)
        return -1;
    const char *name = strcmp(options->payload, "-") == 0 ? "standard input" : options->payload;
    if (!event->len)
        return error_set(err, ERROR_INPUT, 0, "%s: it is empty, and an event is JSON", name);
    return invocation_check_json(buf_view(event), name, err);
}

/* The tail of the log may begin within a line. */
static void put_log(const struct cli *cli, const struct buf *log)
{
    struct view rest = buf_view(log), line;
    while (view_take_line(&rest, &line))
        invocation_show_line(cli, line);
}

static void print(const struct cli *cli, const struct lambda_invocation *invocation)
{
    cleanup_buf struct buf text = BUF_INIT(INVOCATION_TEXT_CAP);
    struct json_writer json;
    put_log(cli, &invocation->log);
    if (cli->json) {
        json_writer_init(&json, &text);
        json_begin_object(&json);
        invocation_put(invocation, &json);
        json_end_object(&json);
    } else {
        buf_append_view(&text, buf_view(&invocation->payload));
    }
    cli_put(&text);
}

static int run(const struct cli *cli, const struct invoke_options *options,
               const struct target *target, struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    cleanup_lambda_invocation struct lambda_invocation invocation = {0};
    cleanup_buf struct buf event = BUF_INIT(LAMBDA_PAYLOAD_MAX);
    if (read_event(options, target, &event, err) < 0 ||
        aws_access_open(cli, target->stack.region, &access, err) < 0 ||
        lambda_invoke(access.client, target->function, buf_view(&event), &invocation, err) < 0)
        return -1;
    print(cli, &invocation);
    return invocation.failed ? invocation_fail(&invocation, target->function, err) : 0;
}

static int run_here(const struct cli *cli, const struct invoke_options *options,
                    const struct target *target)
{
    cleanup_buf struct buf event = BUF_INIT(LAMBDA_PAYLOAD_MAX);
    struct error err = {0};
    if (read_event(options, target, &event, &err) < 0)
        return cli_fail(cli, &err);
    const struct invoke_local invoke = {&target->stack, options->package, buf_view(&event)};
    return invoke_local(cli, &invoke);
}

static int find_and_run(const struct cli *cli, const struct invoke_options *options,
                        struct target *target)
{
    struct error err = {0};
    unsigned wanted = options->local ? PIPELINE_REQUIRED : 0;
    if (options->local && !options->package)
        wanted |= PIPELINE_PACKING;
    enum pipeline_file file = pipeline_file_read(cli, wanted, &target->stack);
    if (file == PIPELINE_FAILED)
        return CLI_FAILED;
    target->has_stack = file == PIPELINE_READ;
    if (options->local)
        return run_here(cli, options, target);
    target->function = options->function ? options->function : target->stack.processor.name;
    if (!target->function)
        return cli_misused(cli, "which function? There is no %s here, and no --function NAME",
                           PIPELINE_FILE);
    return run(cli, options, target, &err) < 0 ? cli_fail(cli, &err) : CLI_DONE;
}

static int invoke(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct invoke_options *options = values;
    struct target target = {0};
    if (!options->payload == !options->example)
        return cli_misused(cli, "which event? Either --payload FILE or --example KIND");
    if (options->local && options->function)
        return cli_misused(cli, "--function is one on Lambda, and --local runs that of the file");
    if (options->package && !options->local)
        return cli_misused(cli, "--package goes with --local");
    int status = find_and_run(cli, options, &target);
    stack_release(&target.stack);
    return status;
}

const struct command command_invoke = {
    .name = "invoke",
    .summary = "gives an event to the function, and shows what it makes of it",
    .args = "",
    .details =
        "Calls the function with an event, and prints what it returns; its log goes to standard "
        "error. A function that fails is a failure. With --local the processor of the pipeline "
        "runs on this machine: packaged as for Lambda, under the Runtime API, with the "
        "environment, the time limit and, where control groups can be made, the memory limit of "
        "the pipeline.",
    .options = options_table,
    .options_size = sizeof(struct invoke_options),
    .run = invoke,
};
