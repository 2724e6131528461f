#include "unit.h"

#include "golden.h"
#include "stack/repository.h"
#include "stack/repository_policy.h"
#include "support/aws_script.h"
#include "support/fake_ecr.h"

static const struct ecr_tag tags[] = {{"ProjectName", "app"}, {"Stage", "dev"}};
static const struct repository_plan app = {
    .name = {FAKE_ECR_ACCOUNT, "r"},
    .project = "app",
    .function = "Processor",
    .tags = tags,
    .tag_count = 2,
};
static const struct repository_plan nothing = {.name = {FAKE_ECR_ACCOUNT, "r"}};

#define ensure(ecr, plan, state) ensure_for(ecr, &(plan), state)

static void ensure_for(struct fake_ecr *ecr, const struct repository_plan *plan,
                       struct repository_state *state)
{
    struct error err = {0};
    struct aws_client client = fake_ecr_client(ecr);
    buf_clear(&ecr->calls);
    repository_state_release(state);
    *state = (struct repository_state){0};
    assert_int_equal(repository_ensure(&client, plan, state, &err), 0);
    assert_string_equal(err.message, "");
    http_client_free(client.http);
}

static void test_new(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    cleanup_repository_state struct repository_state state = {0};
    fake_ecr_init(&ecr);
    ensure(&ecr, app, &state);
    assert_true(state.created && state.policy_changed && state.lifecycle_changed);
    assert_int_equal(state.keep, LIFECYCLE_KEEP_STANDARD);
    assert_string_equal(state.repository.uri, FAKE_ECR_REGISTRY "/r");
    assert_int_equal(state.differences.len, 0);
    assert_string_equal(buf_str(&ecr.calls),
                        "DescribeRepositories CreateRepository PutLifecyclePolicy "
                        "GetRepositoryPolicy SetRepositoryPolicy ");
    assert_golden(buf_view(&ecr.created_as), "create.json");
    assert_golden(buf_view(&ecr.policy), "lambda.json");
    assert_golden(buf_view(&ecr.lifecycle), "lifecycle-standard.json");
    /* Again: nothing is changed. */
    ensure(&ecr, app, &state);
    assert_false(state.created || state.policy_changed || state.lifecycle_changed);
    assert_int_equal(state.keep, LIFECYCLE_KEEP_STANDARD);
    assert_int_equal(state.differences.len, 0);
    assert_string_equal(buf_str(&ecr.calls),
                        "DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy ");
    fake_ecr_release(&ecr);
}

static void test_new_and_immutable(void **s)
{
    (void)s;
    cleanup_repository_state struct repository_state state = {0};
    struct fake_ecr ecr;
    struct repository_plan plan = app;
    plan.immutable = true;
    plan.keep = 5;
    fake_ecr_init(&ecr);
    ensure(&ecr, plan, &state);
    assert_golden(buf_view(&ecr.created_as), "create-immutable.json");
    assert_golden(buf_view(&ecr.lifecycle), "lifecycle.json");
    fake_ecr_release(&ecr);
    /* Without a project there are no deployed tags that would have to move. */
    plan = nothing;
    plan.immutable = true;
    fake_ecr_init(&ecr);
    ensure(&ecr, plan, &state);
    assert_golden(buf_view(&ecr.created_as), "create-immutable-without-project.json");
    assert_golden(buf_view(&ecr.policy), "lambda-all-functions.json");
    fake_ecr_release(&ecr);
}

/* One that somebody else made keeps what it has. */
static void test_adopted(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    cleanup_repository_state struct repository_state state = {0};
    fake_ecr_init(&ecr);
    ecr.exists = ecr.no_scan = true;
    ecr.mutability = "IMMUTABLE";
    ensure(&ecr, app, &state);
    assert_false(state.created || state.lifecycle_changed);
    assert_true(state.policy_changed);
    assert_int_equal(state.keep, 0);
    assert_int_equal(ecr.lifecycle.len, 0);
    assert_string_equal(
        buf_str(&state.differences),
        "its tags are immutable, all of them: the tag of the deployed image cannot move to the "
        "next one\n"
        "its images are not scanned when they are pushed\n"
        "it has no lifecycle policy: all images are kept");
    /* Unless it is asked for. */
    struct repository_plan plan = app;
    plan.keep = 5;
    ensure(&ecr, plan, &state);
    assert_golden(buf_view(&ecr.lifecycle), "lifecycle.json");
    assert_int_equal(state.keep, 5);
    fake_ecr_release(&ecr);
}

