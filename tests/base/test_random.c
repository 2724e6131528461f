#include "unit.h"

#include "base/random.h"

static void test_below(void **state)
{
    (void)state;
    assert_int_equal(random_below(0), 0);
    assert_int_equal(random_below(-1), 0);
    assert_int_equal(random_below(1), 0);
    for (int i = 0; i < 1000; i++)
        assert_in_range(random_below(10), 0, 9);
}

static void test_uuid(void **state)
{
    (void)state;
    static const char shape[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    char before[RANDOM_UUID_SIZE] = "", text[RANDOM_UUID_SIZE];
    for (int i = 0; i < 1000; i++) {
        assert_ptr_equal(random_uuid(text), text);
        assert_int_equal(strlen(text), strlen(shape));
        for (size_t j = 0; shape[j]; j++)
            if (shape[j] == 'x')
                assert_non_null(strchr("0123456789abcdef", text[j]));
            else if (shape[j] == 'y')
                assert_non_null(strchr("89ab", text[j]));
            else
                assert_int_equal(text[j], shape[j]);
        assert_string_not_equal(text, before);
        memcpy(before, text, sizeof(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_below), cmocka_unit_test(test_uuid)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
