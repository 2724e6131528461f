#include "unit.h"

#include "aws/json.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static const struct aws_service service = {
    .name = "Toy",
    .host = "toy",
    .signing_name = "toy",
    .variable = "TOY",
    .protocol = &aws_protocol_json_1_0,
    .target = "Toy_2012",
};
static const struct aws_operation operation = {.service = &service, .name = "Play"};

/* One call; `want` is the body that has to come. */
static int ask(const json_t *input, const char *want, const struct http_script_step *answer,
               json_t **output, struct error *err)
{
    struct http_script_step step = *answer;
    step.body = want;
    step.method = "POST";
    step.target = "/";
    struct http_script_course course = {&step, 1, 0};
    struct aws_client client = aws_script_client(http_script_play, &course);
    int result = aws_json(&client, &operation, "s", input, output, err);
    http_client_free(client.http);
    assert_int_equal(course.next, 1);
    return result;
}

static const struct http_script_step nothing = {.status = 200, .answer = "{}"};

static void test_input(void **state)
{
    (void)state;
    struct error err = {0};
    json_t *input =
        json_pack("{s:s, s:[i,b,n], s:f}", "TableName", "t\"\xc3\xa4", "List", 5, 1, "Rate", 0.1);
    assert_int_equal(ask(input,
                         "{\"TableName\":\"t\\\"\xc3\xa4\",\"List\":[5,true,null],"
                         "\"Rate\":0.10000000000000001}",
                         &nothing, NULL, &err),
                     0);
    json_decref(input);
    assert_int_equal(ask(NULL, "{}", &nothing, NULL, &err), 0);
}

static void test_output(void **state)
{
    (void)state;
    struct error err = {0};
    json_t *output = NULL;
    const struct http_script_step step = {
        .status = 200, .answer = "{\"Text\":\"a\\u0000b\",\"Size\":9007199254740993}"};
    assert_int_equal(ask(NULL, "{}", &step, &output, &err), 0);
    assert_int_equal(json_string_length(json_object_get(output, "Text")), 3);
    assert_int_equal(json_integer_value(json_object_get(output, "Size")), 9007199254740993);
    json_decref(output);
    /* Nothing at all is an object without members. */
    const struct http_script_step empty = {.status = 200, .answer = ""};
    assert_int_equal(ask(NULL, "{}", &empty, &output, &err), 0);
    assert_true(json_is_object(output));
    assert_int_equal(json_object_size(output), 0);
    json_decref(output);
}

static void test_answers_that_are_no_object(void **state)
{
    (void)state;
    static const char *const answers[] = {"[]",   "\"secret\"", "{", "{\"a\":\"\xff\"}",
                                          "null", "{} x"};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct error err = {0};
        json_t *output = NULL;
        const struct http_script_step step = {.status = 200, .answer = answers[i]};
        assert_int_equal(ask(NULL, "{}", &step, &output, &err), -1);
        assert_null(output);
        assert_int_equal(err.domain, ERROR_AWS);
        assert_false(err.retry);
        assert_string_equal(err.message, "Toy \"s\": the answer to Play is no JSON object");
        /* Unless nobody wants it. */
        assert_int_equal(ask(NULL, "{}", &step, NULL, &err), 0);
    }
}

static void test_refusal(void **state)
{
    (void)state;
    struct error err = {0};
    json_t *output = NULL;
    const struct http_script_step step = {.status = 400,
                                          .answer = "{\"__type\":\"x#NoSuchToyException\"}"};
    assert_int_equal(ask(NULL, "{}", &step, &output, &err), -1);
    assert_null(output);
    assert_true(error_is(&err, "NoSuchToyException"));
}

static int serve_too_much(void *user, const struct http_request *request,
                          struct http_response *response, struct error *err)
{
    (void)user;
    (void)err;
    assert_int_equal(request->response_cap, AWS_JSON_ANSWER_CAP);
    for (size_t i = 0; i <= AWS_JSON_ANSWER_CAP; i++)
        buf_append_char(&response->body, ' ');
    return http_script_answer(response, 200, "{}");
}

static void test_cap(void **state)
{
    (void)state;
    struct error err = {0};
    struct aws_client client = aws_script_client(serve_too_much, NULL);
    assert_int_equal(aws_json(&client, &operation, "s", NULL, NULL, &err), -1);
    assert_non_null(strstr(err.message, "the answer is larger than"));
    http_client_free(client.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_answers_that_are_no_object),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_cap),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
