/* Processes, containers, EC2 instances as sources of credentials, and when they are renewed. */
#include "unit.h"

#include <stdlib.h>

#include "aws/credential_fixture.h"
#include "aws/credentials_json.h"
#include "aws/shell_words.h"
#include "base/memory.h"

#define KEYS FIXTURE_KEYS
#define ROLES "/latest/meta-data/iam/security-credentials/"

static void test_times(void **state)
{
    (void)state;
    int64_t us;
    assert_int_equal(fixture_time_of("1970-01-02T00:00:01Z"), INT64_C(86401) * 1000000);
    assert_int_equal(fixture_time_of("1970-01-01T01:00:01.5+01:00"), 1500000);
    assert_int_equal(fixture_time_of("1969-12-31T23:30:00-0030"), 0);
    assert_int_equal(fixture_time_of("1970-01-01T00:00:00UTC"), 0);
    assert_false(clock_parse_us("soon", &us));
    assert_false(clock_parse_us("1970-01-01T00:00:00 UTC", &us));
    assert_false(clock_parse_us("1970-01-01T00:00:00+1", &us));
}

static void test_words(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_free char **words = shell_words(" a 'b \\c'\"d\\\"\\e\" '' f\\ g\t", &err);
    static const char *const expected[] = {"a", "b \\cd\"\\e", "", "f g"};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_string_equal(words[i], expected[i]);
    assert_null(words[ARRAY_LEN(expected)]);
    static const char *const wrong[] = {"a 'b", "\"", "a\\", "", "  "};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_null(shell_words(wrong[i], &err));
}

static void test_process(void **state)
{
    (void)state;
    struct credential_fixture f;
    struct error err = {0};
    fixture_set_up(
        &f,
        "[default]\ncredential_process = printf '{\"Version\": 1, \"AccessKeyId\": \"P\", "
        "\"SecretAccessKey\": \"the-secret\", \"SessionToken\": \"t\"}'",
        NULL, 0);
    assert_string_equal(fixture_get(&f, &err), "P+t");
    fixture_tear_down(&f);
}

