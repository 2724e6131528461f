#include "aws/ssm.h"

#include "aws/json_text.h"
#include "aws/ssm_service.h"
#include "json/writer.h"

const struct aws_service ssm_service = {
    .name = "Parameter Store",
    .host = "ssm",
    .signing_name = "ssm",
    .variable = "SSM",
    .protocol = &aws_protocol_json_1_1,
    .target = "AmazonSSM",
};

static const struct aws_operation get_parameter = {
    .service = &ssm_service,
    .name = "GetParameter",
    .permission = "ssm:GetParameter",
};

int ssm_get_parameter(struct aws_client *client, const char *name, struct buf *value,
                      struct error *err)
{
    static const char *const path[] = {"Parameter", "Value", NULL};
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    struct http_response answer = {0};
    struct json_writer writer;
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_member_string(&writer, "Name", view_str(name));
    json_member_bool(&writer, "WithDecryption", true);
    json_end_object(&writer);
    const struct aws_call call = {
        .operation = &get_parameter,
        .subject = name,
        .body = buf_view(&body),
        /* Every byte may be escaped. */
        .response_cap = 6 * PARAMETER_SIZE_MAX + 4096,
    };
    if (aws_call(client, &call, &answer, err) < 0)
        return -1;
    bool found = aws_json_text(buf_view(&answer.body), path, value);
    buf_wipe(&answer.body);
    http_response_release(&answer);
    if (!found)
        return error_set(err, ERROR_AWS, 200, "Parameter Store \"%s\": the answer has no value",
                         name);
    return 0;
}
