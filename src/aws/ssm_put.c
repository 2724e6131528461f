#include "aws/json.h"
#include "aws/ssm.h"
#include "aws/ssm_service.h"

static const struct aws_operation get_parameter = {
    .service = &ssm_service,
    .name = "GetParameter",
    .permission = "ssm:GetParameter",
};

static const struct aws_operation put_parameter = {
    .service = &ssm_service,
    .name = "PutParameter",
    .permission = "ssm:PutParameter",
};

int ssm_find_parameter(struct aws_client *client, const char *name, struct error *err)
{
    json_t *input = json_pack("{s:s, s:b}", "Name", name, "WithDecryption", 0);
    struct error why = {0};
    int result = aws_json(client, &get_parameter, name, input, NULL, &why);
    json_decref(input);
    if (result == 0)
        return 1;
    if (error_is(&why, "ParameterNotFound"))
        return 0;
    if (err)
        *err = why;
    return -1;
}

int ssm_put_parameter(struct aws_client *client, const struct new_secret *secret, struct error *err)
{
    json_t *more = json_pack("{s:s}", "Type", "SecureString");
    return new_secret_send(client, &put_parameter, secret, "Value", more, err);
}
