/* lorry/stack.h without a network: what is told, who owns it, and for how long. What a description
 * means is compared with files in test_described.py; deploying is in tests/emulator/. */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "lorry/stack.h"
#include "stack/description.h"
#include "stack/fields.h"

static struct lorry_stack *minimal(void)
{
    struct lorry_stack *stack = lorry_stack_new();
    lorry_stack_set(stack, "project", "shop");
    lorry_stack_set(stack, "source.dynamodb.table", "orders");
    lorry_stack_set(stack, "source.dynamodb.keys.id", "S");
    lorry_stack_set(stack, "sink.url", "crate://crate.example.org:4200/");
    lorry_stack_set(stack, "sink.table", "orders");
    lorry_stack_set(stack, "alarms.topic", "arn:aws:sns:eu-central-1:123456789012:ops");
    return stack;
}

static void test_nothing_is_freed(void **state)
{
    (void)state;
    lorry_stack_free(NULL);
    lorry_stack_free(lorry_stack_new());
    lorry_stack_free(lorry_stack_read("/no/such/file"));
}

static void test_good(void **state)
{
    (void)state;
    const char *name = "x", *value = "y";
    struct lorry_stack *stack = minimal();
    assert_int_equal(lorry_stack_check(stack, NULL), 0);
    assert_int_equal(lorry_stack_finding_count(stack), 0);
    assert_null(lorry_stack_finding(stack, 0));
    assert_null(lorry_stack_error(stack));
    assert_null(lorry_stack_output(stack, "StreamArn"));
    assert_false(lorry_stack_output_at(stack, 0, &name, &value));
    assert_string_equal(name, "x");
    lorry_stack_free(stack);
}

/* Texts are copied: the caller's may go. */
static void test_texts_are_copied(void **state)
{
    (void)state;
    char path[] = "processor.name", value[] = "Mine", file[] = "mine.c";
    struct lorry_stack *stack = minimal();
    lorry_stack_set_at(stack, path, value, file, 12);
    lorry_stack_set_at(stack, "stream.name", "?", file, 13);
    memset(path, 'x', sizeof(path) - 1);
    memset(value, 'x', sizeof(value) - 1);
    memset(file, 'x', sizeof(file) - 1);
    assert_int_equal(lorry_stack_check(stack, NULL), -1);
    const struct lorry_finding *finding = lorry_stack_finding(stack, 0);
    assert_string_equal(finding->file, "mine.c");
    assert_int_equal(finding->line, 13);
    lorry_stack_set(stack, "stream.name", "s");
    cleanup_free char *template = lorry_stack_template(stack, NULL, LORRY_TEXT);
    assert_non_null(strstr(template, "FunctionName: Mine\n"));
    lorry_stack_free(stack);
}

static void test_places(void **state)
{
    (void)state;
    struct lorry_stack *stack = minimal();
    int line = __LINE__ + 1;
    lorry_stack_set(stack, "processor.memory", "1");
    assert_int_equal(lorry_stack_check(stack, NULL), -1);
    const struct lorry_finding *finding = lorry_stack_finding(stack, 0);
    assert_true(finding->error);
    assert_string_equal(finding->file, __FILE__);
    assert_int_equal(finding->line, line);
    assert_int_equal(finding->column, 0);
    lorry_stack_free(stack);

    stack = lorry_stack_new_at(NULL, 0);
    assert_int_equal(lorry_stack_check(stack, NULL), -1);
    finding = lorry_stack_finding(stack, 0);
    assert_null(finding->file);
    assert_int_equal(finding->line, 0);
    assert_non_null(strstr(lorry_stack_error(stack)->message, "the program describes no pipeline"));
    lorry_stack_free(stack);
}

/* An error stays until the next call, and goes with it. */
static void test_error(void **state)
{
    (void)state;
    struct lorry_stack *stack = minimal();
    lorry_stack_set(stack, "processor.memory", "1");
    assert_null(lorry_stack_template(stack, NULL, LORRY_JSON));
    const struct lorry_error *error = lorry_stack_error(stack);
    assert_int_equal(error->kind, LORRY_ERROR_DESCRIPTION);
    assert_false(error->retry);
    assert_string_equal(error->name, "");
    assert_non_null(strstr(error->message, "(mistakes: 1): "));
    assert_non_null(strstr(error->message, "\"processor.memory\" is \"1\""));
    assert_int_equal(lorry_stack_deploy(stack, NULL), -1);
    assert_int_equal(lorry_stack_error(stack)->kind, LORRY_ERROR_DESCRIPTION);
    lorry_stack_set(stack, "processor.memory", NULL);
    free(lorry_stack_template(stack, NULL, LORRY_JSON));
    assert_null(lorry_stack_error(stack));
    assert_int_equal(lorry_stack_finding_count(stack), 0);
    lorry_stack_free(stack);
}

