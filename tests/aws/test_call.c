/* The JSON protocol, by way of the two operations that use it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/secrets_manager.h"
#include "aws/ssm.h"
#include "support/http_script.h"

#define NO_ANSWER "; perhaps no answer of AWS: a proxy or an endpoint may lead elsewhere"

/* One exchange: what is answered, and what was asked. */
struct server {
    int status; /* 0: no answer */
    const char *header;
    const char *body;
    char url[256], target[64], authorization[512], token[64], sent[256];
};

static void keep(char *to, size_t size, struct view v)
{
    snprintf(to, size, "%.*s", VIEW_ARG(v));
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct server *server = user;
    keep(server->url, sizeof(server->url), request->url);
    keep(server->sent, sizeof(server->sent), request->body);
    keep(server->target, sizeof(server->target),
         http_script_request_header(request, "x-amz-target"));
    keep(server->authorization, sizeof(server->authorization),
         http_script_request_header(request, "authorization"));
    keep(server->token, sizeof(server->token),
         http_script_request_header(request, "x-amz-security-token"));
    if (!server->status)
        return error_set_retry(err, ERROR_NET, 0, "127.0.0.1:1: connection refused");
    if (server->header)
        http_script_header(response, "x-amzn-errortype", server->header);
    return http_script_answer(response, server->status, server->body);
}

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return 1440938160000000;
}

static struct clock at_suite_time = {.now_us = now_us};

static int set_credentials(void **state)
{
    (void)state;
    unsetenv("AWS_ENDPOINT_URL");
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key", 1);
    setenv("AWS_SESSION_TOKEN", "the-token", 1);
    return 0;
}

typedef int get_text(struct aws_client *client, const char *name, struct buf *value,
                     struct error *err);

static int ask(struct server *server, get_text *get, const char *name, struct buf *value,
               struct error *err)
{
    struct aws_client client = {.http = http_script_new(serve, server),
                                .credentials = &aws_credentials_environment,
                                .clock = &at_suite_time,
                                .region = "eu-central-1",
                                .timeout_ms = 5000};
    int result = get(&client, name, value, err);
    http_client_free(client.http);
    return result;
}

static void test_secret(void **state)
{
    (void)state;
    cleanup_buf struct buf value = BUF_INIT(1000);
    struct error err = {0};
    struct server server = {.status = 200,
                            .body = "{\"ARN\":\"arn:x\",\"VersionStages\":[\"AWSCURRENT\"],"
                                    "\"SecretString\":\"pass\\\"w\\u00f6rd\",\"CreatedDate\":1.5}"};
    assert_int_equal(ask(&server, secrets_manager_get_value, "lorry/\"x\"", &value, &err), 0);
    assert_string_equal(buf_str(&value), "pass\"w\xc3\xb6rd");
    assert_string_equal(server.url, "https://secretsmanager.eu-central-1.amazonaws.com/");
    assert_string_equal(server.target, "secretsmanager.GetSecretValue");
    assert_string_equal(server.sent, "{\"SecretId\":\"lorry/\\\"x\\\"\"}");
    assert_string_equal(server.token, "the-token");
    assert_non_null(strstr(server.authorization,
                           "Credential=AKIDEXAMPLE/20150830/eu-central-1/secretsmanager/"
                           "aws4_request, SignedHeaders=content-type;host;x-amz-date;"
                           "x-amz-security-token;x-amz-target, Signature="));
}

