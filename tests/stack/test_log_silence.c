/* Why a function writes nothing more. */
#include "unit.h"

#include "base/memory.h"
#include "stack/log_silence.h"
#include "support/aws_script.h"

#define LIST "GET /2015-03-31/event-source-mappings?FunctionName=shop"
#define STATE(state) "{\"UUID\":\"u\",\"State\":\"" state "\"}"

static void check(const struct aws_step *step, const char *expected)
{
    struct aws_script script;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    aws_script_start(&script, step, 1);
    assert_int_equal(log_silence_explain(&script.client, "shop", &text), *expected != '\0');
    assert_string_equal(buf_str(&text), expected);
    aws_script_finish(&script);
}

static void test_what_mappings_mean(void **state)
{
    static const struct {
        const char *mappings, *expected;
    } cases[] = {
        {"", "nothing calls \"shop\": no event source mapping leads to it (`lorry status`)"},
        {STATE("Enabled"), ""},
        {STATE("Creating"), ""},
        {STATE("Enabling"), ""},
        {STATE("Updating"), ""},
        {STATE("Disabled"),
         "nothing calls \"shop\": its event source mapping is Disabled (`lorry status`)"},
        {STATE("Deleting"),
         "nothing calls \"shop\": its event source mapping is Deleting (`lorry status`)"},
        {STATE("Disabled") "," STATE("Enabled"), ""},
        {STATE("a later version's"), ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf answer = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&answer, "{\"EventSourceMappings\":[%s]}", cases[i].mappings);
        check(&(struct aws_step){LIST, 200, buf_str(&answer)}, cases[i].expected);
    }
}

static void test_what_cannot_be_known_is_not_told(void **state)
{
    (void)state;
    check(&(struct aws_step){LIST, 403, "{\"message\":\"no\"}"}, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_mappings_mean),
        cmocka_unit_test(test_what_cannot_be_known_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
