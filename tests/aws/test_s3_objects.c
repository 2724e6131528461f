#include "unit.h"

#include "aws/s3.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static char bucket[] = "bucket", prefix[] = "aws/lambda/m 1/";
static const struct s3_location place = {bucket, prefix};

static struct aws_client client_of(struct http_script_course *course)
{
    return aws_script_client(http_script_play, course);
}

/* "key size modified" a line; says that it was enough after so many. */
struct taken {
    struct buf text;
    int enough;
    int result;
};

static int take(void *user, const struct s3_listed *object, struct error *err)
{
    struct taken *taken = user;
    buf_printf(&taken->text, "%s %lld %lld\n", object->key, (long long)object->size,
               (long long)object->modified_us);
    if (--taken->enough)
        return 0;
    return taken->result < 0 ? error_set(err, ERROR_INPUT, 0, "no more") : taken->result;
}

static int list(const struct http_script_step *steps, size_t count, struct taken *taken,
                struct error *err)
{
    struct http_script_course course = {steps, count};
    struct aws_client client = client_of(&course);
    taken->text = BUF_INIT(BUF_TEXT_CAP);
    int result = s3_list_objects(&client, &place, take, taken, err);
    http_client_free(client.http);
    assert_int_equal(course.next, count);
    return result;
}

#define FIRST "/?list-type=2&encoding-type=url&prefix=aws%2Flambda%2Fm%201%2F"
#define HEAD                                                                                       \
    "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
#define TAIL "</ListBucketResult>"
#define OBJECT(key, size)                                                                          \
    "<Contents><Key>" key "</Key><LastModified>2026-08-01T00:00:00.000Z</LastModified><Size>" size \
    "</Size></Contents>"
#define MODIFIED "1785542400000000"

static void test_list(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", FIRST, "", 200, NULL,
         HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken>a+b/=</"
              "NextContinuationToken>" OBJECT("aws/lambda/m+1/x%2By", "12")
                  OBJECT("b%C3%A4%01", "0") TAIL},
        {"GET", FIRST "&continuation-token=a%2Bb%2F%3D", "", 200, NULL,
         HEAD "<Contents><Key>c</Key></Contents>" TAIL},
    };
    struct taken taken = {0};
    struct error err = {0};
    if (list(steps, 2, &taken, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(buf_str(&taken.text), "aws/lambda/m 1/x+y 12 " MODIFIED "\n"
                                              "b\xc3\xa4\x01 0 " MODIFIED "\n"
                                              "c -1 -1\n");
    buf_release(&taken.text);
}

static void test_enough(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", FIRST, "", 200, NULL,
         HEAD "<NextContinuationToken>t</NextContinuationToken>" OBJECT("a", "1") OBJECT("b", "2")
             TAIL},
    };
    struct taken taken = {.enough = 1, .result = 1};
    struct error err = {0};
    assert_int_equal(list(steps, 1, &taken, &err), 0);
    assert_string_equal(buf_str(&taken.text), "a 1 " MODIFIED "\n");
    buf_release(&taken.text);
    taken = (struct taken){.enough = 2, .result = -1};
    assert_int_equal(list(steps, 1, &taken, &err), -1);
    assert_string_equal(err.message, "no more");
    buf_release(&taken.text);
}

static void test_strange_lists(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *message;
    } cases[] = {
        {"", "S3 \"s3://bucket/aws/lambda/m 1/\": the list is"},
        {"<html></html>", "the answer is no list of objects"},
        {HEAD "<Contents><Size>1</Size></Contents>" TAIL, "has an object without a key"},
        {HEAD OBJECT("a%00b", "1") TAIL, "has an object without a key"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct http_script_step step = {"GET", FIRST, "", 200, NULL, cases[i].answer};
        struct taken taken = {0};
        struct error err = {0};
        assert_int_equal(list(&step, 1, &taken, &err), -1);
        assert_non_null(strstr(err.message, cases[i].message));
        assert_int_equal(err.domain, ERROR_AWS);
        assert_int_equal(taken.text.len, 0);
    }
}

static void test_get(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", "/aws/lambda/m%201/", "", 200, NULL, "{\"a\":1}"},
        {"GET", NULL, "", 404, NULL, "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>"},
        {"GET", NULL, "", 403, NULL,
         "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"},
    };
    struct http_script_course course = {steps, 3};
    struct aws_client client = client_of(&course);
    cleanup_buf struct buf body = BUF_INIT(1);
    struct error err = {0};
    assert_int_equal(s3_get_object(&client, &place, BUF_TEXT_CAP, &body, &err), 0);
    assert_string_equal(buf_str(&body), "{\"a\":1}");
    assert_int_equal(s3_get_object(&client, &place, BUF_TEXT_CAP, &body, &err), -1);
    assert_true(error_is(&err, "NoSuchKey"));
    assert_int_equal(s3_get_object(&client, &place, BUF_TEXT_CAP, &body, &err), -1);
    assert_non_null(strstr(err.message, "allow \"s3:GetObject\" on it"));
    assert_string_equal(buf_str(&body), "{\"a\":1}");
    http_client_free(client.http);
}

static int serve_much(void *user, const struct http_request *request,
                      struct http_response *response, struct error *err)
{
    (void)request;
    (void)err;
    response->status = 200;
    for (size_t i = 0; i < *(size_t *)user; i++)
        buf_append_char(&response->body, 'x');
    return 0;
}

static void test_cap(void **state)
{
    (void)state;
    const size_t cap = 100000;
    size_t size = cap;
    struct aws_client client = client_of(NULL);
    http_client_free(client.http);
    client.http = http_script_new(serve_much, &size);
    cleanup_buf struct buf body = BUF_INIT(1);
    struct error err = {0};
    assert_int_equal(s3_get_object(&client, &place, cap, &body, &err), 0);
    assert_int_equal(body.len, cap);
    size++;
    assert_int_equal(s3_get_object(&client, &place, cap, &body, &err), -1);
    assert_int_equal(err.domain, ERROR_NET);
    assert_int_equal(body.len, cap);
    http_client_free(client.http);
}

static void test_delete(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"DELETE", "/aws/lambda/m%201/", "", 204, NULL, ""},
        {"DELETE", NULL, "", 403, NULL,
         "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"},
    };
    struct http_script_course course = {steps, 2};
    struct aws_client client = client_of(&course);
    struct error err = {0};
    assert_int_equal(s3_delete_object(&client, &place, &err), 0);
    assert_int_equal(s3_delete_object(&client, &place, &err), -1);
    assert_non_null(strstr(err.message, "allow \"s3:DeleteObject\" on it"));
    http_client_free(client.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_list, aws_script_environment),
        cmocka_unit_test_setup(test_enough, aws_script_environment),
        cmocka_unit_test_setup(test_strange_lists, aws_script_environment),
        cmocka_unit_test_setup(test_get, aws_script_environment),
        cmocka_unit_test_setup(test_cap, aws_script_environment),
        cmocka_unit_test_setup(test_delete, aws_script_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
