#include "unit.h"

#include "aws/ecr.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static void play(struct aws_course *course, const struct http_script_step *step)
{
    aws_course_start(course, step, 1);
}

static void test_token(void **state)
{
    (void)state;
    struct aws_course p;
    struct error err = {0};
    cleanup_ecr_token struct ecr_token token = {0};
    play(&p,
         &(struct http_script_step){
             .body = "{}",
             .status = 200,
             .answer = "{\"authorizationData\":[{\"authorizationToken\":\"QVdTOnBhc3M6d29yZA==\","
                       "\"expiresAt\":1.4400000005E9,\"proxyEndpoint\":\"https://x\"}]}",
         });
    assert_int_equal(ecr_get_authorization_token(&p.client, &token, &err), 0);
    assert_string_equal(buf_str(&token.user), "AWS");
    assert_string_equal(buf_str(&token.password), "pass:word");
    assert_int_equal(token.expires_us, 1440000000 * INT64_C(1000000));
    aws_course_finish(&p);
}

static void test_tokens_that_are_none(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "{}",
        "{\"authorizationData\":[]}",
        "{\"authorizationData\":[{\"authorizationToken\":1}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"secret!\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"c2VjcmV0\"}]}", /* no colon */
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct aws_course p;
        struct error err = {0};
        struct ecr_token token = {0};
        play(&p, &(struct http_script_step){.status = 200, .answer = answers[i]});
        assert_int_equal(ecr_get_authorization_token(&p.client, &token, &err), -1);
        assert_string_equal(err.message, "ECR: the answer has no authorization token");
        assert_null(token.password.ptr);
        aws_course_finish(&p);
    }
}

static void test_create(void **state)
{
    (void)state;
    struct aws_course p;
    struct error err = {0};
    cleanup_ecr_repository struct ecr_repository repository = {0};
    const struct ecr_tag tag = {"Stage", "dev"};
    play(&p,
         &(struct http_script_step){
             .body = "{\"registryId\":\"123456789012\",\"repositoryName\":\"a/b\",\"tags\":[{"
                     "\"Key\":\"Stage\",\"Value\":\"dev\"}],\"imageTagMutability\":\"IMMUTABLE_"
                     "WITH_EXCLUSION\",\"imageTagMutabilityExclusionFilters\":[{\"filterType\":"
                     "\"WILDCARD\",\"filter\":\"p-*\"}],\"imageScanningConfiguration\":{"
                     "\"scanOnPush\":true}}",
             .status = 200,
             .answer = "{\"repository\":{\"repositoryArn\":\"arn\",\"registryId\":\"123456789012\","
                       "\"repositoryUri\":\"uri\",\"imageTagMutability\":\"MUTABLE\","
                       "\"imageScanningConfiguration\":{\"scanOnPush\":true}}}",
         });
    const struct ecr_new_repository wanted = {
        .name = {"123456789012", "a/b"},
        .mutability = "IMMUTABLE_WITH_EXCLUSION",
        .excluded_tags = "p-*",
        .scan_on_push = true,
        .tags = &tag,
        .tag_count = 1,
    };
    assert_int_equal(ecr_create_repository(&p.client, &wanted, &repository, &err), 0);
    assert_string_equal(repository.arn, "arn");
    assert_string_equal(repository.account, "123456789012");
    assert_string_equal(repository.uri, "uri");
    assert_string_equal(repository.mutability, "MUTABLE");
    assert_true(repository.scan_on_push);
    aws_course_finish(&p);
}

