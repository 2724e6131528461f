#include "aws/ssm.h"

#include "json/writer.h"

static const struct aws_service service = {"Parameter Store", "ssm", "SSM"};

int ssm_get_parameter(struct aws_client *client, const char *name, struct buf *value,
                      struct error *err)
{
    static const char *const path[] = {"Parameter", "Value", NULL};
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    struct buf answer = {0};
    struct json_writer writer;
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_member_string(&writer, "Name", view_str(name));
    json_member_bool(&writer, "WithDecryption", true);
    json_end_object(&writer);
    const struct aws_json_call call = {
        .service = &service,
        .operation = "AmazonSSM.GetParameter",
        .permission = "ssm:GetParameter",
        .subject = name,
        .body = buf_view(&body),
        /* Every byte may be escaped. */
        .response_cap = 6 * PARAMETER_SIZE_MAX + 4096,
    };
    if (aws_json_call(client, &call, &answer, err) < 0)
        return -1;
    bool found = aws_json_text(buf_view(&answer), path, value);
    buf_wipe(&answer);
    if (!found)
        return error_set(err, ERROR_AWS, 200, "Parameter Store \"%s\": the answer has no value",
                         name);
    return 0;
}