static void test_process_fails(void **state)
{
    (void)state;
    static const struct {
        const char *config, *expected;
    } cases[] = {
        {"[default]\ncredential_process = /nowhere/tool the-secret",
         "cannot start \"/nowhere/tool\""},
        {"[default]\ncredential_process = false", "ended with status 1"},
        {"[default]\ncredential_process = sh -c 'kill -9 $$'", "ended by signal 9"},
        {"[default]\ncredential_process = echo the-secret", "no JSON of \"Version\" 1"},
        {"[default]\ncredential_process = echo '{\"Version\": 2}'", "no JSON of \"Version\" 1"},
        {"[default]\ncredential_process = echo '{\"a\": {\"Version\": 1}}'",
         "no JSON of \"Version\" 1"},
        {"[default]\ncredential_process = echo '{\"Version\": 1}'", "with \"AccessKeyId\""},
        {"[default]\ncredential_process = head -c 100000 /dev/zero", "more than 65536 bytes"},
        {"[default]\ncredential_process = 'x", "ends nowhere"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        fixture_check_failure(cases[i].config, NULL, 0, cases[i].expected);
}

static void test_process_takes_too_long(void **state)
{
    (void)state;
    fixture_steady_step_ms = 120000;
    fixture_check_failure("[default]\ncredential_process = sleep 1000", NULL, 0,
                          "profile \"default\": it did not end within 120 s");
}

static void test_environment(void **state)
{
    (void)state;
    struct credential_fixture f;
    struct error err = {0};
    setenv("AWS_ACCESS_KEY_ID", "E", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "the-secret", 1);
    setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T01:00:00Z", 1);
    fixture_set_up(&f, "[default]\n", NULL, 0);
    assert_string_equal(fixture_get(&f, &err), "E");
    fixture_time_us = fixture_time_of("2026-01-01T00:59:00Z");
    assert_string_equal(fixture_get(&f, &err), "E");
    fixture_time_us = fixture_time_of("2026-01-01T01:00:00Z");
    assert_string_equal(fixture_get(&f, &err), "");
    assert_non_null(strstr(err.message, "AWS_CREDENTIAL_EXPIRATION tells: set others"));
    fixture_tear_down(&f);
    setenv("AWS_CREDENTIAL_EXPIRATION", "soon", 1);
    fixture_check_failure("[default]\n", NULL, 0, "AWS_CREDENTIAL_EXPIRATION is no time");
}

static void test_login(void **state)
{
    (void)state;
    fixture_check_failure(
        "[default]\nlogin_session = arn:x\ncredential_process = true\n", NULL, 0,
        "credential_process = aws configure export-credentials --profile default");
}

static void test_container(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", "/a?b", NULL, 503, NULL, "the-secret"},
        {"GET", "/a?b", NULL, 200, NULL, KEYS("C1", "2026-01-01T01:00:00Z")},
        {"GET", "/a?b", NULL, 500, NULL, ""},
        {"GET", "/a?b", NULL, 500, NULL, ""},
        {"GET", "/a?b", NULL, 500, NULL, ""},
        {"GET", "/a?b", NULL, 200, NULL, KEYS("C2", "2026-01-01T07:00:00Z")},
        {"GET", "/a?b", NULL, 403, NULL, "the-secret"},
    };
    struct credential_fixture f;
    struct error err = {0};
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.1.2.3:1/a?b", 1);
    fixture_set_up(&f, "[default]\n", steps, ARRAY_LEN(steps));
    assert_string_equal(fixture_get(&f, &err), "C1+tok");
    fixture_time_us = fixture_time_of("2026-01-01T00:54:00Z");
    assert_string_equal(fixture_get(&f, &err), "C1+tok");
    fixture_time_us = fixture_time_of("2026-01-01T00:56:00Z");
    assert_string_equal(fixture_get(&f, &err), "C1+tok"); /* refresh fails: still valid */
    assert_string_equal(fixture_get(&f, &err), "C1+tok"); /* not asked again at once */
    fixture_time_us = fixture_time_of("2026-01-01T00:59:00Z");
    assert_string_equal(fixture_get(&f, &err), "C2+tok");
    fixture_time_us = fixture_time_of("2026-01-01T08:00:00Z");
    assert_string_equal(fixture_get(&f, &err), "");
    assert_non_null(strstr(err.message, "AWS credentials: container: it answered status 403"));
    fixture_tear_down(&f);
}

/* Keys with a date in the past are used, but not fetched with every call. */
static void test_container_with_old_keys(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"GET", NULL, NULL, 200, NULL, KEYS("C1", "2025-01-01T01:00:00Z")},
        {"GET", NULL, NULL, 200, NULL, KEYS("C2", "2025-01-01T01:00:00Z")},
    };
    struct credential_fixture f;
    struct error err = {0};
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.1.2.3:1/a?b", 1);
    fixture_set_up(&f, "[default]\n", steps, ARRAY_LEN(steps));
    assert_string_equal(fixture_get(&f, &err), "C1+tok");
    fixture_time_us = fixture_time_of("2026-01-01T00:00:59Z");
    assert_string_equal(fixture_get(&f, &err), "C1+tok");
    fixture_time_us = fixture_time_of("2026-01-01T00:01:00Z");
    assert_string_equal(fixture_get(&f, &err), "C2+tok");
    fixture_tear_down(&f);
}

static void test_container_fails(void **state)
{
    (void)state;
    static const struct http_script_step no_token[] = {
        {"GET", "/x", NULL, 200, NULL,
         "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"the-secret\"}"}};
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/x", 1);
    fixture_check_failure("[default]\n", NULL, 0, "host \"10.0.0.1\"");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example.org/x", 1);
    fixture_check_failure("[default]\n", NULL, 0, "host \"127.0.0.1.example.org\"");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "ftp://127.0.0.1/x", 1);
    fixture_check_failure("[default]\n", NULL, 0, "no http or https URL");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://10.0.0.1/x", 1);
    fixture_check_failure("[default]\n", no_token, 1, "\"Token\"");
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\nb", 1);
    fixture_check_failure("[default]\n", NULL, 0, "line break");
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x", 1);
    fixture_check_failure("[default]\n", NULL, 0, "begin with \"/\"");
}

