/* Processes, containers, EC2 instances as sources of credentials, and when they are renewed. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/credential_chain.h"
#include "aws/credentials_json.h"
#include "aws/shell_words.h"
#include "base/memory.h"
#include "support/http_script.h"

#define KEYS(id, expires)                                                                          \
    "{\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"the-secret\",\"Token\":\"tok\","            \
    "\"Expiration\":\"" expires "\"}"
#define ROLES "/latest/meta-data/iam/security-credentials/"

static int64_t time_us;

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return time_us;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return clock_system.steady_ms(&clock_system);
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    time_us += ms * 1000;
}

static struct clock test_clock = {now_us, steady_ms, sleep_ms};

static int64_t time_of(const char *text)
{
    int64_t us = 0;
    assert_true(credentials_read_time(text, &us));
    return us;
}

static int clear(void **state)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_EC2_METADATA_DISABLED",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    time_us = time_of("2026-01-01T00:00:00Z");
    return 0;
}

/* A chain with these settings in the profile and these answers of servers. */
struct fixture {
    struct credential_chain chain;
    struct profiles *profiles;
    struct http_script_course course;
};

static void set_up(struct fixture *f, const char *config, const struct http_script_step *steps,
                   size_t count)
{
    *f = (struct fixture){.course = {steps, count, 0}};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "[default]\n%s\n", config);
    assert_int_equal(profiles_parse(&f->profiles, buf_view(&text), false, "config", NULL), 0);
    const struct credential_search search = {.profiles = f->profiles,
                                             .profile = "default",
                                             .http = http_script_new(http_script_play, &f->course),
                                             .clock = &test_clock};
    credential_chain_init(&f->chain, &search);
}

static void tear_down(struct fixture *f)
{
    assert_int_equal(f->course.next, f->course.count);
    credential_chain_release(&f->chain);
    http_client_free(f->chain.search.http);
    profiles_free(f->profiles);
}

/* "id+token", or "" and `err`. */
static const char *get(struct fixture *f, struct error *err)
{
    static char id[64];
    cleanup_aws_credentials struct aws_credentials keys = {0};
    id[0] = '\0';
    if (f->chain.provider.get(&f->chain.provider, &keys, err) == 0) {
        assert_string_equal(keys.secret_access_key, "the-secret");
        snprintf(id, sizeof(id), "%s%s%s", keys.access_key_id, keys.session_token ? "+" : "",
                 keys.session_token ? keys.session_token : "");
    }
    return id;
}

