#include "unit.h"

#include <errno.h>

#include "base/error.h"

static void carries_what_happened(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(error_set(&err, ERROR_SINK, 4041, "table \"%s\" is unknown", "t"), -1);
    assert_int_equal(err.domain, ERROR_SINK);
    assert_int_equal(err.code, 4041);
    assert_false(err.retry);
    assert_string_equal(err.message, "table \"t\" is unknown");
    assert_int_equal(error_prefix(&err, "sink %d", 1), -1);
    assert_string_equal(err.message, "sink 1: table \"t\" is unknown");

    assert_int_equal(error_set_retry(&err, ERROR_NET, 0, "no answer"), -1);
    assert_true(err.retry);
    error_set(&err, ERROR_NET, 0, "no answer");
    assert_false(err.retry);

    errno = ENOENT;
    assert_int_equal(error_errno(&err, "cannot open \"%s\"", "x"), -1);
    assert_int_equal(err.domain, ERROR_SYSTEM);
    assert_int_equal(err.code, ENOENT);
    assert_string_equal(err.message, "cannot open \"x\": No such file or directory");
}

static void nobody_needs_to_ask(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_NET, 0, "x"), -1);
    assert_int_equal(error_set_retry(NULL, ERROR_NET, 0, "x"), -1);
    assert_int_equal(error_errno(NULL, "x"), -1);
    assert_int_equal(error_prefix(NULL, "x"), -1);
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    char text[2 * ERROR_MESSAGE_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct error err;
    error_set(&err, ERROR_INPUT, 0, "%s", text);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    error_prefix(&err, "line %d", 12);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    assert_memory_equal(err.message, "line 12: xxx", 12);
    error_prefix(&err, "%s", text);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    errno = EIO;
    error_errno(&err, "%s", text);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_what_happened),
        cmocka_unit_test(nobody_needs_to_ask),
        cmocka_unit_test(long_messages_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
