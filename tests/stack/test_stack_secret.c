#include "unit.h"

#include "base/memory.h"
#include "pipeline.h"
#include "stack/stack_secret.h"
#include "support/aws_script.h"
#include "support/http_script.h"

struct setup {
    struct aws_course aws;
    struct stack stack;
};

static void start(struct setup *setup, const struct stack_password *password,
                  const struct http_script_step *steps, size_t count)
{
    aws_script_environment(NULL);
    setup->stack = documented_pipeline();
    setup->stack.sink.password = *password;
    aws_course_start(&setup->aws, steps, count);
}

static void finish(struct setup *setup)
{
    aws_course_finish(&setup->aws);
}

#define ARN "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-AbCdEf"
#define REFUSED(code, message) 400, NULL, "{\"__type\":\"" code "\",\"Message\":\"" message "\"}"

static const struct stack_password secret = {.secret = "lorry/x"}, parameter = {.ssm = "/x"};

static void test_states(void **state)
{
    (void)state;
    static const struct {
        struct stack_password password;
        struct http_script_step step;
        enum stack_secret_state state;
        bool by_arn;
    } cases[] = {
        {{.secret = "lorry/x"},
         {"POST", "/", "{\"SecretId\":\"lorry/x\"}", 200, NULL, "{\"Name\":\"lorry/x\"}"},
         STACK_SECRET_THERE,
         false},
        {{.secret = ARN},
         {"POST", "/", "{\"SecretId\":\"" ARN "\"}", 200, NULL, "{\"DeletedDate\":1.7e9}"},
         STACK_SECRET_DELETING,
         true},
        {{.secret = "x", .secret_key = "pw"},
         {NULL, NULL, NULL, REFUSED("ResourceNotFoundException", "no")},
         STACK_SECRET_MISSING,
         false},
        {{.secret = "x"},
         {NULL, NULL, NULL, REFUSED("AccessDeniedException", "no")},
         STACK_SECRET_UNKNOWN,
         false},
        {{.ssm = "/x"},
         {"POST", "/", "{\"Name\":\"/x\",\"WithDecryption\":false}", 200, NULL,
          "{\"Parameter\":{\"Value\":\"cipher\"}}"},
         STACK_SECRET_THERE,
         false},
        {{.ssm = "/x"},
         {NULL, NULL, NULL, REFUSED("ParameterNotFound", "")},
         STACK_SECRET_MISSING,
         false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct setup setup;
        struct stack_secret found = {0};
        start(&setup, &cases[i].password, &cases[i].step, 1);
        assert_int_equal(stack_secret_find(&setup.aws.client, &setup.stack, &found, NULL), 0);
        assert_int_equal(found.state, cases[i].state);
        assert_int_equal(found.by_arn, cases[i].by_arn);
        assert_string_equal(found.kind, cases[i].password.ssm ? "parameter" : "secret");
        finish(&setup);
    }
}

static void test_none_and_no_answer(void **state)
{
    (void)state;
    static const struct http_script_step lost = {.status = 0, .answer = "no route"};
    struct setup setup;
    struct stack_secret found = {.state = STACK_SECRET_THERE};
    struct error err = {0};
    start(&setup, &(struct stack_password){.variable = "V"}, NULL, 0);
    assert_int_equal(stack_secret_find(&setup.aws.client, &setup.stack, &found, &err), 0);
    assert_int_equal(found.state, STACK_SECRET_NONE);
    finish(&setup);
    start(&setup, &secret, &lost, 1);
    assert_int_equal(stack_secret_find(&setup.aws.client, &setup.stack, &found, &err), -1);
    assert_non_null(strstr(err.message, "no route"));
    finish(&setup);
}

static int make(struct setup *setup, const struct stack_password *password, const char *text,
                struct error *err)
{
    struct stack_secret found = {.kind = password->secret ? "secret" : "parameter",
                                 .name = password->secret ? password->secret : password->ssm};
    *err = (struct error){0};
    return stack_secret_make(&setup->aws.client, &setup->stack, &found, text, err);
}

static void test_made(void **state)
{
    (void)state;
    static const struct http_script_step step = {
        "POST",
        "/",
        "{\"Type\":\"SecureString\",\"Name\":\"/x\",\"Description\":\"Password of the sink of "
        "testdrive-dynamodb-dev\",\"Tags\":[{\"Key\":\"ProjectName\",\"Value\":\"testdrive-"
        "dynamodb\"},{\"Key\":\"Stage\",\"Value\":\"dev\"}],\"Value\":\"p\\\"w\"}",
        200,
        NULL,
        "{\"Version\":1}"};
    struct setup setup;
    struct error err;
    start(&setup, &parameter, &step, 1);
    assert_int_equal(make(&setup, &parameter, "p\"w", &err), 1);
    finish(&setup);
}

static void test_a_race_is_lost(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {NULL, NULL, NULL, REFUSED("ResourceExistsException", "there")},
        {NULL, NULL, NULL, REFUSED("ParameterAlreadyExists", "there")},
    };
    struct setup setup;
    struct error err;
    start(&setup, &secret, steps, 2);
    assert_int_equal(make(&setup, &secret, "pw", &err), 0);
    assert_int_equal(make(&setup, &parameter, "pw", &err), 0);
    assert_string_equal(err.message, "");
    finish(&setup);
}

/* AWS's messages are shown, but for those that quote the password. */
static void test_refused(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {NULL, NULL, NULL, REFUSED("InvalidRequestException", "it is scheduled for deletion")},
        {NULL, NULL, NULL, REFUSED("ValidationException", "Value 's3cr3t-password' at 'value'")},
        {NULL, NULL, NULL, REFUSED("ValidationException", "Value 'pw' at 'value'")},
        {NULL, NULL, NULL, REFUSED("ValidationException", "at least 1 character")},
        {NULL, NULL, NULL, REFUSED("AccessDeniedException", "no")},
    };
    struct setup setup;
    struct error err;
    start(&setup, &parameter, steps, ARRAY_LEN(steps));
    assert_int_equal(make(&setup, &secret, "s3cr3t-password", &err), -1);
    assert_non_null(strstr(err.message, "secret \"lorry/x\" cannot be made: Secrets Manager"));
    assert_non_null(strstr(err.message, "it is scheduled for deletion"));
    assert_int_equal(make(&setup, &parameter, "s3cr3t-password", &err), -1);
    assert_null(strstr(err.message, "s3cr3t"));
    assert_non_null(strstr(err.message, "it was refused (ValidationException)"));
    assert_int_equal(make(&setup, &parameter, "pw", &err), -1);
    assert_null(strstr(err.message, "'pw'"));
    assert_int_equal(make(&setup, &parameter, "", &err), -1);
    assert_non_null(strstr(err.message, "at least 1 character"));
    assert_int_equal(make(&setup, &parameter, "s3cr3t-password", &err), -1);
    assert_non_null(strstr(err.message, "allow \"ssm:PutParameter\""));
    finish(&setup);
}

static void test_not_a_text(void **state)
{
    (void)state;
    struct setup setup;
    struct error err;
    start(&setup, &secret, NULL, 0);
    assert_int_equal(make(&setup, &secret, "\xff", &err), -1);
    assert_non_null(strstr(err.message, "not valid UTF-8"));
    finish(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),  cmocka_unit_test(test_none_and_no_answer),
        cmocka_unit_test(test_made),    cmocka_unit_test(test_a_race_is_lost),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_not_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
