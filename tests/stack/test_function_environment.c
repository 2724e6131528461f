#include "unit.h"

#include "lambda/variables.h"
#include "pipeline.h"
#include "stack/function_environment.h"

static void take(void *user, const char *name, const char *value)
{
    variables_set(user, name, value);
}

static const char *environment(const char *name)
{
    return strcmp(name, "OURS") == 0 ? "s3cret" : NULL;
}

/* The value, or NULL. */
static const char *value_of(const struct variables *variables, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < variables->count; i++)
        if (strncmp(variables->items[i], name, len) == 0 && variables->items[i][len] == '=')
            return variables->items[i] + len + 1;
    return NULL;
}

static void as_the_template_has_it(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } expected[] = {
        {"SINK_URL", "crate://admin@example.eks1.eu-west-1.aws.cratedb.net:4200/?ssl=true"},
        {"SINK_PASSWORD_SECRET", "lorry/testdrive"},
        {"SINK_PASSWORD", NULL},
        {"SINK_TABLE", "transactions"},
        {"SINK_TOMBSTONE_RETENTION", "7d"},
        {"ON_ERROR", "dead-letter"},
        {"AWS_LAMBDA_LOG_FORMAT", "JSON"},
        {"AWS_LAMBDA_LOG_LEVEL", "INFO"},
        {"REPORT_BATCH_ITEM_FAILURES", "true"},
    };
    struct error err = {0};
    struct stack stack = documented_pipeline();
    cleanup_variables struct variables variables = {0};
    assert_int_equal(function_environment(&stack, environment, take, &variables, &err), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        const char *value = value_of(&variables, expected[i].name);
        if (expected[i].value)
            assert_string_equal(value, expected[i].value);
        else
            assert_null(value);
    }
}

static void secrets_are_filled_in(void **state)
{
    (void)state;
    struct error err = {0};
    struct stack_pair pairs[] = {{"API_TOKEN", "t0ken"}, {"PLAIN", "text"}};
    struct stack stack = documented_pipeline();
    cleanup_variables struct variables variables = {0};
    stack.sink.password = (struct stack_password){.variable = "OURS"};
    stack.processor.environment = pairs;
    stack.processor.environment_count = 2;
    assert_int_equal(function_environment(&stack, environment, take, &variables, &err), 0);
    assert_string_equal(value_of(&variables, "SINK_PASSWORD"), "s3cret");
    assert_string_equal(value_of(&variables, "API_TOKEN"), "t0ken");
    assert_string_equal(value_of(&variables, "PLAIN"), "text");
    stack.sink.password = (struct stack_password){0};
    stack.sink.url = "crate://admin:in-the-url@example.net:4200/";
    assert_int_equal(function_environment(&stack, environment, take, &variables, &err), 0);
    assert_string_equal(value_of(&variables, "SINK_PASSWORD"), "in-the-url");
    assert_string_equal(value_of(&variables, "SINK_URL"), "crate://admin@example.net:4200/");
}

static void what_is_missing(void **state)
{
    (void)state;
    struct error err = {0};
    struct stack stack = documented_pipeline();
    cleanup_variables struct variables variables = {0};
    stack.sink.password = (struct stack_password){.variable = "NOBODYS"};
    assert_int_equal(function_environment(&stack, environment, take, &variables, &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_non_null(strstr(err.message, "NOBODYS"));
    stack.sink.url = "\xFF";
    assert_int_equal(function_environment(&stack, environment, take, &variables, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_template_has_it),
        cmocka_unit_test(secrets_are_filled_in),
        cmocka_unit_test(what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
