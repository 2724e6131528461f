#include <string.h>

#include "aws/json_text.h"
#include "aws/protocol.h"

/* "com.amazonaws.ssm#ParameterNotFound:http://..." is ParameterNotFound. */
static void append_bare(struct view code, struct buf *out)
{
    const char *hash = memchr(code.ptr, '#', code.len);
    if (hash)
        code = view_skip(code, (size_t)(hash - code.ptr) + 1);
    const char *colon = memchr(code.ptr, ':', code.len);
    buf_append(out, code.ptr, colon ? (size_t)(colon - code.ptr) : code.len);
}

static void append_first(struct view json, const char *const (*paths)[2], size_t count,
                         struct buf *out)
{
    for (size_t i = 0; i < count && !out->len; i++)
        aws_json_text(json, paths[i], out);
}

/* The header wins: it is there with every service that has both. */
static void read_refusal(const struct http_response *response, struct aws_refusal *refusal)
{
    static const char *const codes[][2] = {{"__type", NULL}, {"code", NULL}};
    static const char *const messages[][2] = {{"message", NULL}, {"Message", NULL}};
    cleanup_buf struct buf code = BUF_INIT(AWS_REFUSAL_TEXT_CAP);
    struct view body = buf_view(&response->body);
    buf_append_view(&code, http_response_header(response, "x-amzn-errortype"));
    append_first(body, codes, 2, &code);
    append_bare(buf_view(&code), &refusal->code);
    append_first(body, messages, 2, &refusal->message);
    buf_append_view(&refusal->request_id, http_response_header(response, "x-amzn-requestid"));
}

const struct aws_protocol aws_protocol_json_1_0 = {
    .content_type = "application/x-amz-json-1.0",
    .target_header = true,
    .read_refusal = read_refusal,
};

const struct aws_protocol aws_protocol_json_1_1 = {
    .content_type = "application/x-amz-json-1.1",
    .target_header = true,
    .read_refusal = read_refusal,
};

const struct aws_protocol aws_protocol_rest_json = {
    .content_type = "application/json",
    .read_refusal = read_refusal,
};
