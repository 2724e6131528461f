#include "cli/invocation.h"

#include "aws/json_text.h"
#include "stack/log_line.h"
#include "json/reader.h"

int invocation_check_json(struct view event, const char *path, struct error *err)
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

void invocation_put(const struct lambda_invocation *invocation, struct json_writer *json)
{
    json_member_bool(json, "failed", invocation->failed);
    json_member_string(json, "request_id", view_str(invocation->request_id));
    json_member_string(json, "version", view_str(invocation->version));
    json_put_name(json, VIEW("response"));
    if (invocation_check_json(buf_view(&invocation->payload), "", NULL) == 0)
        json_put_raw(json, buf_view(&invocation->payload));
    else
        json_put_string(json, buf_view(&invocation->payload));
    json_member_string(json, "log", buf_view(&invocation->log));
}

void invocation_show_line(const struct cli *cli, struct view line)
{
    cleanup_buf struct buf text = BUF_INIT(LOG_LINE_MAX);
    cleanup_log_line struct log_line read = {0};
    if (cli->quiet || cli->json)
        return;
    log_line_read(line, -1, &read);
    log_line_append(&read, cli_colored(cli, stderr), &text);
    fputs(buf_str(&text), stderr);
}

int invocation_fail(const struct lambda_invocation *invocation, const char *function,
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
