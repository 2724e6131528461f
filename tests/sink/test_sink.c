#include "unit.h"

#include <string.h>

#include "sink/sink.h"

static void names_the_schemes_there_are(void **state)
{
    (void)state;
    char scheme[] = "mysql", table[] = "t";
    struct url url = {.scheme = scheme};
    struct sink_config config = {.url = &url, .table = {.table = table}};
    struct sink *sink = NULL;
    struct error err;
    assert_int_equal(sink_open(&config, &sink, &err), -1);
    assert_null(sink);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_non_null(strstr(err.message, "mysql://"));
    assert_non_null(strstr(err.message, "sqlite://"));
}

static void nothing_is_closed_twice(void **state)
{
    (void)state;
    sink_close(NULL);
    struct table_info info = {0};
    table_info_release(&info);
    struct query_result result = {0};
    query_result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_schemes_there_are),
        cmocka_unit_test(nothing_is_closed_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