static void check_failure(const char *config, const struct http_script_step *steps, size_t count,
                          const char *expected)
{
    struct fixture f;
    struct error err = {0};
    set_up(&f, config, steps, count);
    assert_string_equal(get(&f, &err), "");
    if (!strstr(err.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, err.message);
    assert_null(strstr(err.message, "the-secret"));
    tear_down(&f);
}

static void test_times(void **state)
{
    (void)state;
    int64_t us;
    assert_int_equal(time_of("1970-01-02T00:00:01Z"), INT64_C(86401) * 1000000);
    assert_int_equal(time_of("1970-01-01T01:00:01.5+01:00"), 1000000);
    assert_int_equal(time_of("1969-12-31T23:30:00-0030"), 0);
    assert_false(credentials_read_time("soon", &us));
    assert_false(credentials_read_time("1970-01-01T00:00:00 UTC", &us));
    assert_false(credentials_read_time("1970-01-01T00:00:00+1", &us));
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
    struct fixture f;
    struct error err = {0};
    set_up(&f,
           "credential_process = printf '{\"Version\": 1, \"AccessKeyId\": \"P\", "
           "\"SecretAccessKey\": \"the-secret\", \"SessionToken\": \"t\"}'",
           NULL, 0);
    assert_string_equal(get(&f, &err), "P+t");
    tear_down(&f);
}

static void test_process_fails(void **state)
{
    (void)state;
    static const struct {
        const char *config, *expected;
    } cases[] = {
        {"credential_process = /nowhere/tool the-secret", "cannot start \"/nowhere/tool\""},
        {"credential_process = false", "ended with status 1"},
        {"credential_process = sh -c 'kill -9 $$'", "ended by signal 9"},
        {"credential_process = echo the-secret", "no JSON of \"Version\" 1"},
        {"credential_process = echo '{\"Version\": 2}'", "no JSON of \"Version\" 1"},
        {"credential_process = echo '{\"a\": {\"Version\": 1}}'", "no JSON of \"Version\" 1"},
        {"credential_process = echo '{\"Version\": 1}'", "with \"AccessKeyId\""},
        {"credential_process = head -c 100000 /dev/zero", "more than 65536 bytes"},
        {"credential_process = 'x", "ends nowhere"},
        {"role_arn = x\ncredential_process = true", "role_arn"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_failure(cases[i].config, NULL, 0, cases[i].expected);
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
    struct fixture f;
    struct error err = {0};
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.1.2.3:1/a?b", 1);
    set_up(&f, "", steps, ARRAY_LEN(steps));
    assert_string_equal(get(&f, &err), "C1+tok");
    time_us = time_of("2026-01-01T00:54:00Z");
    assert_string_equal(get(&f, &err), "C1+tok");
    time_us = time_of("2026-01-01T00:56:00Z");
    assert_string_equal(get(&f, &err), "C1+tok"); /* refresh fails: still valid */
    assert_string_equal(get(&f, &err), "C1+tok"); /* not asked again at once */
    time_us = time_of("2026-01-01T00:59:00Z");
    assert_string_equal(get(&f, &err), "C2+tok");
    time_us = time_of("2026-01-01T08:00:00Z");
    assert_string_equal(get(&f, &err), "");
    assert_non_null(strstr(err.message, "AWS credentials (container): it answered status 403"));
    tear_down(&f);
}

static void test_container_fails(void **state)
{
    (void)state;
    static const struct http_script_step no_token[] = {
        {"GET", "/x", NULL, 200, NULL,
         "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"the-secret\"}"}};
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/x", 1);
    check_failure("", NULL, 0, "host \"10.0.0.1\"");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example.org/x", 1);
    check_failure("", NULL, 0, "host \"127.0.0.1.example.org\"");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "ftp://127.0.0.1/x", 1);
    check_failure("", NULL, 0, "no http or https URL");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://10.0.0.1/x", 1);
    check_failure("", no_token, 1, "\"Token\"");
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\nb", 1);
    check_failure("", NULL, 0, "line break");
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x", 1);
    check_failure("", NULL, 0, "begin with \"/\"");
}

static void test_instance(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"PUT", "/latest/api/token", "", 200, NULL, "session"},
        {"GET", ROLES, NULL, 200, NULL, "my-role\n"},
        {"GET", ROLES "my-role", NULL, 200, NULL, KEYS("I", "2026-01-01T06:00:00Z")},
    };
    struct fixture f;
    struct error err = {0};
    set_up(&f, "ec2_metadata_service_endpoint = http://127.0.0.1:1338", steps, ARRAY_LEN(steps));
    assert_string_equal(get(&f, &err), "I+tok");
    assert_string_equal(get(&f, &err), "I+tok");
    tear_down(&f);
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
    };
    check_failure("", steps, 1, "EC2 instance (nobody there)");
    check_failure("", steps + 1, 2, "EC2 instance (the instance has no role)");
    check_failure("", steps + 3, 2, "EC2 instance (it answered status 404)");
    setenv("AWS_EC2_METADATA_DISABLED", "TRUE", 1);
    check_failure("", NULL, 0, "AWS_EC2_METADATA_DISABLED is true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup(test_process, clear),
        cmocka_unit_test_setup(test_process_fails, clear),
        cmocka_unit_test_setup(test_container, clear),
        cmocka_unit_test_setup(test_container_fails, clear),
        cmocka_unit_test_setup(test_instance, clear),
        cmocka_unit_test_setup(test_instance_fails, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
