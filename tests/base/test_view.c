#include "unit.h"

#include "base/view.h"

static void test_start_and_end(void **state)
{
    (void)state;
    struct view status = VIEW("UPDATE_FAILED");
    assert_true(view_starts_with(status, VIEW("UPDATE_")));
    assert_true(view_ends_with(status, VIEW("_FAILED")));
    assert_true(view_starts_with(status, status) && view_ends_with(status, status));
    assert_true(view_starts_with(status, VIEW("")) && view_ends_with(status, VIEW("")));
    assert_false(view_ends_with(status, VIEW("_FAILE")));
    assert_false(view_ends_with(VIEW("FAILED"), VIEW("_FAILED")));
    assert_false(view_ends_with(view_str(NULL), VIEW("_FAILED")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
