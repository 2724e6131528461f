#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "stack/change_summary.h"
#include "stack/template_diff.h"

/* Two templates, as the resources of each; NULL: there is none. */
struct pair {
    json_t *before, *after;
    struct template_diff diff;
};

static json_t *template_of(const char *resources)
{
    json_error_t why;
    json_t *read = json_loads(resources, 0, &why);
    if (!read)
        fail_msg("%s at %d of %s", why.text, why.position, resources);
    return json_pack("{s:o}", "Resources", read);
}

static void compare(struct pair *pair, const char *before, const char *after)
{
    *pair =
        (struct pair){.before = before ? template_of(before) : NULL, .after = template_of(after)};
    template_diff(pair->before, pair->after, &pair->diff);
}

static void pair_release(struct pair *pair)
{
    template_diff_release(&pair->diff);
    json_decref(pair->before);
    json_decref(pair->after);
}

static const struct template_resource *find(const struct pair *pair, const char *logical_id)
{
    for (size_t i = 0; i < pair->diff.resource_count; i++)
        if (strcmp(pair->diff.resources[i].change.logical_id, logical_id) == 0)
            return &pair->diff.resources[i];
    return NULL;
}

static void append_json(const json_t *value, struct buf *out)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    buf_append_str(out, text ? text : "-");
    free(text);
}

/* "PATH BEFORE AFTER; ..." of all values of the first resource. */
static void assert_changes(const struct pair *pair, const char *expected)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(pair->diff.resource_count, 1);
    const struct template_changes *changes = &pair->diff.resources[0].changes;
    for (size_t i = 0; i < changes->count; i++) {
        buf_printf(&text, "%s%s ", i ? "; " : "", changes->items[i].path);
        append_json(changes->items[i].before, &text);
        buf_append_char(&text, ' ');
        append_json(changes->items[i].after, &text);
    }
    assert_string_equal(buf_str(&text), expected);
}

#define FUNCTION(properties)                                                                       \
    "{\"F\":{\"Type\":\"AWS::Lambda::Function\",\"Properties\":{" properties "}}}"

