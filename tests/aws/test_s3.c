#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/call.h"
#include "aws/s3.h"
#include "support/aws_script.h"
#include "support/http_script.h"

/* One exchange: what is answered, and what was asked. */
struct server {
    int status;
    const char *header, *body;
    struct buf asked; /* method, URL, chosen headers, body */
};

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    static const char *const names[] = {"content-type", "if-none-match", "x-amz-checksum-mode",
                                        "x-amz-content-sha256", "x-amz-checksum-sha256"};
    (void)err;
    struct server *server = user;
    server->asked = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&server->asked, "%s %.*s\n", request->method, VIEW_ARG(request->url));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct view value = http_script_request_header(request, names[i]);
        if (value.len)
            buf_printf(&server->asked, "%s: %.*s\n", names[i], VIEW_ARG(value));
    }
    buf_append_view(&server->asked, request->body);
    if (server->header)
        buf_append_str(&response->header, server->header);
    if (server->body)
        return http_script_answer(response, server->status, server->body);
    response->status = server->status;
    return 0;
}

static struct aws_client client_of(struct server *server)
{
    return aws_script_client(serve, server);
}

static char bucket[] = "bucket", key[] = "a b/\xc3\xa4+c.zip";
static const struct s3_location place = {bucket, key};

static int head(struct server *server, struct s3_object *object, struct error *err)
{
    struct aws_client client = client_of(server);
    int result = s3_head_object(&client, &place, object, err);
    http_client_free(client.http);
    return result;
}

static int put(struct server *server, bool only_new, struct error *err)
{
    struct aws_client client = client_of(server);
    const struct s3_upload upload = {.body = VIEW("x"),
                                     .content_type = "application/zip",
                                     .sha256 = "sum",
                                     .only_new = only_new};
    int result = s3_put_object(&client, &place, &upload, err);
    http_client_free(client.http);
    return result;
}

#define NOTHING_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define X_SHA256 "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define SUM "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE="

static void test_head(void **state)
{
    (void)state;
    struct server server = {200, "content-length: 3382110\nx-amz-checksum-sha256: " SUM "\n"};
    struct s3_object object;
    struct error err = {0};
    assert_int_equal(head(&server, &object, &err), 0);
    assert_int_equal(object.size, 3382110);
    assert_string_equal(object.sha256, SUM);
    assert_string_equal(buf_str(&server.asked),
                        "HEAD https://bucket.s3.eu-central-1.amazonaws.com/a%20b/%C3%A4%2Bc.zip\n"
                        "x-amz-checksum-mode: ENABLED\n"
                        "x-amz-content-sha256: " NOTHING_SHA256 "\n");
    buf_release(&server.asked);
}

static void test_sums_that_tell_nothing(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "content-length: 0\n",
        "content-length: 0\nx-amz-checksum-sha256: " SUM "-2\n",
        "content-length: 0\nx-amz-checksum-sha256: short\n",
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct server server = {200, headers[i]};
        struct s3_object object = {.size = -1};
        assert_int_equal(head(&server, &object, NULL), 0);
        assert_int_equal(object.size, 0);
        assert_string_equal(object.sha256, "");
        buf_release(&server.asked);
    }
}

static void test_put(void **state)
{
    (void)state;
    struct server server = {200, "etag: \"x\"\n"};
    struct error err = {0};
    assert_int_equal(put(&server, true, &err), 0);
    assert_string_equal(buf_str(&server.asked),
                        "PUT https://bucket.s3.eu-central-1.amazonaws.com/a%20b/%C3%A4%2Bc.zip\n"
                        "content-type: application/zip\nif-none-match: *\n"
                        "x-amz-content-sha256: " X_SHA256 "\nx-amz-checksum-sha256: sum\nx");
    buf_release(&server.asked);
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000/below/", 1);
    assert_int_equal(put(&server, false, &err), 0);
    assert_string_equal(buf_str(&server.asked),
                        "PUT http://127.0.0.1:9000/below/bucket/a%20b/%C3%A4%2Bc.zip\n"
                        "content-type: application/zip\n"
                        "x-amz-content-sha256: " X_SHA256 "\nx-amz-checksum-sha256: sum\nx");
    buf_release(&server.asked);
}

/* Refusals of HEAD have no body. */
static void test_refused_heads(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *header, *name, *message;
    } cases[] = {
        {404, "x-amz-request-id: r\n", "NotFound", "NotFound (HTTP 404, request r)"},
        {403, NULL, "Forbidden",
         "Forbidden (HTTP 403); allow \"s3:GetObject\" on it to whoever calls, if credentials and "
         "clock are right"},
        {403, "x-amz-bucket-region: eu-central-1\n", "Forbidden",
         "Forbidden (HTTP 403); allow \"s3:GetObject\" on it to whoever calls, if credentials and "
         "clock are right"},
        {400, NULL, "BadRequest", "BadRequest (HTTP 400); the AWS credentials may have expired"},
        {400, "x-amz-bucket-region: us-west-2\n", "BadRequest",
         "BadRequest (HTTP 400); it is in region \"us-west-2\": use that one"},
        {301, "x-amz-bucket-region: eu-west-1\n", "PermanentRedirect",
         "PermanentRedirect (HTTP 301); it is in region \"eu-west-1\": use that one"},
        {301, "x-amz-bucket-region: evil\x1b[1m\n", "PermanentRedirect",
         "PermanentRedirect (HTTP 301)"},
        {503, NULL, "",
         "an error without a code (HTTP 503); perhaps no answer of AWS: a proxy or an endpoint may "
         "lead elsewhere"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server server = {cases[i].status, cases[i].header};
        struct s3_object object = {.size = -7};
        struct error err = {0};
        char message[256];
        snprintf(message, sizeof(message), "S3 \"s3://bucket/%s\": %s", key, cases[i].message);
        assert_int_equal(head(&server, &object, &err), -1);
        assert_string_equal(err.message, message);
        assert_string_equal(err.name, cases[i].name);
        assert_int_equal(err.retry, cases[i].status == 503);
        assert_int_equal(object.size, -7);
        buf_release(&server.asked);
    }
}

