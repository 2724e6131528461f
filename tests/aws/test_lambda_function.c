#include "unit.h"

#include "aws/lambda_function.h"
#include "support/aws_script.h"
#include "support/http_script.h"

/* Asks for a function, for which one step is played. */
static int get(const struct http_script_step *step, struct lambda_function *function,
               struct error *err)
{
    struct aws_course course;
    aws_course_start(&course, step, 1);
    int result = lambda_get_function(&course.client, "Processor", function, err);
    aws_course_finish(&course);
    return result;
}

static void test_image(void **state)
{
    (void)state;
    cleanup_lambda_function struct lambda_function f = {0};
    struct error err = {0};
    int found = get(
        &(struct http_script_step){
            .method = "GET",
            .target = "/2015-03-31/functions/Processor",
            .status = 200,
            .answer =
                "{\"Configuration\":{\"FunctionArn\":\"arn:f\",\"Version\":\"$LATEST\","
                "\"State\":\"Active\",\"LastUpdateStatus\":\"Failed\","
                "\"LastUpdateStatusReason\":\"gone\",\"LastUpdateStatusReasonCode\":"
                "\"ImageDeleted\",\"PackageType\":\"Image\",\"CodeSha256\":\"ab12\","
                "\"Role\":\"arn:r\",\"LastModified\":\"2026-11-23T22:10:33.123+0000\","
                "\"MemorySize\":256,\"Timeout\":60,\"Architectures\":[\"arm64\"],"
                "\"LoggingConfig\":{\"LogFormat\":\"JSON\",\"LogGroup\":\"/aws/lambda/Processor\"},"
                "\"Environment\":{\"Variables\":{\"A\":\"1\",\"SINK_PASSWORD\":\"hush\"}}},"
                "\"Code\":{\"RepositoryType\":\"ECR\",\"ImageUri\":\"r/i:t\","
                "\"ResolvedImageUri\":\"r/i@sha256:ab12\"},"
                "\"Concurrency\":{\"ReservedConcurrentExecutions\":0}}"},
        &f, &err);
    assert_int_equal(found, 1);
    assert_string_equal(f.arn, "arn:f");
    assert_string_equal(f.version, "$LATEST");
    assert_string_equal(f.state, "Active");
    assert_string_equal(f.state_reason, "");
    assert_string_equal(f.update_status, "Failed");
    assert_string_equal(f.update_reason, "gone");
    assert_string_equal(f.update_code, "ImageDeleted");
    assert_string_equal(f.package_type, "Image");
    assert_string_equal(f.code_sha256, "ab12");
    assert_string_equal(f.image_uri, "r/i:t");
    assert_string_equal(f.resolved_image_uri, "r/i@sha256:ab12");
    assert_string_equal(f.runtime, "");
    assert_string_equal(f.architecture, "arm64");
    assert_int_equal(f.memory_mb, 256);
    assert_int_equal(f.timeout_s, 60);
    assert_int_equal(f.reserved_concurrency, 0);
    assert_string_equal(f.role, "arn:r");
    assert_string_equal(f.last_modified, "2026-11-23T22:10:33.123+0000");
    assert_string_equal(f.log_group, "/aws/lambda/Processor");
    assert_string_equal(lambda_function_variable(&f, "SINK_PASSWORD"), "hush");
    assert_null(lambda_function_variable(&f, "SINK"));
    assert_string_equal(f.variables_error, "");
}

static void test_what_is_not_said(void **state)
{
    (void)state;
    cleanup_lambda_function struct lambda_function f = {0};
    struct error err = {0};
    int found = get(
        &(struct http_script_step){
            .status = 200,
            .answer = "{\"Configuration\":{\"State\":7,\"Environment\":{\"Error\":{\"ErrorCode\":"
                      "\"AccessDeniedException\",\"Message\":\"no\"}}}}"},
        &f, &err);
    assert_int_equal(found, 1);
    assert_string_equal(f.state, "");
    assert_string_equal(f.architecture, "");
    assert_int_equal(f.memory_mb, 0);
    assert_int_equal(f.reserved_concurrency, -1);
    assert_string_equal(f.variables_error, "AccessDeniedException");
    assert_null(lambda_function_variable(&f, "A"));
}

static void test_none(void **state)
{
    (void)state;
    struct lambda_function f = {0};
    struct error err = {0};
    const struct http_script_step none = {
        .status = 404,
        .header = "x-amzn-errortype: ResourceNotFoundException\n",
        .answer = "{\"Type\":\"User\",\"Message\":\"Function not found: arn:f\"}"};
    assert_int_equal(get(&none, &f, &err), 0);
    const struct http_script_step refused = {.status = 403,
                                             .header = "x-amzn-errortype: AccessDeniedException\n",
                                             .answer = "{\"Message\":\"no\"}"};
    assert_int_equal(get(&refused, &f, &err), -1);
    assert_non_null(strstr(err.message, "lambda:GetFunction"));
    const struct http_script_step odd = {.status = 200, .answer = "[]"};
    assert_int_equal(get(&odd, &f, &err), -1);
    assert_non_null(strstr(err.message, "no JSON object"));
    assert_null(f.arena.head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image),
        cmocka_unit_test(test_what_is_not_said),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