static void test_values(void **state)
{
    static const struct {
        const char *before, *after, *changes;
    } cases[] = {
        {"\"MemorySize\":256", "\"MemorySize\":512", "MemorySize 256 512"},
        {"", "\"Timeout\":60", "Timeout - 60"},
        {"\"Timeout\":60", "", "Timeout 60 -"},
        {"\"A\":{\"B\":{\"C\":\"x\",\"D\":1}}", "\"A\":{\"B\":{\"C\":\"y\",\"D\":1}}",
         "A.B.C \"x\" \"y\""},
        {"\"A\":{\"Ref\":\"X\"}", "\"A\":{\"Ref\":\"Y\"}", "A {\"Ref\":\"X\"} {\"Ref\":\"Y\"}"},
        {"\"A\":{\"Ref\":\"X\"}", "\"A\":{\"B\":1}", "A {\"Ref\":\"X\"} {\"B\":1}"},
        /* Lists of named things, whatever their order. */
        {"\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]",
         "\"Tags\":[{\"Key\":\"c\",\"Value\":\"3\"},{\"Key\":\"a\",\"Value\":\"4\"}]",
         "Tags[a].Value \"1\" \"4\"; Tags[b] {\"Key\":\"b\",\"Value\":\"2\"} -; "
         "Tags[c] - {\"Key\":\"c\",\"Value\":\"3\"}"},
        /* Sets. */
        {"\"L\":[\"a\",\"b\",{\"Ref\":\"X\"}]", "\"L\":[\"b\",\"c\",{\"Ref\":\"X\"}]",
         "L[] \"a\" -; L[] - \"c\""},
        {"\"L\":[\"a\",\"b\"]", "\"L\":[\"b\",\"a\"]", "L [\"a\",\"b\"] [\"b\",\"a\"]"},
        {"\"L\":[\"a\",\"a\"]", "\"L\":[\"a\"]", "L [\"a\",\"a\"] [\"a\"]"},
        {"\"L\":[]", "\"L\":[\"a\"]", "L [] [\"a\"]"},
        /* All else by its place. */
        {"\"L\":[{\"X\":1},{\"X\":2}]", "\"L\":[{\"X\":1},{\"X\":3}]", "L[1].X 2 3"},
        {"\"L\":[{\"X\":1}]", "\"L\":[{\"X\":1},{\"X\":3}]", "L [{\"X\":1}] [{\"X\":1},{\"X\":3}]"},
        {"\"L\":\"a\"", "\"L\":[\"a\"]", "L \"a\" [\"a\"]"},
        /* No names, after all: one of them comes twice. */
        {"\"L\":[{\"Key\":\"a\"},{\"Key\":\"a\"}]", "\"L\":[{\"Key\":\"a\"},{\"Key\":\"b\"}]",
         "L[1].Key \"a\" \"b\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair pair;
        char before[300], after[300];
        snprintf(before, sizeof(before), FUNCTION("%s"), cases[i].before);
        snprintf(after, sizeof(after), FUNCTION("%s"), cases[i].after);
        compare(&pair, before, after);
        assert_changes(&pair, cases[i].changes);
        assert_string_equal(pair.diff.resources[0].change.action, "Modify");
        assert_string_equal(pair.diff.resources[0].change.replacement, "False");
        pair_release(&pair);
        compare(&pair, before, before);
        assert_int_equal(pair.diff.resource_count, 0);
        pair_release(&pair);
    }
}

static void test_new_and_gone(void **state)
{
    (void)state;
    struct pair pair;
    compare(&pair, NULL, "{\"A\":{\"Type\":\"AWS::SQS::Queue\"}}");
    assert_int_equal(pair.diff.resource_count, 1);
    assert_string_equal(pair.diff.resources[0].change.action, "Add");
    pair_release(&pair);
    compare(
        &pair,
        "{\"T\":{\"Type\":\"AWS::DynamoDB::Table\",\"DeletionPolicy\":\"RetainExceptOnCreate\"},"
        "\"S\":{\"Type\":\"AWS::Kinesis::Stream\"}}",
        "{\"A\":{\"Type\":\"AWS::SQS::Queue\"}}");
    assert_int_equal(pair.diff.resource_count, 3);
    assert_string_equal(pair.diff.resources[0].change.logical_id, "A");
    assert_int_equal(change_gravity(&find(&pair, "T")->change), CHANGE_HARMLESS);
    assert_int_equal(change_gravity(&find(&pair, "S")->change), CHANGE_LOSES);
    pair_release(&pair);
}

#define TABLE(name, type, policy)                                                                  \
    "{\"T\":{\"Type\":\"AWS::DynamoDB::Table\",\"UpdateReplacePolicy\":\"" policy                  \
    "\",\"Properties\":{\"TableName\":" name ",\"KeySchema\":[{\"AttributeName\":\"" type          \
    "\",\"KeyType\":\"HASH\"}]}}}"

static void test_replacement(void **state)
{
    static const struct {
        const char *before, *after, *replacement;
        enum change_gravity gravity;
        bool blocked;
    } cases[] = {
        {TABLE("\"a\"", "k", "Retain"), TABLE("\"b\"", "k", "Retain"), "True", CHANGE_REPLACES,
         false},
        {TABLE("\"a\"", "k", "Delete"), TABLE("\"b\"", "k", "Retain"), "True", CHANGE_LOSES, false},
        {TABLE("\"a\"", "k", "Retain"), TABLE("\"b\"", "k", "Delete"), "True", CHANGE_LOSES, false},
        {TABLE("\"a\"", "k", "Retain"), TABLE("\"a\"", "l", "Retain"), "Conditional",
         CHANGE_REPLACES, true},
        {TABLE("\"a\"", "k", "Retain"), TABLE("\"a\"", "k", "Delete"), "False", CHANGE_HARMLESS,
         false},
        {FUNCTION("\"PackageType\":\"Zip\",\"FunctionName\":\"f\""),
         FUNCTION("\"PackageType\":\"Image\",\"FunctionName\":\"f\""), "True", CHANGE_REPLACES,
         true},
        {FUNCTION("\"PackageType\":\"Zip\""), FUNCTION("\"PackageType\":\"Image\""), "True",
         CHANGE_REPLACES, false},
        {FUNCTION(""), "{\"F\":{\"Type\":\"AWS::SQS::Queue\",\"Properties\":{}}}", "True",
         CHANGE_LOSES, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair pair;
        compare(&pair, cases[i].before, cases[i].after);
        assert_int_equal(pair.diff.resource_count, 1);
        const struct template_resource *resource = &pair.diff.resources[0];
        assert_string_equal(resource->change.replacement, cases[i].replacement);
        assert_int_equal(change_gravity(&resource->change), cases[i].gravity);
        assert_int_equal(resource->blocked != NULL, cases[i].blocked);
        pair_release(&pair);
    }
}

#define MAPPING(position)                                                                          \
    "{\"M\":{\"Type\":\"AWS::Lambda::EventSourceMapping\",\"Properties\":{\"StartingPosition\":"   \
    "\"" position "\",\"FunctionName\":\"f\"}}}"

static void test_mapping_is_not_replaced(void **state)
{
    (void)state;
    struct pair pair;
    compare(&pair, MAPPING("TRIM_HORIZON"), MAPPING("LATEST"));
    assert_string_equal(pair.diff.resources[0].change.replacement, "True");
    assert_non_null(strstr(pair.diff.resources[0].blocked, "delete the old one first"));
    pair_release(&pair);
}

#define STREAM(name)                                                                               \
    "\"Stream\":{\"Type\":\"AWS::Kinesis::Stream\",\"Properties\":{\"Name\":\"" name "\"}},"
#define REST                                                                                       \
    "\"Mapping\":{\"Type\":\"AWS::Lambda::EventSourceMapping\",\"Properties\":{"                   \
    "\"EventSourceArn\":"                                                                          \
    "{\"Fn::GetAtt\":[\"Stream\",\"Arn\"]},\"BatchSize\":1}},"                                     \
    "\"Alarm\":{\"Type\":\"AWS::CloudWatch::Alarm\",\"Properties\":{\"Dimensions\":[{\"Value\":"   \
    "{\"Ref\":\"Mapping\"}}],\"AlarmDescription\":{\"Fn::Sub\":\"of ${Stream}\"}}},"               \
    "\"Role\":{\"Type\":\"AWS::IAM::Role\",\"Properties\":{\"Description\":"                       \
    "{\"Fn::Sub\":\"${Streams} ${!Stream}\"}}}"

/* What refers to what is replaced changes, and is perhaps replaced itself; and so on. */
static void test_what_follows(void **state)
{
    (void)state;
    struct pair pair;
    compare(&pair, "{" STREAM("a") REST "}", "{" STREAM("b") REST "}");
    assert_int_equal(pair.diff.resource_count, 3);
    const struct template_resource *mapping = find(&pair, "Mapping"), *alarm = find(&pair, "Alarm");
    assert_string_equal(mapping->change.replacement, "True");
    assert_int_equal(mapping->changes.count, 1);
    assert_string_equal(mapping->changes.items[0].path, "EventSourceArn");
    assert_string_equal(mapping->changes.items[0].follows, "Stream");
    assert_null(mapping->blocked);
    assert_string_equal(alarm->change.replacement, "False");
    assert_int_equal(alarm->changes.count, 2);
    assert_null(find(&pair, "Role"));
    pair_release(&pair);
    compare(&pair, "{" STREAM("a") REST "}", "{" STREAM("a") REST "}");
    assert_int_equal(pair.diff.resource_count, 0);
    pair_release(&pair);
}

static void test_the_rest(void **state)
{
    (void)state;
    struct template_diff diff = {0};
    json_t *before = json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:{}}", "Description", "a", "Outputs",
                               "X", "Value", "1", "Y", "Value", "2", "Resources");
    json_t *after = json_pack("{s:s, s:{s:{s:s}}, s:{}}", "Description", "b", "Outputs", "X",
                              "Value", "3", "Resources");
    template_diff(before, after, &diff);
    assert_int_equal(diff.outputs.count, 2);
    assert_string_equal(diff.outputs.items[0].path, "X.Value");
    assert_string_equal(diff.outputs.items[1].path, "Y");
    assert_null(diff.outputs.items[1].after);
    assert_int_equal(diff.texts.count, 1);
    assert_string_equal(diff.texts.items[0].path, "Description");
    template_diff_release(&diff);
    json_decref(before);
    json_decref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_new_and_gone),
        cmocka_unit_test(test_replacement), cmocka_unit_test(test_what_follows),
        cmocka_unit_test(test_the_rest),    cmocka_unit_test(test_mapping_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
