#include "aws/secrets_manager.h"

#include "aws/json_text.h"
#include "aws/secrets_manager_service.h"
#include "json/writer.h"

const struct aws_service secrets_manager_service = {
    .name = "Secrets Manager",
    .host = "secretsmanager",
    .signing_name = "secretsmanager",
    .variable = "SECRETS_MANAGER",
    .protocol = &aws_protocol_json_1_1,
    .target = "secretsmanager",
};

static const struct aws_operation get_secret_value = {
    .service = &secrets_manager_service,
    .name = "GetSecretValue",
    .permission = "secretsmanager:GetSecretValue",
};

int secrets_manager_get_value(struct aws_client *client, const char *secret, struct buf *value,
                              struct error *err)
{
    static const char *const path[] = {"SecretString", NULL};
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    struct http_response answer = {0};
    struct json_writer writer;
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_member_string(&writer, "SecretId", view_str(secret));
    json_end_object(&writer);
    const struct aws_call call = {
        .operation = &get_secret_value,
        .subject = secret,
        .body = buf_view(&body),
        /* Every byte may be escaped. */
        .response_cap = 6 * SECRET_SIZE_MAX + 4096,
    };
    if (aws_call(client, &call, &answer, err) < 0)
        return -1;
    bool found = aws_json_text(buf_view(&answer.body), path, value);
    buf_wipe(&answer.body);
    http_response_release(&answer);
    if (!found)
        return error_set(err, ERROR_AWS, 200,
                         "Secrets Manager \"%s\": it has no text (SecretString); binary secrets "
                         "are not supported",
                         secret);
    return 0;
}