static void test_describe(void **state)
{
    (void)state;
    struct aws_course p;
    struct error err = {0};
    struct ecr_repository repository = {0};
    const struct ecr_name name = {NULL, "a"};
    play(&p, &(struct http_script_step){.body = "{\"repositoryNames\":[\"a\"]}",
                                        .status = 200,
                                        .answer = "{\"repositories\":[]}"});
    assert_int_equal(ecr_describe_repository(&p.client, &name, &repository, &err), -1);
    assert_string_equal(err.message, "ECR \"a\": the answer has no repository");
    assert_null(repository.arn);
    aws_course_finish(&p);
    play(&p, &(struct http_script_step){.status = 400,
                                        .answer = "{\"__type\":\"RepositoryNotFoundException\"}"});
    assert_int_equal(ecr_describe_repository(&p.client, &name, &repository, &err), -1);
    assert_true(error_is(&err, "RepositoryNotFoundException"));
    assert_non_null(strstr(err.message, "lorry registry create"));
    aws_course_finish(&p);
}

static void test_texts(void **state)
{
    (void)state;
    struct aws_course p;
    struct error err = {0};
    const struct ecr_name name = {"123456789012", "a"};
    cleanup_buf struct buf text = BUF_INIT(100);
    play(&p, &(struct http_script_step){
                 .body = "{\"registryId\":\"123456789012\",\"repositoryName\":\"a\"}",
                 .status = 200,
                 .answer = "{\"policyText\":\"{\\\"a\\\":1}\"}"});
    assert_int_equal(ecr_get_repository_policy(&p.client, &name, &text, &err), 0);
    assert_string_equal(buf_str(&text), "{\"a\":1}");
    aws_course_finish(&p);
    buf_clear(&text);
    play(&p, &(struct http_script_step){
                 .status = 400, .answer = "{\"__type\":\"RepositoryPolicyNotFoundException\"}"});
    assert_int_equal(ecr_get_repository_policy(&p.client, &name, &text, &err), 0);
    assert_int_equal(text.len, 0);
    aws_course_finish(&p);
    /* That of another text is a failure. */
    play(&p, &(struct http_script_step){
                 .status = 400, .answer = "{\"__type\":\"RepositoryPolicyNotFoundException\"}"});
    assert_int_equal(ecr_get_lifecycle_policy(&p.client, &name, &text, &err), -1);
    assert_true(error_is(&err, "RepositoryPolicyNotFoundException"));
    aws_course_finish(&p);
    play(&p, &(struct http_script_step){
                 .body = "{\"registryId\":\"123456789012\",\"repositoryName\":\"a\","
                         "\"lifecyclePolicyText\":\"{\\\"rules\\\"}\"}",
                 .status = 200,
                 .answer = ""});
    assert_int_equal(ecr_put_lifecycle_policy(&p.client, &name, VIEW("{\"rules\"}"), &err), 0);
    aws_course_finish(&p);
}

#define DIGEST "sha256:e3b0"
#define ASKED_IMAGE "{\"repositoryName\":\"r\",\"imageIds\":[{\"imageDigest\":\"" DIGEST "\"}]}"

static void test_images(void **state)
{
    (void)state;
    static const struct {
        int status, found;
        bool tagged;
        const char *answer;
    } cases[] = {
        {200, 1, true, "{\"imageDetails\":[{\"imageTags\":[\"x\",\"p-dev\"]}]}"},
        {200, 1, false, "{\"imageDetails\":[{\"imageTags\":[\"x\"]}]}"},
        {200, 1, false, "{\"imageDetails\":[{}]}"},
        {200, 0, false, "{\"imageDetails\":[]}"},
        {400, 0, false, "{\"__type\":\"ImageNotFoundException\"}"},
        {400, -1, false, "{\"__type\":\"AccessDeniedException\"}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_course p;
        struct error err = {0};
        bool tagged = false;
        play(&p, &(struct http_script_step){
                     .body = ASKED_IMAGE, .status = cases[i].status, .answer = cases[i].answer});
        assert_int_equal(ecr_find_image(&p.client, &(struct ecr_name){NULL, "r"}, DIGEST, "p-dev",
                                        &tagged, &err),
                         cases[i].found);
        assert_int_equal(tagged, cases[i].tagged);
        aws_course_finish(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),  cmocka_unit_test(test_tokens_that_are_none),
        cmocka_unit_test(test_create), cmocka_unit_test(test_describe),
        cmocka_unit_test(test_texts),  cmocka_unit_test(test_images),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
