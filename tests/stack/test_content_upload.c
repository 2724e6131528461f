#include "unit.h"

#include <stdio.h>

#include "stack/content_upload.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define HEX "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" /* of "x" */
#define SUM "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE="
#define OTHER_SUM "OTHERQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE"
#define NAME "lorry-processor-" HEX ".zip"
#define REFUSAL(code) "<Error><Code>" code "</Code><Message>m</Message></Error>"

static char bucket[] = "bucket";

static int upload_to(char *folder, struct http_script_course *course,
                     struct content_uploaded *uploaded, struct error *err)
{
    const struct s3_location place = {bucket, folder};
    struct aws_client client = aws_script_client(http_script_play, course);
    const struct content_upload upload = {
        .place = &place, .kind = &content_zip, .bytes = VIEW("x")};
    int result = content_upload(&client, &upload, uploaded, err);
    assert_int_equal(course->next, course->count);
    http_client_free(client.http);
    return result;
}

/* HEAD, and PUT if `put` has a status. */
static int upload(const struct http_script_step *head, const struct http_script_step *put,
                  struct content_uploaded *uploaded, struct error *err)
{
    struct http_script_step steps[] = {*head, *put};
    struct http_script_course course = {steps, put->status ? 2 : 1, 0};
    steps[0].method = "HEAD";
    steps[1].method = "PUT";
    steps[1].body = "x";
    steps[0].target = steps[1].target = "/folder/" NAME;
    char folder[] = "folder/";
    return upload_to(folder, &course, uploaded, err);
}

static void test_sent_or_not(void **state)
{
    (void)state;
    static const struct {
        struct http_script_step head, put;
        bool sent;
    } cases[] = {
        {{.status = 404, .answer = ""}, {.status = 200, .answer = ""}, true},
        {{.status = 200, .header = "x-amz-checksum-sha256: " SUM "\n", .answer = "1"}, {0}, false},
        {{.status = 200, .answer = "1"}, {0}, false},
        /* Only HEAD is forbidden, or its reason is not known: PUT tells. */
        {{.status = 403, .answer = ""}, {.status = 200, .answer = ""}, true},
        {{.status = 403, .answer = ""},
         {.status = 412, .answer = REFUSAL("PreconditionFailed")},
         false},
        {{.status = 400, .answer = ""}, {.status = 200, .answer = ""}, true},
        /* Somebody else was faster. */
        {{.status = 404, .answer = ""},
         {.status = 412, .answer = REFUSAL("PreconditionFailed")},
         false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_content_uploaded struct content_uploaded uploaded = {0};
        struct error err = {0};
        assert_int_equal(upload(&cases[i].head, &cases[i].put, &uploaded, &err), 0);
        assert_string_equal(uploaded.location.bucket, "bucket");
        assert_string_equal(uploaded.location.key, "folder/" NAME);
        assert_int_equal(uploaded.sent, cases[i].sent);
    }
}

static void test_failures(void **state)
{
    (void)state;
    static const struct {
        struct http_script_step head, put;
        const char *message;
    } cases[] = {
        {{.status = 301, .header = "x-amz-bucket-region: eu-west-1\n", .answer = ""},
         {0},
         "it is in region \"eu-west-1\": use that one"},
        {{.status = 503, .answer = ""}, {0}, "HTTP 503"},
        {{.status = 404, .answer = ""},
         {.status = 404, .answer = REFUSAL("NoSuchBucket")},
         "NoSuchBucket (HTTP 404): m; create it first"},
        {{.status = 403, .answer = ""},
         {.status = 403, .answer = REFUSAL("InvalidAccessKeyId")},
         "InvalidAccessKeyId (HTTP 403): m; the AWS credentials are not valid"},
        {{.status = 200, .header = "x-amz-checksum-sha256: " OTHER_SUM "\n", .answer = "1"},
         {0},
         "s3://bucket/folder/" NAME " has another content than its name says: remove it"},
        {{.status = 200, .answer = "12"}, {0}, "has another content than its name says"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct content_uploaded uploaded = {0};
        struct error err = {0};
        assert_int_equal(upload(&cases[i].head, &cases[i].put, &uploaded, &err), -1);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s", err.message);
        assert_null(uploaded.location.bucket);
    }
}

static void test_folders(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *target;
    } cases[] = {
        {"", "/" NAME},
        {"a", "/a/" NAME},
        {"a/b c/", "/a/b%20c/" NAME},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct http_script_step step = {"HEAD", cases[i].target, NULL, 200, NULL, "1"};
        struct http_script_course course = {&step, 1, 0};
        cleanup_content_uploaded struct content_uploaded uploaded = {0};
        char folder[16];
        snprintf(folder, sizeof(folder), "%s", cases[i].folder);
        assert_int_equal(upload_to(folder, &course, &uploaded, NULL), 0);
    }
    char folder[S3_KEY_MAX] = "";
    memset(folder, 'f', S3_KEY_MAX - sizeof(NAME));
    struct http_script_course none = {0};
    struct content_uploaded uploaded = {0};
    struct error err = {0};
    folder[S3_KEY_MAX - sizeof(NAME)] = 'f'; /* and a slash: one too many */
    assert_int_equal(upload_to(folder, &none, &uploaded, &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_non_null(strstr(err.message, "is too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sent_or_not, aws_script_environment),
        cmocka_unit_test_setup(test_failures, aws_script_environment),
        cmocka_unit_test_setup(test_folders, aws_script_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
