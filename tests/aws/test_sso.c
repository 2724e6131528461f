/* IAM Identity Center as a source of credentials. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "aws/credential_fixture.h"
#include "aws/sso.h"
#include "aws/sso_token.h"
#include "base/memory.h"

/* SHA-1 of "mine" and of "https://start/" in hexadecimal. */
#define SESSION_FILE "8034c43d15bb7ef42e2cc24255217acfc5f4b2f4.json"
#define URL_FILE "454b3b65572d54ba7edd90c6fe523039800d73d6.json"
#define TARGET "/federation/credentials?role_name=Dev%2F%2B&account_id=123456789012"
#define ANSWER                                                                                     \
    "{\"roleCredentials\":{\"accessKeyId\":\"S\",\"secretAccessKey\":\"the-secret\","              \
    "\"sessionToken\":\"t\",\"expiration\":1767229200000}}" /* 01:00 */
#define ROLE "sso_account_id = 123456789012\nsso_role_name = Dev/+\n"
#define CONFIG                                                                                     \
    "[default]\nsso_session = mine\n" ROLE                                                         \
    "[sso-session mine]\nsso_start_url = https://start/\nsso_region = eu-west-1\n"

static char home[] = "/tmp/lorry-sso-XXXXXX";

static void write_token(const char *name, const char *text)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, "%s/.aws/sso/cache/%s", home, name);
    FILE *file = fopen(buf_str(&path), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_home(void **state)
{
    static const char *const folders[] = {".aws", ".aws/sso", ".aws/sso/cache"};
    (void)state;
    if (!mkdtemp(home))
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&path, "%s/%s", home, folders[i]);
        if (mkdir(buf_str(&path), 0700) != 0)
            return -1;
    }
    return setenv("HOME", home, 1);
}

static int remove_home(void **state)
{
    static const char *const names[] = {".aws/sso/cache/" SESSION_FILE,
                                        ".aws/sso/cache/" URL_FILE,
                                        ".aws/sso/cache",
                                        ".aws/sso",
                                        ".aws",
                                        ""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&path, "%s/%s", home, names[i]);
        if (remove(buf_str(&path)) != 0)
            return -1;
    }
    return 0;
}

static int clear(void **state)
{
    fixture_clear(state);
    write_token(SESSION_FILE, "{\"startUrl\":\"https://start/\",\"accessToken\":\"the-secret-1\","
                              "\"expiresAt\":\"2026-01-01T08:00:00Z\"}");
    write_token(URL_FILE,
                "{\"accessToken\":\"the-secret-2\",\"expiresAt\":\"2026-01-01T08:00:00UTC\"}");
    return 0;
}

/* Region and host of the sign-on, its token, no signature. */
static int answer(void *user, const struct http_request *request, struct http_response *response,
                  struct error *err)
{
    const char *token = user;
    (void)err;
    assert_true(
        view_starts_with(request->url, VIEW("https://portal.sso.eu-west-1.amazonaws.com/")));
    assert_true(view_equal(http_script_target(request), VIEW(TARGET)));
    assert_string_equal(request->method, "GET");
    assert_true(
        view_equal(http_script_request_header(request, "x-amz-sso_bearer_token"), view_str(token)));
    assert_int_equal(http_script_request_header(request, "authorization").len, 0);
    return http_script_answer(response, 200, ANSWER);
}

static void check_request(const char *config, const char *token)
{
    struct credential_fixture f;
    struct error err = {0};
    fixture_set_up(&f, config, NULL, 0);
    fixture_serve(&f, answer, (void *)token);
    const char *found = fixture_get(&f, &err);
    if (strcmp(found, "S+t") != 0)
        fail_msg("%s", err.message);
    assert_int_equal(f.chain.found.expires_us, fixture_time_of("2026-01-01T01:00:00Z"));
    fixture_tear_down(&f);
}

static void test_session(void **state)
{
    (void)state;
    check_request(CONFIG, "the-secret-1");
}

static void test_start_url(void **state)
{
    (void)state;
    check_request("[default]\nsso_start_url = https://start/\nSSO_Region = eu-west-1\n" ROLE,
                  "the-secret-2");
}

