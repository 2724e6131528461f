#include "unit.h"

#include <string.h>

#include "cdc/change.h"

static struct change change_at(int64_t version, const char *sequence)
{
    struct change change = {.version = version};
    assert_int_equal(change_set_sequence(view_str(sequence), change.sequence), 0);
    return change;
}

static void orders_by_version_then_sequence(void **state)
{
    (void)state;
    struct change old = change_at(1, "900");
    struct change low = change_at(2, "9");
    struct change high = change_at(2, "10");
    struct change before_1970 = change_at(-5, "1");
    assert_true(change_compare(&old, &low) < 0);
    assert_true(change_compare(&low, &old) > 0);
    assert_true(change_compare(&low, &high) < 0);
    assert_true(change_compare(&high, &low) > 0);
    assert_true(change_compare(&before_1970, &old) < 0);
    assert_int_equal(change_compare(&high, &high), 0);
}

static void pads_sequences(void **state)
{
    (void)state;
    char out[SEQUENCE_DIGITS + 1];
    assert_int_equal(change_set_sequence(VIEW("00042"), out), 0);
    assert_string_equal(out, "0000000000000000000000000000000000000000000000000000000000000042");
    assert_int_equal(change_set_sequence(VIEW("0"), out), 0);
    assert_int_equal(strspn(out, "0"), SEQUENCE_DIGITS);
}

static void takes_as_many_digits_as_there_are(void **state)
{
    (void)state;
    char digits[SEQUENCE_DIGITS + 3], out[SEQUENCE_DIGITS + 1];
    memset(digits, '9', sizeof(digits));
    assert_int_equal(change_set_sequence(view_of(digits, SEQUENCE_DIGITS), out), 0);
    assert_memory_equal(out, digits, SEQUENCE_DIGITS);
    assert_int_equal(change_set_sequence(view_of(digits, SEQUENCE_DIGITS + 1), out), -1);
    digits[0] = digits[1] = '0';
    assert_int_equal(change_set_sequence(view_of(digits, SEQUENCE_DIGITS + 2), out), 0);
}

static void refuses_what_is_no_number(void **state)
{
    (void)state;
    char out[SEQUENCE_DIGITS + 1] = "untouched";
    assert_int_equal(change_set_sequence(VIEW(""), out), -1);
    assert_int_equal(change_set_sequence(VIEW("12a"), out), -1);
    assert_int_equal(change_set_sequence(VIEW("-1"), out), -1);
    assert_int_equal(change_set_sequence(VIEW(" 1"), out), -1);
    assert_int_equal(change_set_sequence(VIEW("1\0"), out), -1);
    assert_string_equal(out, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_by_version_then_sequence),
        cmocka_unit_test(pads_sequences),
        cmocka_unit_test(takes_as_many_digits_as_there_are),
        cmocka_unit_test(refuses_what_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