static void test_parameter(void **state)
{
    (void)state;
    cleanup_buf struct buf value = BUF_INIT(1000);
    struct error err = {0};
    struct server server = {.status = 200,
                            .body = "{\"Parameter\":{\"Name\":\"n\",\"Value\":\"v\"}}"};
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566", 1);
    setenv("AWS_SESSION_TOKEN", "", 1);
    assert_int_equal(ask(&server, ssm_get_parameter, "/lorry/pw", &value, &err), 0);
    assert_string_equal(buf_str(&value), "v");
    assert_string_equal(server.url, "http://127.0.0.1:4566/");
    assert_string_equal(server.target, "AmazonSSM.GetParameter");
    assert_string_equal(server.sent, "{\"Name\":\"/lorry/pw\",\"WithDecryption\":true}");
    assert_string_equal(server.token, "");
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *header, *body, *message;
        bool retry;
    } cases[] = {
        {400, NULL,
         "{\"__type\":\"AccessDeniedException\",\"Message\":\"User: u is not authorized\"}",
         "Secrets Manager \"s\": AccessDeniedException (HTTP 400): User: u is not authorized; "
         "allow "
         "\"secretsmanager:GetSecretValue\" on it to whoever calls",
         false},
        {400, NULL,
         "{\"__type\":\"AccessDeniedException\",\"message\":\"Access to KMS is not allowed\"}",
         "Secrets Manager \"s\": AccessDeniedException (HTTP 400): Access to KMS is not allowed; "
         "allow \"kms:Decrypt\" on its key to whoever calls",
         false},
        {400, NULL, "{\"__type\":\"com.amazonaws.x#ResourceNotFoundException\",\"message\":\"no\"}",
         "Secrets Manager \"s\": ResourceNotFoundException (HTTP 400): no; is the name right, and "
         "is "
         "it in region \"eu-central-1\"?",
         false},
        /* What was signed holds the token: it stays out. */
        {400, NULL,
         "{\"__type\":\"InvalidSignatureException\",\"message\":\"It does not match.\\n\\nThe "
         "Canonical String is\\nx-amz-security-token:the-token\"}",
         "Secrets Manager \"s\": InvalidSignatureException (HTTP 400): It does not match; the AWS "
         "secret access key is not valid, or the clock is wrong",
         false},
        {400, "ThrottlingException:http://internal/", "{}",
         "Secrets Manager \"s\": ThrottlingException (HTTP 400)", true},
        {503, NULL, "<html>", "Secrets Manager \"s\": an error without a code (HTTP 503)" NO_ANSWER,
         true},
        {429, NULL, "", "Secrets Manager \"s\": an error without a code (HTTP 429)" NO_ANSWER,
         true},
        {403, NULL, "", "Secrets Manager \"s\": an error without a code (HTTP 403)" NO_ANSWER,
         false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_buf struct buf value = BUF_INIT(1000);
        struct error err = {0};
        struct server server = {
            .status = cases[i].status, .header = cases[i].header, .body = cases[i].body};
        assert_int_equal(ask(&server, secrets_manager_get_value, "s", &value, &err), -1);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.domain, ERROR_AWS);
        assert_int_equal(err.code, cases[i].status);
        assert_int_equal(err.retry, cases[i].retry);
        assert_int_equal(value.len, 0);
    }
}

static void test_answers_without_the_text(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "{}",
        "{\"SecretString\":null}",
        "{\"SecretString\":\"x\"",
        "{\"SecretBinary\":\"eA==\"}",
        "[]",
        "{\"Other\":{\"SecretString\":\"x\"}}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        cleanup_buf struct buf value = BUF_INIT(1000);
        struct error err = {0};
        struct server server = {.status = 200, .body = bodies[i]};
        assert_int_equal(ask(&server, secrets_manager_get_value, "s", &value, &err), -1);
        assert_non_null(strstr(err.message, "it has no text (SecretString)"));
        assert_int_equal(value.len, 0);
        assert_false(err.retry);
        assert_int_equal(ask(&server, ssm_get_parameter, "p", &value, &err), -1);
        assert_string_equal(err.message, "Parameter Store \"p\": the answer has no value");
    }
}

static void test_no_answer(void **state)
{
    (void)state;
    cleanup_buf struct buf value = BUF_INIT(1000);
    struct error err = {0};
    struct server server = {0};
    assert_int_equal(ask(&server, ssm_get_parameter, "p", &value, &err), -1);
    assert_string_equal(err.message, "Parameter Store \"p\": 127.0.0.1:1: connection refused");
    assert_int_equal(err.domain, ERROR_NET);
    assert_true(err.retry);
}

static void test_nothing_to_ask_with(void **state)
{
    (void)state;
    cleanup_buf struct buf value = BUF_INIT(1000);
    struct error err = {0};
    struct aws_client client = {.credentials = &aws_credentials_environment,
                                .clock = &at_suite_time};
    assert_int_equal(ssm_get_parameter(&client, "p", &value, &err), -1);
    assert_string_equal(err.message, "no AWS region: set AWS_REGION");
    unsetenv("AWS_ACCESS_KEY_ID");
    client.region = "eu-central-1";
    assert_int_equal(ssm_get_parameter(&client, "p", &value, &err), -1);
    assert_non_null(strstr(err.message, "no AWS credentials: AWS_ACCESS_KEY_ID is not set"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_secret, set_credentials),
        cmocka_unit_test_setup(test_parameter, set_credentials),
        cmocka_unit_test_setup(test_refusals, set_credentials),
        cmocka_unit_test_setup(test_answers_without_the_text, set_credentials),
        cmocka_unit_test_setup(test_no_answer, set_credentials),
        cmocka_unit_test_setup(test_nothing_to_ask_with, set_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