static void test_instance(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"PUT", "/latest/api/token", "", 200, NULL, "session"},
        {"GET", ROLES, NULL, 200, NULL, "my-role\n"},
        {"GET", ROLES "my-role", NULL, 200, NULL, KEYS("I", "2026-01-01T06:00:00Z")},
    };
    struct credential_fixture f;
    struct error err = {0};
    fixture_set_up(&f, "[default]\nec2_metadata_service_endpoint = http://127.0.0.1:1338", steps,
                   ARRAY_LEN(steps));
    assert_string_equal(fixture_get(&f, &err), "I+tok");
    assert_string_equal(fixture_get(&f, &err), "I+tok");
    fixture_tear_down(&f);
}

static void test_instance_is_asked_again(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"PUT", "/latest/api/token", NULL, 0, NULL, "busy"},
        {"PUT", "/latest/api/token", NULL, 503, NULL, ""},
        {"PUT", "/latest/api/token", NULL, 200, NULL, "t"},
        {"GET", ROLES, NULL, 503, NULL, ""},
        {"GET", ROLES, NULL, 200, NULL, "r"},
        {"GET", ROLES "r", NULL, 200, NULL, KEYS("I", "2026-01-01T06:00:00Z")},
    };
    struct credential_fixture f;
    struct error err = {0};
    setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3", 1);
    fixture_set_up(&f, "[default]\nmetadata_service_num_attempts = 1\n", steps, ARRAY_LEN(steps));
    assert_string_equal(fixture_get(&f, &err), "I+tok");
    fixture_tear_down(&f);
}

static void test_instance_fails(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"PUT", "/latest/api/token", NULL, 0, NULL, "nobody there"},
        {"PUT", "/latest/api/token", NULL, 200, NULL, "t"},
        {"GET", ROLES, NULL, 200, NULL, "../../x?"},
        {"PUT", "/latest/api/token", NULL, 200, NULL, "t"},
        {"GET", ROLES, NULL, 404, NULL, ""},
        {"PUT", "/latest/api/token", NULL, 503, NULL, "the-secret"},
    };
    fixture_check_failure("[default]\n", steps, 1, "EC2 instance (nobody there)");
    fixture_check_failure("[default]\n", steps + 1, 2, "EC2 instance (the instance has no role)");
    fixture_check_failure("[default]\n", steps + 3, 2, "EC2 instance (it answered status 404)");
    fixture_check_failure("[default]\n", steps + 5, 1, "EC2 instance (it answered status 503)");
    fixture_check_failure(
        "[default]\nmetadata_service_timeout = 0\n", NULL, 0,
        "EC2 instance: AWS_METADATA_SERVICE_TIMEOUT, or metadata_service_timeout");
    setenv("AWS_EC2_METADATA_DISABLED", "TRUE", 1);
    fixture_check_failure("[default]\n", NULL, 0, "AWS_EC2_METADATA_DISABLED is true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup(test_process, fixture_clear),
        cmocka_unit_test_setup(test_process_fails, fixture_clear),
        cmocka_unit_test_setup(test_process_takes_too_long, fixture_clear),
        cmocka_unit_test_setup(test_environment, fixture_clear),
        cmocka_unit_test_setup(test_login, fixture_clear),
        cmocka_unit_test_setup(test_container, fixture_clear),
        cmocka_unit_test_setup(test_container_with_old_keys, fixture_clear),
        cmocka_unit_test_setup(test_container_fails, fixture_clear),
        cmocka_unit_test_setup(test_instance, fixture_clear),
        cmocka_unit_test_setup(test_instance_is_asked_again, fixture_clear),
        cmocka_unit_test_setup(test_instance_fails, fixture_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
