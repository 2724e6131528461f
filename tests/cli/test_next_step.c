#include "unit.h"

#include "base/memory.h"
#include "cli/next_step.h"

static void test_options_are_carried_on(void **state)
{
    (void)state;
    static const struct {
        struct cli cli;
        const char *text, *wanted;
    } table[] = {
        {{0}, "lorry deploy", "lorry deploy"},
        {{.stage = "prod"}, NULL, NULL},
        {{.stage = "prod"}, "", ""},
        {{.stage = "prod"}, "lorry replay --list", "lorry --stage prod replay --list"},
        {{.stage = "prod"},
         "lorry destroy && lorry deploy",
         "lorry --stage prod destroy && lorry --stage prod deploy"},
        {{.stage = "prod"},
         "not deployed: `lorry deploy` makes it run",
         "not deployed: `lorry --stage prod deploy` makes it run"},
        {{.stage = "prod"},
         "the stack is not one of lorry yet",
         "the stack is not one of lorry yet"},
        {{.file = "my pipelines/it's.yaml", .region = "eu-west-1"},
         "lorry deploy",
         "lorry --file 'my pipelines/it'\\''s.yaml' --region eu-west-1 deploy"},
        {{.file = "-"}, "lorry deploy", "lorry deploy"},
        {{.stage = "prod", .profile = "work", .endpoint_url = "http://127.0.0.1:4566"},
         "`aws lambda list-functions --region eu-west-1`, then `lorry deploy`",
         "`aws --profile work --endpoint-url http://127.0.0.1:4566 lambda list-functions --region "
         "eu-west-1`, then `lorry --stage prod --profile work --endpoint-url "
         "http://127.0.0.1:4566 deploy`"},
        {{.stage = "prod"}, "aws lambda list-functions", "aws lambda list-functions"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct arena arena = {0};
        const char *found = next_step(&table[i].cli, table[i].text, &arena);
        if (table[i].wanted)
            assert_string_equal(found, table[i].wanted);
        else
            assert_null(found);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_options_are_carried_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
