#include "aws/json_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/sigv4.h"
#include "base/memory.h"
#include "json/reader.h"
#include "json/scan.h"

#define ERROR_TEXT_CAP 65536

/* Moves into the value of the member `name` of the object just begun, at whose first token it
 * stops. */
static enum json_token enter_member(struct json_reader *reader, const char *name)
{
    while (json_next(reader) == JSON_NAME) {
        bool found = json_text_is(reader, name);
        enum json_token token = json_next(reader);
        if (found)
            return token;
        json_span(reader);
    }
    return JSON_ERROR;
}

bool aws_json_text(struct view json, const char *const *path, struct buf *out)
{
    struct json_reader reader;
    json_reader_init(&reader, json);
    enum json_token token = json_next(&reader);
    for (; *path; path++)
        token = token == JSON_OBJECT ? enter_member(&reader, *path) : JSON_ERROR;
    if (token != JSON_STRING)
        return false;
    struct view text = reader.text;
    /* The rest has to be JSON as well: half an answer is none. */
    do
        token = json_next(&reader);
    while (token > JSON_END);
    char *to = token == JSON_END ? buf_reserve(out, text.len) : NULL;
    if (!to)
        return false;
    buf_commit(out, json_unescape(text, to));
    return true;
}

/* What to do about a code; `code` NULL: whatever else it is. The format gets permission or region.
 */
static const struct {
    const char *code;
    bool retry;
    enum { NO_ARGUMENT, PERMISSION, REGION } argument;
    const char *advice;
} advices[] = {
    {"AccessDeniedException", false, PERMISSION, "allow \"%s\" on it to the role of the function"},
    {"ResourceNotFoundException", false, REGION, "is the name right, and is it in region \"%s\"?"},
    {"ParameterNotFound", false, REGION, "is the name right, and is it in region \"%s\"?"},
    {"DecryptionFailure", false, NO_ARGUMENT,
     "allow \"kms:Decrypt\" on its key to the role of the function"},
    {"InvalidKeyId", false, NO_ARGUMENT,
     "allow \"kms:Decrypt\" on its key to the role of the function"},
    {"ExpiredTokenException", false, NO_ARGUMENT, "the AWS credentials have expired: renew them"},
    {"UnrecognizedClientException", false, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidSignatureException", false, NO_ARGUMENT,
     "the AWS secret access key is not valid, or the clock is wrong"},
    {"ThrottlingException", true, NO_ARGUMENT, "it will be tried again"},
    {"TooManyRequestsException", true, NO_ARGUMENT, "it will be tried again"},
};

static void append_advice(struct aws_client *client, const struct aws_json_call *call,
                          const char *code, const char *message, bool *retry, struct buf *out)
{
    /* Secrets Manager and SSM report a key that may not be used as access denied to KMS. */
    if (strcmp(code, "AccessDeniedException") == 0 && strstr(message, "KMS"))
        code = "DecryptionFailure";
    for (size_t i = 0; i < ARRAY_LEN(advices); i++) {
        if (strcmp(code, advices[i].code) != 0)
            continue;
        const char *const arguments[] = {"", call->permission, client->region};
        struct view advice = view_str(advices[i].advice);
        const char *slot = strstr(advice.ptr, "%s");
        buf_append_str(out, "; ");
        buf_append_view(out, slot ? view_between(advice.ptr, slot) : advice);
        if (slot) {
            buf_append_str(out, arguments[advices[i].argument]);
            buf_append_str(out, slot + 2);
        }
        *retry |= advices[i].retry;
        return;
    }
}

/* "com.amazonaws.ssm#ParameterNotFound:http://..." is ParameterNotFound. */
static void bare_code(struct buf *code)
{
    const char *hash = strchr(buf_str(code), '#');
    struct view name = view_str(hash ? hash + 1 : buf_str(code));
    cleanup_free char *copy = xstrndup(name.ptr, strcspn(name.ptr, ":"));
    buf_clear(code);
    buf_append_str(code, copy);
}

static int refused(struct aws_client *client, const struct aws_json_call *call,
                   const struct http_response *response, struct error *err)
{
    static const char *const code_path[] = {"__type", NULL};
    static const char *const message_paths[][2] = {{"message", NULL}, {"Message", NULL}};
    cleanup_buf struct buf code = BUF_INIT(ERROR_TEXT_CAP), message = BUF_INIT(ERROR_TEXT_CAP);
    cleanup_buf struct buf text = BUF_INIT(2 * ERROR_TEXT_CAP);
    struct view body = buf_view(&response->body);
    if (!aws_json_text(body, code_path, &code))
        buf_append_view(&code, http_response_header(response, "x-amzn-errortype"));
    bare_code(&code);
    for (size_t i = 0; i < ARRAY_LEN(message_paths) && !message.len; i++)
        aws_json_text(body, message_paths[i], &message);
    bool retry = response->status >= 500 || response->status == 429;
    buf_printf(&text, "%s \"%s\": %s (HTTP %d)", call->service->name, call->subject,
               code.len ? buf_str(&code) : "an error without a code", response->status);
    if (message.len)
        buf_printf(&text, ": %.*s", (int)strcspn(buf_str(&message), "\r\n"), buf_str(&message));
    append_advice(client, call, buf_str(&code), buf_str(&message), &retry, &text);
    error_set(err, ERROR_AWS, response->status, "%s", buf_str(&text));
    if (err)
        err->retry = retry;
    return -1;
}

static int sign(struct aws_client *client, const struct aws_json_call *call,
                struct http_request *request, struct sigv4 *signature, struct error *err)
{
    cleanup_aws_credentials struct aws_credentials credentials = {0};
    if (client->credentials->get(client->credentials, &credentials, err) < 0)
        return -1;
    struct sigv4_options options = {
        .credentials = &credentials,
        .region = view_str(client->region),
        .service = view_str(call->service->host),
        .time_us = client->clock->now_us(client->clock),
    };
    return sigv4_sign(request, &options, signature, err);
}

static int exchange(struct aws_client *client, const struct aws_json_call *call,
                    struct http_exchange *x, struct buf *answer, struct error *err)
{
    if (http_send(client->http, x, err) < 0)
        return error_prefix(err, "%s \"%s\"", call->service->name, call->subject);
    if (x->response.status != 200)
        return refused(client, call, &x->response, err);
    *answer = x->response.body;
    x->response.body = (struct buf){0};
    return 0;
}

int aws_json_call(struct aws_client *client, const struct aws_json_call *call, struct buf *answer,
                  struct error *err)
{
    cleanup_sigv4 struct sigv4 signature = {0};
    cleanup_buf struct buf url = BUF_INIT(ERROR_TEXT_CAP);
    if (!client->region)
        return error_set(err, ERROR_SETTING, 0, "no AWS region: set AWS_REGION");
    if (aws_endpoint(call->service, client->region, &url, err) < 0)
        return -1;
    struct http_exchange x = {
        .request = {.method = "POST",
                    .url = buf_view(&url),
                    .body = call->body,
                    .deadline_ms = clock_system.steady_ms(&clock_system) + client->timeout_ms,
                    .response_cap = call->response_cap}};
    http_add_header(&x.request, VIEW("Content-Type"), VIEW("application/x-amz-json-1.1"));
    http_add_header(&x.request, VIEW("X-Amz-Target"), view_str(call->operation));
    if (sign(client, call, &x.request, &signature, err) < 0)
        return -1;
    int result = exchange(client, call, &x, answer, err);
    http_release(&x);
    return result;
}