static void test_adopted_with_other_wishes(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    cleanup_repository_state struct repository_state state = {0};
    struct repository_plan plan = app;
    plan.immutable = true;
    plan.keep = 3;
    fake_ecr_init(&ecr);
    ecr.exists = true;
    buf_append_str(&ecr.lifecycle, "{\"rules\":[{\"description\":\"mine\"}]}");
    ensure(&ecr, plan, &state);
    assert_string_equal(buf_str(&state.differences),
                        "its tag mutability is MUTABLE, and IMMUTABLE_WITH_EXCLUSION is wanted\n"
                        "it has a lifecycle policy of its own, which has to keep deployed images");
    assert_string_equal(buf_str(&ecr.lifecycle), "{\"rules\":[{\"description\":\"mine\"}]}");
    assert_int_equal(state.keep, 0);
    fake_ecr_release(&ecr);
}

/* Another pipeline with the same repository. */
static void test_shared(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    cleanup_repository_state struct repository_state state = {0};
    struct repository_plan plan = app;
    plan.keep = 5;
    fake_ecr_init(&ecr);
    ensure(&ecr, plan, &state);
    plan.project = "other";
    plan.function = "Process";
    plan.keep = 0;
    ensure(&ecr, plan, &state);
    assert_true(state.lifecycle_changed && state.policy_changed);
    assert_golden(buf_view(&ecr.lifecycle), "lifecycle-two-projects.json");
    assert_golden(buf_view(&ecr.policy), "lambda-two-functions.json");
    fake_ecr_release(&ecr);
}

static void test_failures(void **s)
{
    (void)s;
    static const char *const operations[] = {"DescribeRepositories", "CreateRepository",
                                             "PutLifecyclePolicy", "GetRepositoryPolicy",
                                             "SetRepositoryPolicy"};
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        struct fake_ecr ecr;
        struct error err = {0};
        cleanup_repository_state struct repository_state state = {0};
        fake_ecr_init(&ecr);
        ecr.denied = operations[i];
        struct aws_client client = fake_ecr_client(&ecr);
        assert_int_equal(repository_ensure(&client, &app, &state, &err), -1);
        assert_non_null(strstr(err.message, operations[i])); /* the permission */
        assert_true(state.created == (i > 1));
        http_client_free(client.http);
        fake_ecr_release(&ecr);
    }
}

static void test_names(void **s)
{
    (void)s;
    static const char *const valid[] = {"ab", "team/app", "a.b_c__d-e---f/0/1x"};
    static const char *const wrong[] = {"",    "a",    "A1",   "a b",    "a/",
                                        "/a1", "a//b", "../x", "a..b",   "a___b",
                                        "-a",  "a-",   "ab\n", "ab:tag", "r.example:1/ab"};
    char longest[258] = "";
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
        assert_true(repository_name_valid(valid[i]));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(repository_name_valid(wrong[i]));
    memset(longest, 'a', 256);
    assert_true(repository_name_valid(longest));
    longest[256] = 'a';
    assert_false(repository_name_valid(longest));
}

static void test_policy(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err = {0};
    cleanup_repository_state struct repository_state state = {0};
    fake_ecr_init(&ecr);
    ensure(&ecr, app, &state);
    struct aws_client client = fake_ecr_client(&ecr);
    cleanup_repository_policy_change struct repository_policy_change change = {0};
    json_t *policy = repository_policy_public();
    assert_int_equal(repository_policy_prepare(&client, &app, policy, &change, &err), 0);
    assert_true(change.changed);
    assert_golden(buf_view(&change.text), "public-and-lambda.json");
    assert_golden(buf_view(&ecr.policy), "lambda.json"); /* nothing is set yet */
    buf_clear(&ecr.policy);
    buf_append_view(&ecr.policy, buf_view(&change.text));
    json_decref(policy);
    policy = repository_policy_public();
    repository_policy_change_release(&change);
    assert_int_equal(repository_policy_prepare(&client, &app, policy, &change, &err), 0);
    assert_false(change.changed);
    assert_int_equal(change.lost.len, 0);
    json_decref(policy);
    policy = json_pack("{s:s, s:[]}", "Version", "2012-10-17", "Statement");
    repository_policy_change_release(&change);
    assert_int_equal(repository_policy_prepare(&client, &app, policy, &change, &err), 0);
    assert_string_equal(buf_str(&change.lost), "\"allow public pull\"");
    assert_golden(buf_view(&change.text), "lambda.json");
    json_decref(policy);
    http_client_free(client.http);
    fake_ecr_release(&ecr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),     cmocka_unit_test(test_new_and_immutable),
        cmocka_unit_test(test_adopted), cmocka_unit_test(test_adopted_with_other_wishes),
        cmocka_unit_test(test_shared),  cmocka_unit_test(test_failures),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_policy),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
