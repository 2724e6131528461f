#include "cli/command.h"

#include "aws/json_text.h"
#include "aws/lambda.h"
#include "cli/aws_access.h"
#include "cli/event_kind.h"
#include "cli/pipeline_file.h"
#include "stack/log_line.h"
#include "json/reader.h"
#include "json/writer.h"

/* Every byte of answer and log escaped. */
#define OUTPUT_CAP (6 * LAMBDA_PAYLOAD_MAX + ((size_t)1 << 20))

struct invoke_options {
    const char *payload;
    const char *example;
    const char *function;
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
     .help = "An event that `lorry event KIND` prints"},
    {.name = "function",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct invoke_options, function),
     .value = "NAME",
     .help = "The function (name or ARN), if not that of the pipeline"},
    {0},
};

static int check_json(struct view event, const char *path, struct error *err)
{
    struct json_reader reader;
    json_reader_init(&reader, event);
    json_next(&reader);
    json_span(&reader);
    if (json_next(&reader) == JSON_END)
        return 0;
    json_reader_error(&reader, err);
    return error_prefix(err, "%s", path);
}

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
    return check_json(buf_view(event), options->payload, err);
}

static void put_json(const struct lambda_invocation *invocation, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_bool(&json, "failed", invocation->failed);
    json_member_string(&json, "request_id", view_str(invocation->request_id));
    json_member_string(&json, "version", view_str(invocation->version));
    json_put_name(&json, VIEW("response"));
    if (check_json(buf_view(&invocation->payload), "", NULL) == 0)
        json_put_raw(&json, buf_view(&invocation->payload));
    else
        json_put_string(&json, buf_view(&invocation->payload));
    json_member_string(&json, "log", buf_view(&invocation->log));
    json_end_object(&json);
}

/* The tail of the log may begin within a line. */
static void put_log(const struct cli *cli, const struct buf *log)
{
    cleanup_buf struct buf text = BUF_INIT(LOG_LINE_MAX);
    for (struct view rest = buf_view(log); rest.len;) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        cleanup_log_line struct log_line line;
        log_line_read(view_of(rest.ptr, len), -1, &line);
        log_line_append(&line, cli_colored(cli, stderr), &text);
        rest = view_skip(rest, len + 1);
    }
    if (!cli->quiet)
        fputs(buf_str(&text), stderr);
}

/* What Lambda's runtimes say of an error: its type and its message. */
static int explain_failure(const struct lambda_invocation *invocation, const char *function,
                           struct error *err)
{
    static const char *const type[] = {"errorType", NULL}, *const message[] = {"errorMessage",
                                                                               NULL};
    cleanup_buf struct buf what = BUF_INIT(BUF_TEXT_CAP), why = BUF_INIT(BUF_TEXT_CAP);
    aws_json_text(buf_view(&invocation->payload), type, &what);
    aws_json_text(buf_view(&invocation->payload), message, &why);
    buf_defuse(&what);
    buf_defuse(&why);
    return error_set(err, ERROR_AWS, 200, "the function \"%s\" failed (%s)%s%s%s%s", function,
                     invocation->kind, what.len ? ": " : "", buf_str(&what), why.len ? ": " : "",
                     buf_str(&why));
}

static void print(const struct cli *cli, const struct lambda_invocation *invocation)
{
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_CAP);
    if (cli->json) {
        put_json(invocation, &text);
        cli_put(&text);
        return;
    }
    put_log(cli, &invocation->log);
    buf_append_view(&text, buf_view(&invocation->payload));
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
    return invocation.failed ? explain_failure(&invocation, target->function, err) : 0;
}

static int find_and_run(const struct cli *cli, const struct invoke_options *options,
                        struct target *target)
{
    struct error err = {0};
    enum pipeline_file file = pipeline_file_read(cli, 0, &target->stack);
    if (file == PIPELINE_FAILED)
        return CLI_FAILED;
    target->has_stack = file == PIPELINE_READ;
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
        return cli_misused(cli, "which event? --payload FILE or --example KIND");
    int status = find_and_run(cli, options, &target);
    stack_release(&target.stack);
    return status;
}

const struct command command_invoke = {
    .name = "invoke",
    .summary = "gives an event to the function, and shows what it makes of it",
    .args = "",
    .details = "Calls the function with an event, and prints what it returns; its log goes to "
               "standard error. A function that fails is a failure.",
    .options = options_table,
    .options_size = sizeof(struct invoke_options),
    .run = invoke,
};