static void test_renewed(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", TARGET, NULL, 200, NULL, ANSWER},
        {"GET", TARGET, NULL, 500, NULL, ""},
        {"GET", TARGET, NULL, 401, "x-amzn-errortype: UnauthorizedException\n",
         "{\"message\":\"Session token not found or invalid\"}"},
    };
    struct credential_fixture f;
    struct error err = {0};
    fixture_set_up(&f, CONFIG, steps, ARRAY_LEN(steps));
    assert_string_equal(fixture_get(&f, &err), "S+t");
    fixture_time_us = fixture_time_of("2026-01-01T00:54:59Z");
    assert_string_equal(fixture_get(&f, &err), "S+t");
    fixture_time_us = fixture_time_of("2026-01-01T00:55:00Z");
    assert_string_equal(fixture_get(&f, &err), "S+t");
    assert_int_equal(f.course.next, 2);
    assert_int_equal(err.domain, ERROR_NONE);
    fixture_time_us = fixture_time_of("2026-01-01T01:00:00Z");
    assert_string_equal(fixture_get(&f, &err), "");
    assert_non_null(strstr(err.message, "UnauthorizedException"));
    assert_non_null(strstr(err.message, "run \"aws sso login --profile default\""));
    fixture_tear_down(&f);
}

static void test_expired(void **state)
{
    (void)state;
    /* What could be renewed is not: the result would have to be written. */
    write_token(
        SESSION_FILE,
        "{\"accessToken\":\"the-secret\",\"expiresAt\":\"2025-12-31T23:59:59Z\","
        "\"refreshToken\":\"the-secret\",\"clientId\":\"c\",\"clientSecret\":\"the-secret\","
        "\"registrationExpiresAt\":\"2027-01-01T00:00:00Z\"}");
    fixture_check_failure(CONFIG, NULL, 0,
                          "IAM Identity Center: profile \"default\": the sign-on expired at "
                          "2025-12-31T23:59:59.000000Z: run \"aws sso login --profile default\"");
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *config, *expected;
    } cases[] = {
        {"[default]\nsso_session = no\n" ROLE, "there is no section [sso-session no]"},
        {"[default]\nsso_session = s\n" ROLE "[sso-session s]\nsso_region = eu-west-1\n",
         "\"sso_start_url\" is missing in the [sso-session]"},
        {"[default]\nsso_role_name = r\n", "\"sso_account_id\" is missing in the profile"},
        {"[default]\n" ROLE, "\"sso_start_url\" is missing in the profile"},
        {"[default]\nsso_session = s\nsso_region = eu-north-1\n" ROLE
         "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = u\n",
         "\"sso_region\" has another value than in [sso-session s]"},
        {"[default]\nsso_session = s\n" ROLE
         "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = u\n",
         "there is no sign-on: "},
        {"[default]\nsso_start_url = https://start/\nsso_region = a/b\n" ROLE,
         "\"a/b\" is no AWS region"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        fixture_check_failure(cases[i].config, NULL, 0, cases[i].expected);
    write_token(SESSION_FILE, "{\"accessToken\":\"the-secret\"}");
    fixture_check_failure(CONFIG, NULL, 0, "no JSON object with \"accessToken\" and \"expiresAt\"");
    write_token(SESSION_FILE, "{\"accessToken\":\"the-secret\\r\\nX: y\",\"expiresAt\":"
                              "\"2026-01-01T08:00:00Z\"}");
    fixture_check_failure(CONFIG, NULL, 0, "no JSON object with \"accessToken\"");
}

/* An sso_session alone is for services that take the token itself [botocore]. */
static void test_not_set_up(void **state)
{
    (void)state;
    struct credential_fixture f;
    struct error err = {0};
    fixture_set_up(&f,
                   "[default]\nsso_session = mine\naws_access_key_id = K\n"
                   "aws_secret_access_key = the-secret\n",
                   NULL, 0);
    assert_string_equal(fixture_get(&f, &err), "K");
    fixture_tear_down(&f);
}

static void test_answers(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "{}",
        "[]",
        "{\"roleCredentials\":null}",
        "{\"roleCredentials\":{\"accessKeyId\":\"a\"}}",
        "{\"roleCredentials\":{\"accessKeyId\":\"a\",\"secretAccessKey\":\"the-secret\","
        "\"sessionToken\":\"t\",\"expiration\":9223372036854775807}}",
        "{\"roleCredentials\":{\"accessKeyId\":\"a\",\"secretAccessKey\":\"the-secret\","
        "\"sessionToken\":\"t\",\"expiration\":\"soon\"}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct aws_credentials keys = {0};
        struct error err = {0};
        int64_t expires_us;
        assert_int_equal(sso_read_role_credentials(view_str(wrong[i]), &keys, &expires_us, &err),
                         -1);
        assert_null(keys.access_key_id);
        assert_null(strstr(err.message, "the-secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_session, clear),
        cmocka_unit_test_setup(test_start_url, clear),
        cmocka_unit_test_setup(test_renewed, clear),
        cmocka_unit_test_setup(test_expired, clear),
        cmocka_unit_test_setup(test_mistakes, clear),
        cmocka_unit_test_setup(test_not_set_up, clear),
        cmocka_unit_test_setup(test_answers, clear),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
