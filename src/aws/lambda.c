#include "aws/lambda.h"

#include "aws/call.h"
#include "aws/lambda_service.h"
#include "base/base64.h"
#include "base/memory.h"
#include "net/url.h"

/* The longest that a function may take, and some time for a cold start. */
#define INVOKE_TIMEOUT_MS ((900 + 60) * 1000)
#define LOG_CAP 65536

const struct aws_service lambda_service = {
    .name = "Lambda",
    .host = "lambda",
    .signing_name = "lambda",
    .variable = "LAMBDA",
    .protocol = &aws_protocol_rest_json,
};

static const struct aws_operation invoke = {
    .service = &lambda_service,
    .name = "Invoke",
    .permission = "lambda:InvokeFunction",
};

void lambda_invocation_release(struct lambda_invocation *invocation)
{
    buf_release(&invocation->payload);
    buf_release(&invocation->log);
}

void lambda_append_target(struct buf *target, const char *function, const char *rest)
{
    buf_append_str(target, "2015-03-31/functions/");
    url_encode(view_str(function), "", target);
    buf_append_str(target, rest);
}

static void copy_header(const struct http_response *answer, const char *name, char *out,
                        size_t size)
{
    struct view value = http_response_header(answer, name);
    size_t len = value.len < size ? value.len : size - 1;
    memcpy(out, value.ptr, len);
    out[len] = '\0';
}

static void read_log(const struct http_response *answer, struct buf *log)
{
    struct view text = http_response_header(answer, "x-amz-log-result");
    *log = BUF_INIT(LOG_CAP);
    char *to = buf_reserve(log, BASE64_DECODED_MAX(text.len) + BASE64_SLACK);
    ssize_t len = to ? base64_decode(text, to) : -1;
    if (len >= 0)
        buf_commit(log, (size_t)len);
}

static void read_answer(struct http_response *answer, struct lambda_invocation *invocation)
{
    *invocation = (struct lambda_invocation){0};
    read_log(answer, &invocation->log);
    copy_header(answer, "x-amz-function-error", invocation->kind, sizeof(invocation->kind));
    copy_header(answer, "x-amz-executed-version", invocation->version, sizeof(invocation->version));
    copy_header(answer, "x-amzn-requestid", invocation->request_id, sizeof(invocation->request_id));
    invocation->failed = invocation->kind[0] != '\0';
    invocation->payload = answer->body;
    answer->body = (struct buf){0};
}

int lambda_invoke(struct aws_client *client, const char *function, struct view event,
                  struct lambda_invocation *invocation, struct error *err)
{
    if (event.len > LAMBDA_PAYLOAD_MAX)
        return error_set(err, ERROR_INPUT, 0,
                         "an event of %zu bytes is too large: Lambda takes %zu", event.len,
                         LAMBDA_PAYLOAD_MAX);
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP);
    struct http_response answer = {0};
    struct aws_client patient = *client;
    patient.timeout_ms = INVOKE_TIMEOUT_MS;
    lambda_append_target(&target, function, "/invocations");
    const struct aws_call call = {
        .operation = &invoke,
        .subject = function,
        .target = buf_view(&target),
        .headers = {{VIEW("X-Amz-Invocation-Type"), VIEW("RequestResponse")},
                    {VIEW("X-Amz-Log-Type"), VIEW("Tail")}},
        .header_count = 2,
        .body = event,
        .response_cap = LAMBDA_PAYLOAD_MAX + 65536,
    };
    int result = aws_call(&patient, &call, &answer, err);
    client->skew_us = patient.skew_us;
    if (result < 0)
        return -1;
    read_answer(&answer, invocation);
    http_response_release(&answer);
    return 0;
}