/* Warnings are no mistakes, and come before or behind them, by place. */
static void test_warnings(void **state)
{
    (void)state;
    struct lorry_stack *stack = minimal();
    lorry_stack_set(stack, "processor.on-failure", "none");
    assert_int_equal(lorry_stack_check(stack, NULL), 0);
    assert_int_equal(lorry_stack_finding_count(stack), 1);
    assert_false(lorry_stack_finding(stack, 0)->error);
    lorry_stack_set(stack, "processor.memory", "1");
    assert_int_equal(lorry_stack_check(stack, NULL), -1);
    assert_int_equal(lorry_stack_finding_count(stack), 2);
    assert_true(lorry_stack_finding(stack, 1)->error);
    assert_non_null(strstr(lorry_stack_error(stack)->message, "(mistakes: 1)"));
    lorry_stack_free(stack);
}

static void test_options(void **state)
{
    (void)state;
    struct lorry_stack *stack = minimal();
    lorry_stack_set(stack, "stages.prod.source.dynamodb.table", "orders-prod");
    const struct lorry_stack_options prod = {.stage = "prod"}, none = {.stage = "pord"};
    cleanup_free char *dev = lorry_stack_template(stack, NULL, LORRY_TEXT);
    cleanup_free char *other = lorry_stack_template(stack, &prod, LORRY_TEXT);
    assert_null(strstr(dev, "orders-prod"));
    assert_non_null(strstr(other, "TableName: orders-prod\n"));
    assert_null(lorry_stack_template(stack, &none, LORRY_TEXT));
    assert_non_null(strstr(lorry_stack_error(stack)->message, "did you mean \"prod\"?"));
    /* An emulator's functions may keep what AWS's cannot. */
    lorry_stack_set(stack, "sink.url", "sqlite:////tmp/a.db");
    const struct lorry_stack_options emulator = {.endpoint_url = "http://127.0.0.1:1"};
    assert_int_equal(lorry_stack_check(stack, NULL), -1);
    assert_int_equal(lorry_stack_check(stack, &emulator), 0);
    lorry_stack_free(stack);
}

static void test_no_secret_is_told(void **state)
{
    (void)state;
    struct lorry_stack *stack = minimal();
    lorry_stack_set(stack, "sink.url", "crate://me:sesame@crate.example.org:4200/");
    lorry_stack_set(stack, "processor.environment.API_TOKEN", "sesame");
    lorry_stack_set(stack, "sink.password.env", "sesame=");
    assert_int_equal(lorry_stack_check(stack, NULL), -1);
    assert_null(strstr(lorry_stack_error(stack)->message, "sesame"));
    for (size_t i = 0; i < lorry_stack_finding_count(stack); i++)
        assert_null(strstr(lorry_stack_finding(stack, i)->message, "sesame"));
    lorry_stack_set(stack, "sink.password", NULL);
    cleanup_free char *template = lorry_stack_template(stack, NULL, LORRY_JSON);
    assert_non_null(template);
    assert_null(strstr(template, "sesame"));
    lorry_stack_free(stack);
}

/* Every field of the table can be reached by its path, and taken away again. */
static void test_every_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < field_count; i++) {
        cleanup_description struct description description;
        cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
        bool names = fields[i].kind == FIELD_PAIRS || fields[i].kind == FIELD_KEYS;
        buf_printf(&path, "%s%s", fields[i].path, names ? ".a.b" : "");
        description_init(&description, (struct mark){0});
        if (fields[i].kind == FIELD_LIST)
            description_add(&description, buf_str(&path), "x", (struct mark){0});
        else
            description_set(&description, buf_str(&path), "x", (struct mark){0});
        struct yaml_place place = yaml_find(description.root, fields[i].path);
        assert_non_null(place.node);
        assert_true(!names || yaml_get(place.node, VIEW("a.b")));
        description_set(&description, buf_str(&path), NULL, (struct mark){0});
        place = yaml_find(description.root, fields[i].path);
        assert_true(names ? place.node->count == 0 : !place.node);
        assert_int_equal(description.problems.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_freed),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_texts_are_copied),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_no_secret_is_told),
        cmocka_unit_test(test_every_field),
    };
    clearenv();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
