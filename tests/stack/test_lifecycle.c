#include "unit.h"

#include "golden.h"
#include "stack/lifecycle.h"

/* What is made of `current`. */
static void assert_policy(const char *current, const char *project, int keep, const char *golden)
{
    cleanup_buf struct buf policy = BUF_INIT(BUF_TEXT_CAP), again = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(lifecycle_policy(view_str(current), project, keep, &policy),
                     LIFECYCLE_CHANGED);
    assert_true(policy.len >= 100 && policy.len <= 30720); /* what ECR takes */
    assert_golden(buf_view(&policy), golden);
    /* Whoever asks for the same again gets the same. */
    assert_int_equal(lifecycle_policy(buf_view(&policy), project, keep, &again), LIFECYCLE_SAME);
    assert_int_equal(lifecycle_policy(buf_view(&policy), NULL, 0, &again), LIFECYCLE_SAME);
    assert_int_equal(again.len, 0);
}

static void test_new(void **state)
{
    (void)state;
    assert_policy("", "app", 5, "lifecycle.json");
    assert_policy("", "app", 0, "lifecycle-standard.json");
    assert_policy("", NULL, 3, "lifecycle-without-project.json");
}

static void test_ours(void **state)
{
    (void)state;
    cleanup_buf struct buf policy = BUF_INIT(BUF_TEXT_CAP), none = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(lifecycle_policy(VIEW(""), "app", 5, &policy), LIFECYCLE_CHANGED);
    assert_int_equal(lifecycle_kept(buf_view(&policy)), 5);
    /* Another project keeps the first one, and the number. */
    assert_policy(buf_str(&policy), "other", 0, "lifecycle-two-projects.json");
    assert_policy(buf_str(&policy), "app", 7, "lifecycle-keep-7.json");
    /* Without a project the rules for tags stay. */
    assert_int_equal(lifecycle_policy(buf_view(&policy), NULL, 5, &none), LIFECYCLE_SAME);
    cleanup_buf struct buf plain = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(lifecycle_policy(VIEW(""), NULL, 5, &plain), LIFECYCLE_CHANGED);
    assert_policy(buf_str(&plain), "app", 0, "lifecycle.json");
}

static void test_others(void **state)
{
    (void)state;
    static const char *const policies[] = {
        "{",
        "[]",
        "{\"rules\":[]}",
        "{\"rules\":[1]}",
        "{\"rules\":[{\"description\":\"lorry: deployed images\"}]}",
        "{\"rules\":[{\"description\":\"lorry: images without a tag\"},{\"description\":\"x\"}]}",
        "{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"any\"}}]}",
    };
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        cleanup_buf struct buf policy = BUF_INIT(BUF_TEXT_CAP);
        assert_int_equal(lifecycle_policy(view_str(policies[i]), "app", 5, &policy),
                         LIFECYCLE_FOREIGN);
        assert_int_equal(policy.len, 0);
        assert_int_equal(lifecycle_kept(view_str(policies[i])), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_ours),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
