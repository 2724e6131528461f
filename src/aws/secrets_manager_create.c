#include "aws/json.h"
#include "aws/secrets_manager.h"
#include "aws/secrets_manager_service.h"
#include "base/random.h"

static const struct aws_operation describe_secret = {
    .service = &secrets_manager_service,
    .name = "DescribeSecret",
    .permission = "secretsmanager:DescribeSecret",
};

static const struct aws_operation create_secret = {
    .service = &secrets_manager_service,
    .name = "CreateSecret",
    .permission = "secretsmanager:CreateSecret",
};

int secrets_manager_find(struct aws_client *client, const char *secret, bool *deleting,
                         struct error *err)
{
    json_t *input = json_pack("{s:s}", "SecretId", secret), *answer = NULL;
    struct error why = {0};
    int result = aws_json(client, &describe_secret, secret, input, &answer, &why);
    json_decref(input);
    if (result < 0 && error_is(&why, "ResourceNotFoundException"))
        return 0;
    if (result < 0) {
        if (err)
            *err = why;
        return -1;
    }
    *deleting = json_is_number(json_object_get(answer, "DeletedDate"));
    json_decref(answer);
    return 1;
}

int secrets_manager_create(struct aws_client *client, const struct new_secret *secret,
                           struct error *err)
{
    char token[RANDOM_UUID_SIZE];
    /* The same for all tries: a second one finds what the first one made. */
    json_t *more = json_pack("{s:s}", "ClientRequestToken", random_uuid(token));
    return new_secret_send(client, &create_secret, secret, "SecretString", more, err);
}
