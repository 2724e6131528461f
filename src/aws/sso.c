#include "aws/sso.h"

#include <jansson.h>

#include "aws/call.h"
#include "base/memory.h"
#include "net/url.h"

#define ANSWER_CAP 65536

static const struct aws_service service = {
    .name = "IAM Identity Center",
    .host = "portal.sso",
    .signing_name = "awsssoportal",
    .variable = "SSO",
    .protocol = &aws_protocol_rest_json,
};

static const struct aws_operation get_role_credentials = {
    .service = &service,
    .name = "GetRoleCredentials",
    .method = "GET",
    .anonymous = true,
};

int sso_read_role_credentials(struct view json, struct aws_credentials *keys, int64_t *expires_us,
                              struct error *err)
{
    const char *id, *secret, *token;
    json_int_t expiration_ms;
    json_t *answer = json_loadb(json.ptr, json.len, 0, NULL);
    int result = json_unpack(answer, "{s:{s:s, s:s, s:s, s:I}}", "roleCredentials", "accessKeyId",
                             &id, "secretAccessKey", &secret, "sessionToken", &token, "expiration",
                             &expiration_ms);
    if (result < 0 || expiration_ms < 0 || expiration_ms > INT64_MAX / 1000) {
        result = error_set(err, ERROR_AWS, 200, "the answer has no credentials of a role");
    } else {
        *keys = (struct aws_credentials){xstrdup(id), xstrdup(secret), xstrdup(token)};
        *expires_us = expiration_ms * 1000;
    }
    json_decref(answer);
    return result;
}

int sso_get_role_credentials(struct aws_client *client, const struct sso_role *role,
                             struct view access_token, struct aws_credentials *keys,
                             int64_t *expires_us, struct error *err)
{
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP);
    struct http_response answer = {0};
    buf_append_str(&target, "federation/credentials?role_name=");
    url_encode(view_str(role->name), "", &target);
    buf_append_str(&target, "&account_id=");
    url_encode(view_str(role->account_id), "", &target);
    const struct aws_call call = {
        .operation = &get_role_credentials,
        .subject = role->name,
        .target = buf_view(&target),
        .headers = {{VIEW("x-amz-sso_bearer_token"), access_token}},
        .header_count = 1,
        .response_cap = ANSWER_CAP,
    };
    if (aws_call(client, &call, &answer, err) < 0)
        return -1;
    int result = sso_read_role_credentials(buf_view(&answer.body), keys, expires_us, err);
    buf_wipe(&answer.body);
    http_response_release(&answer);
    return result < 0 ? error_prefix(err, "%s \"%s\"", service.name, role->name) : 0;
}
