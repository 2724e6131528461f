#include "aws/json.h"

/* At once, in its final size: a buffer that grows would leave copies behind. */
static void encode(const json_t *input, struct buf *body)
{
    size_t len = json_dumpb(input, NULL, 0, JSON_COMPACT);
    *body = BUF_INIT(len);
    char *to = buf_reserve(body, len);
    json_dumpb(input, to, len, JSON_COMPACT);
    buf_commit(body, len);
}

static int decode(const struct aws_call *call, struct view body, json_t **output, struct error *err)
{
    static const struct view nothing = VIEW("{}");
    if (!body.len) /* some operations have nothing to say */
        body = nothing;
    json_error_t why;
    json_t *value = json_loadb(body.ptr, body.len, JSON_ALLOW_NUL, &why);
    if (json_is_object(value)) {
        *output = value;
        return 0;
    }
    json_decref(value);
    /* jansson's own words quote the answer. */
    return error_set(err, ERROR_AWS, 200, "%s \"%s\": the answer to %s is no JSON object",
                     call->operation->service->name, call->subject, call->operation->name);
}

int aws_json_call(struct aws_client *client, const struct aws_call *call, json_t **output,
                  struct error *err)
{
    struct http_response answer = {0};
    if (aws_call(client, call, &answer, err) < 0)
        return -1;
    int result = output ? decode(call, buf_view(&answer.body), output, err) : 0;
    buf_wipe(&answer.body);
    http_response_release(&answer);
    return result;
}

int aws_json(struct aws_client *client, const struct aws_operation *operation, const char *subject,
             const json_t *input, json_t **output, struct error *err)
{
    cleanup_secret struct buf body = {0};
    if (input)
        encode(input, &body);
    const struct aws_call call = {
        .operation = operation,
        .subject = subject,
        .body = input ? buf_view(&body) : VIEW("{}"),
        .response_cap = AWS_JSON_ANSWER_CAP,
    };
    return aws_json_call(client, &call, output, err);
}

const char *aws_json_keep(struct arena *arena, const json_t *text)
{
    const char *from = json_is_string(text) ? json_string_value(text) : "";
    return arena_copy(arena, view_str(from)).ptr;
}

int64_t aws_json_time_us(const json_t *seconds)
{
    static const double beyond = 1e11; /* the year 5138 */
    double s = json_number_value(seconds);
    return s > 0 && s < beyond ? (int64_t)(s * 1e6) : 0;
}

void aws_json_copy(char *out, size_t size, const json_t *text)
{
    const char *from = json_is_string(text) ? json_string_value(text) : "";
    size_t len = strnlen(from, size - 1);
    memcpy(out, from, len);
    out[len] = '\0';
}

bool aws_json_has_tag(const json_t *tags, const char *key, const char *value)
{
    size_t i;
    json_t *tag;
    json_array_foreach((json_t *)tags, i, tag)
    {
        const char *this = json_string_value(json_object_get(tag, "Key"));
        const char *that = json_string_value(json_object_get(tag, "Value"));
        if (this && that && strcmp(this, key) == 0 && strcmp(that, value) == 0)
            return true;
    }
    return false;
}
