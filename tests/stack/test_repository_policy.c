#include "unit.h"

#include <stdio.h>

#include "golden.h"
#include "stack/repository_policy.h"

#define ACCOUNT "123456789012"

static const struct policy_function processor = {ACCOUNT, "eu-central-1", "Processor"};
static const struct policy_function all = {ACCOUNT, "eu-central-1", NULL};

static void assert_policy(const json_t *policy, const char *golden)
{
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(repository_policy_write(policy, &text, &err), 0);
    assert_golden(buf_view(&text), golden);
}

static json_t *parse(const char *text)
{
    struct error err = {0};
    json_t *policy = repository_policy_parse(view_str(text), "policy.json", &err);
    assert_string_equal(err.message, "");
    assert_non_null(policy);
    return policy;
}

static json_t *read_policy(const char *text)
{
    struct error err = {0};
    json_t *policy = repository_policy_read(view_str(text), &err);
    assert_non_null(policy);
    return policy;
}

static void test_public(void **state)
{
    (void)state;
    json_t *policy = repository_policy_public();
    assert_policy(policy, "public.json");
    assert_true(repository_policy_allow(policy, &processor));
    assert_policy(policy, "public-and-lambda.json");
    assert_false(repository_policy_allow(policy, &processor));
    json_decref(policy);
}

static void test_accounts(void **state)
{
    (void)state;
    struct error err = {0};
    const char *accounts[] = {"111111111111", "222222222222", "12345678901x"};
    json_t *policy = repository_policy_accounts(accounts, 2, "cn-north-1", &err);
    assert_policy(policy, "accounts-china.json");
    json_decref(policy);
    assert_null(repository_policy_accounts(accounts, 3, "eu-central-1", &err));
    assert_string_equal(err.message, "\"12345678901x\" is no AWS account: it has 12 digits");
    assert_int_equal(err.domain, ERROR_SETTING);
}

static void test_functions(void **state)
{
    (void)state;
    json_t *policy = read_policy("");
    assert_false(repository_policy_allows(policy, &processor));
    assert_true(repository_policy_allow(policy, &processor));
    assert_policy(policy, "lambda.json");
    /* A second function joins the first; one whose name begins alike is another one. */
    const struct policy_function second = {ACCOUNT, "eu-central-1", "Process"};
    assert_true(repository_policy_allow(policy, &second));
    assert_policy(policy, "lambda-two-functions.json");
    assert_false(repository_policy_allows(policy, &all));
    assert_true(repository_policy_allow(policy, &all));
    json_decref(policy);
    policy = read_policy("");
    assert_true(repository_policy_allow(policy, &all));
    assert_policy(policy, "lambda-all-functions.json");
    assert_false(repository_policy_allow(policy, &processor));
    const struct policy_function elsewhere = {ACCOUNT, "eu-west-1", "Processor"};
    const struct policy_function foreign = {"111111111111", "eu-central-1", "Processor"};
    assert_false(repository_policy_allows(policy, &elsewhere));
    assert_false(repository_policy_allows(policy, &foreign));
    json_decref(policy);
}

#define STATEMENT(rest)                                                                            \
    "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},"  \
    "\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"]" rest "}]}"
#define ARN "\"arn:aws:lambda:eu-central-1:123456789012:function:Processor\""

