#include "aws/sts.h"

#include "aws/credentials_json.h"
#include "aws/query.h"
#include "base/memory.h"

static const struct aws_service service = {
    .name = "STS",
    .host = "sts",
    .signing_name = "sts",
    .variable = "STS",
    .protocol = &aws_protocol_query,
    .version = "2011-06-15",
};

static const struct aws_operation get_caller_identity = {
    .service = &service,
    .name = "GetCallerIdentity",
};

static const struct aws_operation assume_role = {
    .service = &service,
    .name = "AssumeRole",
    .permission = "sts:AssumeRole",
};

static const struct aws_operation assume_role_with_web_identity = {
    .service = &service,
    .name = "AssumeRoleWithWebIdentity",
    .permission = "sts:AssumeRoleWithWebIdentity",
    .anonymous = true,
};

void sts_identity_release(struct sts_identity *identity)
{
    free(identity->account);
    free(identity->arn);
    free(identity->user_id);
    *identity = (struct sts_identity){0};
}

/* A text of an answer that has to be there. */
static int take_text(const struct xml *answer, const char *subject, const char *path, char **text,
                     struct error *err)
{
    struct view found = xml_text(answer->root, path);
    if (!found.len)
        return error_set(err, ERROR_AWS, 200, "STS \"%s\": the answer has no \"%s\"", subject,
                         path);
    *text = xstrndup(found.ptr, found.len);
    return 0;
}

int sts_get_caller_identity(struct aws_client *client, struct sts_identity *identity,
                            struct error *err)
{
    static const char subject[] = "caller";
    cleanup_aws_query struct aws_query query = {0};
    cleanup_xml struct xml answer = {0};
    cleanup_sts_identity struct sts_identity read = {0};
    aws_query_init(&query, &get_caller_identity);
    if (aws_query_call(client, &query, subject, &answer, err) < 0 ||
        take_text(&answer, subject, "Account", &read.account, err) < 0 ||
        take_text(&answer, subject, "Arn", &read.arn, err) < 0 ||
        take_text(&answer, subject, "UserId", &read.user_id, err) < 0)
        return -1;
    *identity = (struct sts_identity){steal(&read.account), steal(&read.arn), steal(&read.user_id)};
    return 0;
}

int sts_get_time(struct aws_client *client, int64_t *time_us, struct error *err)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    if (aws_endpoint(&service, client->region, &client->endpoints, &url, NULL, err) < 0)
        return -1;
    struct http_exchange x = {
        .request = {
            .method = "GET",
            .url = buf_view(&url),
            .deadline_ms = clock_system.steady_ms(&clock_system) + client->timeout_ms,
            .response_cap = AWS_QUERY_ANSWER_CAP,
        }};
    if (http_send(client->http, &x, err) < 0)
        return -1;
    bool told = http_date_us(&x.response, time_us);
    http_release(&x);
    return told ? 0 : error_set(err, ERROR_AWS, 200, "STS does not tell the time");
}

static int take_session(const struct xml *answer, const char *arn, struct sts_session *session,
                        struct error *err)
{
    cleanup_aws_credentials struct aws_credentials keys = {0};
    cleanup_free char *expiration = NULL;
    int64_t expires_us;
    if (take_text(answer, arn, "Credentials/AccessKeyId", &keys.access_key_id, err) < 0 ||
        take_text(answer, arn, "Credentials/SecretAccessKey", &keys.secret_access_key, err) < 0 ||
        take_text(answer, arn, "Credentials/SessionToken", &keys.session_token, err) < 0 ||
        take_text(answer, arn, "Credentials/Expiration", &expiration, err) < 0)
        return -1;
    if (!clock_parse_us(expiration, &expires_us))
        return error_set(err, ERROR_AWS, 200, "STS \"%s\": \"Expiration\" is no time", arn);
    *session = (struct sts_session){
        .keys = {steal(&keys.access_key_id), steal(&keys.secret_access_key),
                 steal(&keys.session_token)},
        .expires_us = expires_us,
    };
    return 0;
}

static void put_role(struct aws_query *query, const struct sts_role *role)
{
    aws_query_put_text(query, "RoleArn", role->arn);
    aws_query_put_text(query, "RoleSessionName", role->session_name);
    if (role->duration_s) {
        cleanup_buf struct buf seconds = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&seconds, "%d", role->duration_s);
        aws_query_put_text(query, "DurationSeconds", buf_str(&seconds));
    }
}

static int call_for_session(struct aws_client *client, const struct aws_query *query,
                            const char *arn, struct sts_session *session, struct error *err)
{
    cleanup_xml struct xml answer = {0};
    if (aws_query_call(client, query, arn, &answer, err) < 0)
        return -1;
    return take_session(&answer, arn, session, err);
}

int sts_assume_role(struct aws_client *client, const struct sts_role *role,
                    struct sts_session *session, struct error *err)
{
    cleanup_aws_query struct aws_query query = {0};
    aws_query_init(&query, &assume_role);
    put_role(&query, role);
    aws_query_put_text(&query, "ExternalId", role->external_id);
    aws_query_put_text(&query, "SerialNumber", role->serial_number);
    aws_query_put_text(&query, "TokenCode", role->token_code);
    return call_for_session(client, &query, role->arn, session, err);
}

int sts_assume_role_with_web_identity(struct aws_client *client, const struct sts_role *role,
                                      struct view token, struct sts_session *session,
                                      struct error *err)
{
    cleanup_aws_query struct aws_query query = {0};
    aws_query_init(&query, &assume_role_with_web_identity);
    put_role(&query, role);
    aws_query_put(&query, token, "WebIdentityToken");
    return call_for_session(client, &query, role->arn, session, err);
}
