/* What is shown of HTTP, and above all what is not. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/http_debug.h"
#include "net/http_redact.h"
#include "support/http_script.h"

static void assert_url(const char *url, const char *want)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    http_redact_url(view_str(url), &out);
    assert_string_equal(buf_str(&out), want);
}

static void test_urls(void **state)
{
    (void)state;
    assert_url("https://h:1/a/b?x=1&y", "https://h:1/a/b?x=1&y");
    assert_url("https://u:s3cret@h/p@q", "https://***@h/p@q");
    assert_url("https://h/blob?sv=2&sig=s3cret%2F&se=3", "https://h/blob?sv=2&sig=***&se=3");
    assert_url("https://h?X-Amz-Signature=ab&X-Amz-Date=1&X-Amz-Security-Token=t",
               "https://h?X-Amz-Signature=***&X-Amz-Date=1&X-Amz-Security-Token=***");
    assert_url("https://h/?%74oken=s3cret&a=b", "https://h/?%74oken=***&a=b");
    assert_url("", "");
}

static void assert_header(const char *name, const char *value, const char *want)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    http_redact_header(view_str(name), view_str(value), &out);
    assert_string_equal(buf_str(&out), want);
}

static void test_headers(void **state)
{
    (void)state;
    assert_header("Authorization", "Basic dTpw", "Basic ***");
    assert_header("authorization", "s3cret", "***");
    assert_header("Authorization",
                  "AWS4-HMAC-SHA256 Credential=AKID/20150830/eu-central-1/ecr/aws4_request, "
                  "SignedHeaders=host, Signature=abc",
                  "AWS4-HMAC-SHA256 Credential=AKID/20150830/eu-central-1/ecr/aws4_request, "
                  "SignedHeaders=host, Signature=***");
    assert_header("X-Amz-Security-Token", "s3cret", "***");
    assert_header("x-amz-sso_bearer_token", "s3cret", "***");
    assert_header("X-aws-ec2-metadata-token", "s3cret", "***");
    assert_header("X-aws-ec2-metadata-token-ttl-seconds", "60", "60");
    assert_header("Set-Cookie", "s3cret", "***");
    assert_header("Location", "https://blobs/x?signature=s3cret", "https://blobs/x?signature=***");
    assert_header("Content-Type", "text/plain", "text/plain");
}

static void assert_body(const char *type, const char *body, const char *want)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    http_redact_body(view_str(type), view_str(body), &out);
    assert_string_equal(buf_str(&out), want);
}

static void test_bodies(void **state)
{
    (void)state;
    assert_body("application/x-amz-json-1.1", "{\"SecretId\":\"a\",\"SecretString\":\"s3cret\"}",
                "{\"SecretId\":\"a\",\"SecretString\":\"***\"}");
    assert_body("application/json",
                "{\"authorizationData\":[{\"proxyEndpoint\":\"p\"}],\"Parameter\":"
                "{\"Name\":\"n\",\"Value\":\"s3cret\"}}",
                "{\"authorizationData\":\"***\",\"Parameter\":{\"Name\":\"n\",\"Value\":\"***\"}}");
    assert_body("application/json", "{\"stmt\":\"INSERT\",\"bulk_args\":[[1]]}",
                "{\"stmt\":\"INSERT\",\"bulk_args\":\"***\"}");
    assert_body("application/json", "[{\"Token\\u0000x\":1}]", "(20 bytes)");
    assert_body("application/json", "{\"password\":\"s3cret\"", "(20 bytes)");
    assert_body(
        "text/xml; charset=utf-8",
        "<?xml version=\"1.0\"?><R><AccessKeyId>A</AccessKeyId><SecretAccessKey>"
        "s3cret</SecretAccessKey><SessionToken a=\"b\">s3<b>cret</b></SessionToken><x/></R>",
        "<?xml version=\"1.0\"?><R><AccessKeyId>***</AccessKeyId><SecretAccessKey>"
        "***</SecretAccessKey><SessionToken a=\"b\">***</SessionToken><x/></R>");
    assert_body("application/json",
                "{\"roleCredentials\":{\"accessKeyId\":\"s3cret\",\"secretAccessKey\":\"s3cret\","
                "\"sessionToken\":\"s3cret\",\"expiration\":1}}",
                "{\"roleCredentials\":\"***\"}");
    assert_body("application/json", "{\"AccessKeyId\":\"s3cret\",\"Expiration\":\"soon\"}",
                "{\"AccessKeyId\":\"***\",\"Expiration\":\"soon\"}");
    assert_body("text/xml", "<SecretAccessKey>s3cret", "<SecretAccessKey>***");
    assert_body("text/xml", "<a", "(2 bytes)");
    assert_body("application/x-www-form-urlencoded", "Action=A&WebIdentityToken=s3cret&x=1",
                "Action=A&WebIdentityToken=***&x=1");
    assert_body("application/x-www-form-urlencoded", "SerialNumber=arn&TokenCode=s3cret",
                "SerialNumber=arn&TokenCode=***");
    assert_body("application/x-www-form-urlencoded",
                "Parameters.member.1.ParameterKey=SinkPassword&Parameters.member.1.ParameterValue="
                "s3cret&Tags.member.1.Key=k",
                "Parameters.member.1.ParameterKey=SinkPassword&Parameters.member.1.ParameterValue="
                "***&Tags.member.1.Key=k");
    assert_body("application/json",
                "{\"Code\":{\"Location\":\"https://b/k?X-Amz-Security-Token=s3cret&a=1\"},"
                "\"Variables\":{\"SINK_SQLALCHEMY_URL\":\"crate://u:s3cret@h:4200/?ssl=true\","
                "\"text\":\"see https://h/?token=x\"},\"list\":[\"https://u:s3cret@h/\"]}",
                "{\"Code\":{\"Location\":\"https://b/k?X-Amz-Security-Token=***&a=1\"},"
                "\"Variables\":{\"SINK_SQLALCHEMY_URL\":\"crate://***@h:4200/?ssl=true\","
                "\"text\":\"see https://h/?token=x\"},\"list\":[\"https://***@h/\"]}");
    assert_body("application/octet-stream", "s3cret", "(6 bytes)");
    assert_body("", "s3cret", "(6 bytes)");
}

static void test_long_body(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP), body = BUF_INIT(BUF_TEXT_CAP);
    buf_append_char(&body, '"');
    for (int i = 0; i < 5000; i++)
        buf_append_char(&body, 'x');
    buf_append_char(&body, '"');
    http_redact_body(VIEW("application/json"), buf_view(&body), &out);
    assert_non_null(strstr(buf_str(&out), "... (5002 bytes)"));
    assert_true(out.len < 4200);
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)user;
    if (request->method[0] == 'G')
        return error_set_retry(err, ERROR_NET, 0, "h:1: connection refused");
    http_script_header(response, "content-type", "application/json");
    return http_script_answer(response, 200, "{\"password\":\"s3cret\",\"a\":\"\\u001b[1m\"}");
}

static void test_client(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct http_client *client = http_debug_new(http_script_new(serve, NULL), out);
    struct http_exchange x[2] = {
        {.request = {.method = "POST",
                     .url = VIEW("https://h/p"),
                     .body = VIEW("password=s3cret"),
                     .response_cap = 1000}},
        {.request = {.method = "GET", .url = VIEW("https://h/q"), .response_cap = 1000}},
    };
    http_add_header(&x[0].request, VIEW("Content-Type"), VIEW("application/x-www-form-urlencoded"));
    http_perform(client, x, 2);
    assert_int_equal(x[0].response.status, 200);
    assert_true(x[1].failed);
    http_release(&x[0]);
    http_release(&x[1]);
    http_client_free(client);
    fclose(out);
    assert_non_null(strstr(text, "> POST https://h/p\n> Content-Type: application/x-www-form-"
                                 "urlencoded\n> password=***\n> GET https://h/q\n< 200 after "));
    assert_non_null(
        strstr(text, "< {\"password\":\"***\",\"a\":\"\\u001B[1m\"}\n< no answer after "));
    assert_non_null(strstr(text, ": h:1: connection refused\n"));
    assert_null(strstr(text, "s3cret"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),   cmocka_unit_test(test_headers),
        cmocka_unit_test(test_bodies), cmocka_unit_test(test_long_body),
        cmocka_unit_test(test_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
