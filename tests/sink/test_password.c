#include "unit.h"

#include <stdio.h>

#include "sink/password.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static int64_t steady_now_ms = 1000;

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return 1440938160000000;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return steady_now_ms;
}

static struct clock test_clock = {.now_us = now_us, .steady_ms = steady_ms};

struct setup {
    struct aws_course aws;
    struct password_source *source;
};

static void start(struct setup *setup, const struct password_place *place,
                  const struct http_script_step *steps, size_t count)
{
    aws_script_environment(NULL);
    aws_course_start(&setup->aws, steps, count);
    setup->aws.client.clock = &test_clock;
    setup->source = password_new(place, &setup->aws.client);
}

static void finish(struct setup *setup)
{
    password_free(setup->source);
    aws_course_finish(&setup->aws);
}

static void assert_password(struct setup *setup, bool refused, const char *want)
{
    struct error err = {0};
    const char *got = setup->source->get(setup->source, refused, &err);
    if (!got)
        fail_msg("%s", err.message);
    assert_string_equal(got, want);
}

static void assert_no_password(struct setup *setup, bool refused, const char *message)
{
    struct error err = {0};
    assert_null(setup->source->get(setup->source, refused, &err));
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
}

static void test_constant(void **state)
{
    (void)state;
    struct setup setup;
    start(&setup, &(struct password_place){.password = "pw", .setting = "SINK_PASSWORD"}, NULL, 0);
    assert_password(&setup, false, "pw");
    assert_password(&setup, true, "pw");
    assert_string_equal(setup.source->origin, "SINK_PASSWORD");
    finish(&setup);
    start(&setup, &(struct password_place){0}, NULL, 0);
    assert_null(setup.source);
    finish(&setup);
}

#define SECRET(text)                                                                               \
    {                                                                                              \
        "POST", "/", "{\"SecretId\":\"s\"}", 200, NULL, "{\"SecretString\":" text "}"              \
    }

static const struct password_place secret = {.secret = "s", .setting = "SINK_PASSWORD_SECRET"};

static void test_read_again_once_a_minute(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {SECRET("\"one\""), SECRET("\"two\""),
                                                    SECRET("\"three\"")};
    struct setup setup;
    start(&setup, &secret, steps, 3);
    assert_int_equal(setup.aws.course.next, 0); /* lazily */
    assert_string_equal(setup.source->origin, "secret \"s\"");
    assert_password(&setup, false, "one");
    assert_password(&setup, false, "one");
    assert_int_equal(setup.aws.course.next, 1);
    assert_password(&setup, true, "two"); /* at once */
    assert_int_equal(setup.aws.course.next, 2);
    assert_password(&setup, true, "two");
    steady_now_ms += PASSWORD_REREAD_MS - 1;
    assert_password(&setup, true, "two");
    assert_password(&setup, false, "two");
    assert_int_equal(setup.aws.course.next, 2);
    steady_now_ms += 1;
    assert_password(&setup, false, "two");
    assert_int_equal(setup.aws.course.next, 2);
    assert_password(&setup, true, "three");
    finish(&setup);
}

static void test_failures_to_read(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {NULL, NULL, NULL, 0, NULL, "no route"},
        {NULL, NULL, NULL, 400, NULL, "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}"},
        SECRET("\"one\""),
        {NULL, NULL, NULL, 500, NULL, "{}"},
        SECRET("\"two\""),
    };
    struct setup setup;
    start(&setup, &secret, steps, 5);
    assert_no_password(
        &setup, false,
        "cannot read the password of the sink (SINK_PASSWORD_SECRET): Secrets Manager "
        "\"s\": no route");
    assert_no_password(&setup, false, "allow \"secretsmanager:GetSecretValue\"");
    assert_password(&setup, false, "one");
    steady_now_ms += PASSWORD_REREAD_MS;
    assert_no_password(&setup, true, "HTTP 500");
    /* It was tried a moment ago: what is known has to do. */
    assert_password(&setup, true, "one");
    steady_now_ms += PASSWORD_REREAD_MS;
    assert_password(&setup, true, "two");
    finish(&setup);
}

static void test_json_secrets(void **state)
{
    (void)state;
    static const struct {
        const char *key, *answer, *password, *problem;
    } cases[] = {
        {NULL,
         "{\"SecretString\":\"{\\\"username\\\":\\\"u\\\",\\\"password\\\":\\\"p\\\\\\\"w\\\"}\"}",
         "p\"w", NULL},
        {"pw", "{\"SecretString\":\" {\\\"pw\\\":\\\"x\\\",\\\"password\\\":\\\"y\\\"}\"}", "x",
         NULL},
        {NULL, "{\"SecretString\":\"{\\\"pw\\\":\\\"s3cret\\\"}\"}", NULL,
         "secret \"s\": it is a JSON object without a text \"password\": name the member in "
         "SINK_PASSWORD_SECRET_KEY"},
        {"pw", "{\"SecretString\":\"{\\\"password\\\":\\\"s3cret\\\"}\"}", NULL,
         "secret \"s\": it is no JSON object with a text \"pw\": correct SINK_PASSWORD_SECRET_KEY"},
        {"pw", "{\"SecretString\":\"s3cret\"}", NULL, "it is no JSON object with a text \"pw\""},
        {"pw", "{\"SecretString\":\"{\\\"pw\\\":12345}\"}", NULL, "with a text \"pw\""},
        /* A password that only begins like an object. */
        {NULL, "{\"SecretString\":\"{half\"}", "{half", NULL},
        {NULL, "{\"SecretString\":\"\\\"quoted\\\"\"}", "\"quoted\"", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct http_script_step step = {.status = 200, .answer = cases[i].answer};
        struct setup setup;
        start(&setup,
              &(struct password_place){.secret = "s",
                                       .secret_key = cases[i].key,
                                       .setting = "SINK_PASSWORD_SECRET",
                                       .key_setting = "SINK_PASSWORD_SECRET_KEY"},
              &step, 1);
        if (cases[i].password)
            assert_password(&setup, false, cases[i].password);
        else
            assert_no_password(&setup, false, cases[i].problem);
        finish(&setup);
    }
}

static void test_parameter(void **state)
{
    (void)state;
    static const struct http_script_step step = {
        "POST", "/",  "{\"Name\":\"/p\",\"WithDecryption\":true}",
        200,    NULL, "{\"Parameter\":{\"Value\":\"{\\\"password\\\":\\\"literal\\\"}\"}}"};
    struct setup setup;
    start(&setup, &(struct password_place){.parameter = "/p", .setting = "SINK_PASSWORD_SSM"},
          &step, 1);
    assert_password(&setup, false, "{\"password\":\"literal\"}");
    assert_string_equal(setup.source->origin, "parameter \"/p\"");
    finish(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),         cmocka_unit_test(test_read_again_once_a_minute),
        cmocka_unit_test(test_failures_to_read), cmocka_unit_test(test_json_secrets),
        cmocka_unit_test(test_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
