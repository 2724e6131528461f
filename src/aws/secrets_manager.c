#include "aws/secrets_manager.h"

#include "json/writer.h"

static const struct aws_service service = {"Secrets Manager", "secretsmanager", "SECRETS_MANAGER"};

int secrets_manager_get_value(struct aws_client *client, const char *secret, struct buf *value,
                              struct error *err)
{
    static const char *const path[] = {"SecretString", NULL};
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    struct buf answer = {0};
    struct json_writer writer;
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_member_string(&writer, "SecretId", view_str(secret));
    json_end_object(&writer);
    const struct aws_json_call call = {
        .service = &service,
        .operation = "secretsmanager.GetSecretValue",
        .permission = "secretsmanager:GetSecretValue",
        .subject = secret,
        .body = buf_view(&body),
        /* Every byte may be escaped. */
        .response_cap = 6 * SECRET_SIZE_MAX + 4096,
    };
    if (aws_json_call(client, &call, &answer, err) < 0)
        return -1;
    bool found = aws_json_text(buf_view(&answer), path, value);
    buf_wipe(&answer);
    if (!found)
        return error_set(err, ERROR_AWS, 200,
                         "Secrets Manager \"%s\": it has no text (SecretString); binary secrets "
                         "are not supported",
                         secret);
    return 0;
}