static void test_refused_puts(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *message;
        bool retry;
    } cases[] = {
        {404,
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchBucket</Code><Message>The "
         "specified bucket does not exist</Message><BucketName>bucket</BucketName><RequestId>r"
         "</RequestId><HostId>h</HostId></Error>",
         "NoSuchBucket (HTTP 404, request r): The specified bucket does not exist; create it "
         "first, or name another one",
         false},
        {403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
         "AccessDenied (HTTP 403): Access Denied; allow \"s3:PutObject\" on it to whoever calls",
         false},
        {301,
         "<Error><Code>PermanentRedirect</Code><Message>m</Message><Endpoint>e</Endpoint></Error>",
         "PermanentRedirect (HTTP 301): m", false},
        {400,
         "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-3"
         "</Region></Error>",
         "AuthorizationHeaderMalformed (HTTP 400): m; it is in region \"eu-west-3\": use that one",
         false},
        {503, "<Error><Code>SlowDown</Code><Message>m</Message></Error>", "SlowDown (HTTP 503): m",
         true},
        {409, "<Error><Code>ConditionalRequestConflict</Code><Message>m</Message></Error>",
         "ConditionalRequestConflict (HTTP 409): m", true},
        {403, "<html><body>blocked</body></html>",
         "an error without a code (HTTP 403); perhaps no answer of AWS: a proxy or an endpoint may "
         "lead elsewhere",
         false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server server = {cases[i].status, NULL, cases[i].body};
        struct error err = {0};
        char message[256];
        snprintf(message, sizeof(message), "S3 \"s3://bucket/%s\": %s", key, cases[i].message);
        assert_int_equal(put(&server, true, &err), -1);
        assert_string_equal(err.message, message);
        assert_int_equal(err.retry, cases[i].retry);
        buf_release(&server.asked);
    }
}

static void test_locations(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bucket, *key;
    } cases[] = {
        {"s3://my-bucket", "my-bucket", ""},
        {"s3://my-bucket/", "my-bucket", ""},
        {"s3://My_old.bucket/a/b/", "My_old.bucket", "a/b/"},
        {"s3://abc//x%20y?z#", "abc", "/x%20y?z#"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_s3_location struct s3_location location = {0};
        assert_int_equal(s3_location_parse(cases[i].text, &location, NULL), 0);
        assert_string_equal(location.bucket, cases[i].bucket);
        assert_string_equal(location.key, cases[i].key);
    }
}

static void test_wrong_locations(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"", "is not of the form"},
        {"bucket/key", "is not of the form"},
        {"S3://bucket/key", "is not of the form"},
        {"https://bucket.s3.amazonaws.com/", "is not of the form"},
        {"s3://", "\"\" is no name of a bucket"},
        {"s3://ab/key", "\"ab\" is no name of a bucket"},
        {"s3://a@evil.example/x", "is no name of a bucket"},
        {"s3://buck et/x", "is no name of a bucket"},
        {"s3://../x", "is no name of a bucket"},
        {"s3://.../x", "is no name of a bucket"},
        {"s3://arn:aws:s3:eu-central-1:1:accesspoint/x", "is no name of a bucket"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s3_location location = {0};
        struct error err = {0};
        assert_int_equal(s3_location_parse(cases[i].text, &location, &err), -1);
        assert_int_equal(err.domain, ERROR_SETTING);
        assert_non_null(strstr(err.message, cases[i].reason));
        assert_null(location.bucket);
    }
    struct s3_location location = {0};
    struct error err = {0};
    char text[S3_KEY_MAX + 10] = "s3://abc/";
    memset(text + 9, 'k', S3_KEY_MAX);
    assert_int_equal(s3_location_parse(text, &location, &err), 0);
    s3_location_release(&location);
    char longer[S3_KEY_MAX + 11] = "s3://abc/";
    memset(longer + 9, 'k', S3_KEY_MAX + 1);
    assert_int_equal(s3_location_parse(longer, &location, &err), -1);
    assert_non_null(strstr(err.message, "at most 1024 bytes"));
}

/* As S3 itself names it, and as an emulator that knows buckets by the path only. */
static void test_url(void **state)
{
    (void)state;
    struct aws_client client = {.region = "eu-central-1"};
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    assert_int_equal(s3_object_url(&client, &place, &url, &err), 0);
    assert_string_equal(buf_str(&url), "https://bucket.s3.eu-central-1.amazonaws.com/"
                                       "a%20b/%C3%A4%2Bc.zip");
    buf_clear(&url);
    client.endpoints.option = "http://127.0.0.1:4566";
    assert_int_equal(s3_object_url(&client, &place, &url, &err), 0);
    assert_string_equal(buf_str(&url), "http://127.0.0.1:4566/bucket/a%20b/%C3%A4%2Bc.zip");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_head, aws_script_environment),
        cmocka_unit_test_setup(test_sums_that_tell_nothing, aws_script_environment),
        cmocka_unit_test_setup(test_put, aws_script_environment),
        cmocka_unit_test_setup(test_refused_heads, aws_script_environment),
        cmocka_unit_test_setup(test_refused_puts, aws_script_environment),
        cmocka_unit_test_setup(test_url, aws_script_environment),
        cmocka_unit_test(test_locations),
        cmocka_unit_test(test_wrong_locations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