static void test_what_allows(void **state)
{
    (void)state;
    static const struct {
        bool allows;
        const char *policy;
    } cases[] = {
        {true, STATEMENT("")}, /* as the documentation has it */
        {true, STATEMENT(",\"Condition\":{\"StringLike\":{\"aws:sourceARN\":"
                         "\"arn:aws:lambda:*:123456789012:function:*\"}}")},
        {true, STATEMENT(",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":[\"x\"," ARN "," ARN
                         ",\"arn:aws:lambda:eu-central-1:123456789012:function:Processor:*\"]},"
                         "\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}")},
        {false, STATEMENT(",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":" ARN "}}")},
        {false, STATEMENT(",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"1\"}}")},
        {false, STATEMENT(",\"Condition\":{\"StringNotLike\":{\"aws:SourceArn\":\"x\"}}")},
        {false, STATEMENT(",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o\"}}")},
        {true, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\"x\","
               "\"lambda.amazonaws.com\"]},\"Action\":\"ecr:*\"}}"},
        {true, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
               "\"lambda.amazonaws.com\"},\"Action\":[\"ecr:batchget*\","
               "\"ecr:getdownloadurlforlayer\"]}}"},
        {false, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                "\"lambda.amazonaws.com\"},\"Action\":\"ecr:BatchGetImage\"}}"},
        {false, "{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":{\"Service\":"
                "\"lambda.amazonaws.com\"},\"Action\":\"ecr:*\"}}"},
        {false, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"ecr:*\"}}"},
        {false, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},"
                "\"Action\":\"ecr:*\"}}"},
        {false, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                "\"lambda.amazonaws.com\"},\"NotAction\":\"ecr:PutImage\"}}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *policy = read_policy(cases[i].policy);
        assert_int_equal(repository_policy_allows(policy, &processor), cases[i].allows);
        json_decref(policy);
    }
}

/* What stands there about Lambda survives whatever a user puts in its place. */
static void test_carry(void **state)
{
    (void)state;
    json_t *current = read_policy("");
    repository_policy_allow(current, &processor);
    json_t *policy = parse(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Sid\":\"LambdaECRImageRetrievalPolicy\","
        "\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"ecr:PutImage\"}}");
    repository_policy_carry(policy, current, ACCOUNT);
    assert_policy(policy, "carried.json");
    repository_policy_carry(policy, current, ACCOUNT); /* once is enough */
    assert_false(repository_policy_allow(policy, &processor));
    assert_policy(policy, "carried.json");
    json_decref(policy);
    json_decref(current);
    /* Others are what the user replaces: other accounts, too. */
    const char *accounts[] = {"111111111111"};
    struct error err = {0};
    current = repository_policy_accounts(accounts, 1, "eu-central-1", &err);
    policy = parse("{\"Statement\":[]}");
    repository_policy_carry(policy, current, ACCOUNT);
    assert_int_equal(json_array_size(json_object_get(policy, "Statement")), 0);
    json_decref(policy);
    json_decref(current);
}

static void test_taken_name(void **state)
{
    (void)state;
    json_t *policy =
        parse("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":"
              "\"LambdaECRImageRetrievalPolicy\",\"Effect\":\"Allow\",\"Principal\":\"*\","
              "\"Action\":\"ecr:BatchGetImage\"}]}");
    assert_true(repository_policy_allow(policy, &processor));
    assert_policy(policy, "taken-name.json");
    json_decref(policy);
}

#define ALLOW "\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"ecr:*\""

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } mistakes[] = {
        {"", "policy.json:1:0: this is no JSON: '[' or '{' expected near end of file"},
        {"{\n  \"a\": x}", "policy.json:2:8: this is no JSON: invalid token near 'x'"},
        {"[]", "policy.json: this is no policy: it has to be an object"},
        {"{}", "policy.json: \"Statement\" is missing"},
        {"{\"Statement\":1}", "policy.json: \"Statement\" is missing"},
        {"{\"Statment\":[]}",
         "policy.json: there is no \"Statment\" in a policy (did you mean \"Statement\"?)"},
        {"{\"Version\":\"2024-01-01\",\"Statement\":[]}",
         "policy.json: \"Version\" has to be \"2012-10-17\" or \"2008-10-17\""},
        {"{\"Statement\":[1]}", "policy.json: statement 1: is no object"},
        {"{\"Statement\":[{\"Effect\":\"allow\"}]}",
         "policy.json: statement 1: \"Effect\" has to be \"Allow\" or \"Deny\""},
        {"{\"Statement\":[{" ALLOW "},{\"Effect\":\"Deny\"}]}",
         "policy.json: statement 2: says not whom it is about: one \"Principal\" or "
         "\"NotPrincipal\" is needed"},
        {"{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"me\"}]}",
         "policy.json: statement 1: \"Principal\" has to be \"*\", or an object as {\"AWS\": "
         "[\"...\"]}"},
        {"{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"}}]}",
         "policy.json: statement 1: says not what it is about: one \"Action\" or \"NotAction\" is "
         "needed"},
        {"{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":[]}]}",
         "policy.json: statement 1: \"Action\" has to be a text or a list of texts"},
        {"{\"Statement\":[{" ALLOW ",\"Condition\":[]}]}",
         "policy.json: statement 1: \"Condition\" has to be an object"},
        {"{\"Statement\":[{" ALLOW ",\"Sid\":1}]}",
         "policy.json: statement 1: \"Sid\" has to be a text"},
        {"{\"Statement\":[{" ALLOW ",\"Conditions\":{}}]}",
         "policy.json: statement 1: there is no \"Conditions\" in a policy (did you mean "
         "\"Condition\"?)"},
        {"{\"Statement\":[{" ALLOW ",\"Sid\":\"a\"},{" ALLOW ",\"Sid\":\"a\"}]}",
         "policy.json: statement 2: another one has the same \"Sid\""},
    };
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct error err = {0};
        assert_null(repository_policy_parse(view_str(mistakes[i].text), "policy.json", &err));
        assert_string_equal(err.message, mistakes[i].message);
        assert_int_equal(err.domain, ERROR_INPUT);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP), written = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&text, "{\"Statement\":[{" ALLOW ",\"Sid\":\"");
    for (int i = 0; i < 10240; i++)
        buf_append_char(&text, 'a');
    buf_append_str(&text, "\"}]}");
    json_t *policy = parse(buf_str(&text));
    assert_int_equal(repository_policy_write(policy, &written, &err), -1);
    assert_non_null(strstr(err.message, "ECR takes 10240 at most"));
    assert_int_equal(written.len, 0);
    json_decref(policy);
}

static void test_unreadable(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(repository_policy_read(VIEW("{"), &err));
    assert_string_equal(err.message, "the policy of the repository cannot be read");
    assert_null(repository_policy_read(VIEW("{}"), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),     cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_functions),  cmocka_unit_test(test_what_allows),
        cmocka_unit_test(test_carry),      cmocka_unit_test(test_taken_name),
        cmocka_unit_test(test_mistakes),   cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
