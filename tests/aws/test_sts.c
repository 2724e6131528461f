#include "unit.h"

#include <stdio.h>

#include "aws/sts.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define ROLE "arn:aws:iam::123456789012:role/r"
#define CREDENTIALS(expiration)                                                                    \
    "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s/+</SecretAccessKey>"           \
    "<SessionToken>t==</SessionToken>" expiration "</Credentials>"
#define EXPIRATION "<Expiration>2026-01-31T12:00:00Z</Expiration>"
#define EXPIRES_US 1769860800000000

/* One exchange: what is answered, and what was asked. */
struct server {
    int status;
    const char *body;
    char url[128], sent[512], authorization[256];
};

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)err;
    struct server *server = user;
    struct view authorization = http_script_request_header(request, "authorization");
    snprintf(server->url, sizeof(server->url), "%.*s", VIEW_ARG(request->url));
    snprintf(server->sent, sizeof(server->sent), "%.*s", VIEW_ARG(request->body));
    snprintf(server->authorization, sizeof(server->authorization), "%.*s", VIEW_ARG(authorization));
    assert_string_equal(request->method, "POST");
    assert_true(view_equal(http_script_request_header(request, "content-type"),
                           VIEW("application/x-www-form-urlencoded; charset=utf-8")));
    return http_script_answer(response, server->status, server->body);
}

static struct aws_client client_of(struct server *server)
{
    return aws_script_client(serve, server);
}

static void test_identity(void **state)
{
    (void)state;
    struct server server = {
        200, "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
             "<GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>AIDA</UserId>"
             "<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"};
    struct aws_client client = client_of(&server);
    cleanup_sts_identity struct sts_identity identity = {0};
    struct error err = {0};
    assert_int_equal(sts_get_caller_identity(&client, &identity, &err), 0);
    assert_string_equal(identity.account, "1");
    assert_string_equal(identity.arn, "arn:aws:iam::1:user/u");
    assert_string_equal(identity.user_id, "AIDA");
    assert_string_equal(server.url, "https://sts.eu-central-1.amazonaws.com/");
    assert_string_equal(server.sent, "Action=GetCallerIdentity&Version=2011-06-15");
    assert_non_null(strstr(server.authorization, "/eu-central-1/sts/aws4_request"));
    http_client_free(client.http);
}

static void test_assume_role(void **state)
{
    (void)state;
    struct server server = {200, "<AssumeRoleResponse><AssumeRoleResult>" CREDENTIALS(
                                     EXPIRATION) "</AssumeRoleResult></AssumeRoleResponse>"};
    struct aws_client client = client_of(&server);
    struct sts_session session = {0};
    struct error err = {0};
    const struct sts_role role = {ROLE, "me", "ex", "arn:mfa", "123456", 900};
    assert_int_equal(sts_assume_role(&client, &role, &session, &err), 0);
    assert_string_equal(session.keys.access_key_id, "ASIA");
    assert_string_equal(session.keys.secret_access_key, "s/+");
    assert_string_equal(session.keys.session_token, "t==");
    assert_int_equal(session.expires_us, EXPIRES_US);
    aws_credentials_release(&session.keys);
    assert_string_equal(
        server.sent, "Action=AssumeRole&Version=2011-06-15"
                     "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=me"
                     "&DurationSeconds=900&ExternalId=ex&SerialNumber=arn%3Amfa&TokenCode=123456");
    const struct sts_role plain = {.arn = ROLE, .session_name = "me"};
    assert_int_equal(sts_assume_role(&client, &plain, &session, &err), 0);
    aws_credentials_release(&session.keys);
    assert_null(strstr(server.sent, "Duration"));
    assert_null(strstr(server.sent, "ExternalId"));
    http_client_free(client.http);
}

/* Neither keys nor their provider are needed. */
static void test_web_identity(void **state)
{
    (void)state;
    struct server server = {
        200, "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>" CREDENTIALS(
                 EXPIRATION) "</AssumeRoleWithWebIdentityResult>"
                             "</AssumeRoleWithWebIdentityResponse>"};
    struct aws_client client = client_of(&server);
    struct sts_session session = {0};
    struct error err = {0};
    const struct sts_role role = {.arn = ROLE, .session_name = "me", .external_id = "not sent"};
    client.credentials = NULL;
    assert_int_equal(
        sts_assume_role_with_web_identity(&client, &role, VIEW("ey.J"), &session, &err), 0);
    assert_string_equal(session.keys.access_key_id, "ASIA");
    assert_int_equal(session.expires_us, EXPIRES_US);
    aws_credentials_release(&session.keys);
    assert_string_equal(server.authorization, "");
    assert_string_equal(server.sent,
                        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
                        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=me"
                        "&WebIdentityToken=ey.J");
    server.status = 400;
    server.body = "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>Token expired"
                  "</Message></Error></ErrorResponse>";
    assert_int_equal(
        sts_assume_role_with_web_identity(&client, &role, VIEW("ey.J"), &session, &err), -1);
    assert_string_equal(err.name, "ExpiredTokenException");
    client.region = NULL;
    assert_int_equal(
        sts_assume_role_with_web_identity(&client, &role, VIEW("ey.J"), &session, &err), -1);
    assert_string_equal(err.message, "no AWS region: set AWS_REGION");
    http_client_free(client.http);
}

static void test_answers_that_lack_something(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } cases[] = {
        {"<AssumeRoleResponse/>", "the answer has no \"Credentials/AccessKeyId\""},
        {"<AssumeRoleResponse><AssumeRoleResult>" CREDENTIALS(
             "") "</AssumeRoleResult></AssumeRoleResponse>",
         "the answer has no \"Credentials/Expiration\""},
        {"<AssumeRoleResponse><AssumeRoleResult>" CREDENTIALS(
             "<Expiration>soon</Expiration>") "</AssumeRoleResult></AssumeRoleResponse>",
         "\"Expiration\" is no time"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server server = {200, cases[i].body};
        struct aws_client client = client_of(&server);
        struct sts_session session = {0};
        struct error err = {0};
        const struct sts_role role = {.arn = ROLE, .session_name = "me"};
        assert_int_equal(sts_assume_role(&client, &role, &session, &err), -1);
        assert_non_null(strstr(err.message, cases[i].message));
        assert_null(session.keys.access_key_id);
        assert_null(strstr(err.message, "s/+"));
        http_client_free(client.http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_identity, aws_script_environment),
        cmocka_unit_test_setup(test_assume_role, aws_script_environment),
        cmocka_unit_test_setup(test_web_identity, aws_script_environment),
        cmocka_unit_test_setup(test_answers_that_lack_something, aws_script_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
