#include "unit.h"

#include "stack/change_summary.h"
#include "stack/stack_failure.h"
#include "stack/stack_state.h"

static void test_states(void **state)
{
    static const struct {
        const char *status;
        enum stack_state state;
        bool success;
    } cases[] = {
        {"REVIEW_IN_PROGRESS", STACK_ABSENT, false},
        {"CREATE_IN_PROGRESS", STACK_BUSY, false},
        {"CREATE_COMPLETE", STACK_READY, true},
        {"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", STACK_BUSY, false},
        {"UPDATE_ROLLBACK_COMPLETE", STACK_READY, false},
        {"ROLLBACK_COMPLETE", STACK_FAILED, false},
        {"UPDATE_ROLLBACK_FAILED", STACK_STUCK, false},
        {"DELETE_COMPLETE", STACK_DELETED, true},
        {"SOMETHING_NEW_IN_PROGRESS", STACK_BUSY, false},
        {"SOMETHING_NEW", STACK_READY, false},
    };
    (void)state;
    assert_int_equal(stack_state_of(NULL), STACK_ABSENT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(stack_state_of(cases[i].status), cases[i].state);
        assert_int_equal(stack_status_is_success(cases[i].status), cases[i].success);
    }
}

static void test_summary(void **state)
{
    const struct {
        struct change_set_change change;
        enum change_gravity gravity;
        const char *line;
    } cases[] = {
        {{"Add", "Stream", "", "AWS::Kinesis::Stream", "", "", NULL, 0},
         CHANGE_HARMLESS,
         "+ Stream               AWS::Kinesis::Stream is made"},
        {{"Import", "Table", "t", "AWS::DynamoDB::Table", "", "", NULL, 0},
         CHANGE_HARMLESS,
         "+ Table                AWS::DynamoDB::Table becomes part of the stack"},
        {{"Modify", "Function", "f", "AWS::Lambda::Function", "False", "",
          (struct change_set_property[]){
              {"MemorySize", "Never"}, {"Environment", "Never"}, {"MemorySize", "Never"}},
          3},
         CHANGE_HARMLESS,
         "~ Function             AWS::Lambda::Function is changed: MemorySize, Environment"},
        {{"Modify", "Function", "f", "AWS::Lambda::Function", "True", "", NULL, 0},
         CHANGE_REPLACES,
         "! Function             AWS::Lambda::Function is replaced"},
        {{"Modify", "Table", "t", "AWS::DynamoDB::Table", "Conditional", "ReplaceAndRetain", NULL,
          0},
         CHANGE_REPLACES,
         "! Table                AWS::DynamoDB::Table is replaced; the old one is kept"},
        {{"Modify", "Table", "t", "AWS::DynamoDB::Table", "True", "ReplaceAndDelete", NULL, 0},
         CHANGE_LOSES,
         "! Table                AWS::DynamoDB::Table is replaced; the old one is DELETED WITH ITS "
         "DATA"},
        {{"Remove", "Queue", "q", "AWS::SQS::Queue", "", "Delete", NULL, 0},
         CHANGE_LOSES,
         "- Queue                AWS::SQS::Queue is DELETED WITH ITS DATA"},
        {{"Remove", "Table", "t", "AWS::DynamoDB::Table", "", "Retain", NULL, 0},
         CHANGE_HARMLESS,
         "- Table                AWS::DynamoDB::Table leaves the stack, and is kept"},
        {{"Remove", "Alarm", "a", "AWS::CloudWatch::Alarm", "", "Delete", NULL, 0},
         CHANGE_HARMLESS,
         "- Alarm                AWS::CloudWatch::Alarm is deleted"},
        {{"Add", "\033[2J", "", "", "", "", NULL, 0},
         CHANGE_HARMLESS,
         "+  [2J                  is made"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
        change_summary_append(&cases[i].change, &line);
        assert_string_equal(buf_str(&line), cases[i].line);
        assert_int_equal(change_gravity(&cases[i].change), cases[i].gravity);
    }
}

static void test_empty_change_sets(void **state)
{
    (void)state;
    assert_true(change_set_is_empty(
        &(struct change_set){.status = "FAILED",
                             .reason = "The submitted information didn't contain changes. Submit "
                                       "different information to create a change set."}));
    assert_true(change_set_is_empty(
        &(struct change_set){.status = "FAILED", .reason = "No updates are to be performed."}));
    assert_false(
        change_set_is_empty(&(struct change_set){.status = "FAILED", .reason = "Template error"}));
    assert_false(change_set_is_empty(&(struct change_set){
        .status = "CREATE_COMPLETE", .reason = "No updates are to be performed."}));
}

#define STACK "arn:stack"

static void take(struct stack_failure *failure, const char *id, const char *status,
                 const char *reason)
{
    const char *physical = strcmp(id, "stack") == 0 ? STACK : id;
    const struct cfn_event event = {"e", "", id, physical, "AWS::X::Y", status, reason, ""};
    stack_failure_take(failure, STACK, &event);
}

static const char *explained(const struct stack_failure *failure, struct buf *out)
{
    buf_clear(out);
    stack_failure_explain(failure, out);
    return buf_str(out);
}

static void test_first_failure_is_the_cause(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    cleanup_stack_failure struct stack_failure failure;
    stack_failure_init(&failure);
    take(&failure, "stack", "CREATE_IN_PROGRESS", "User Initiated");
    assert_string_equal(explained(&failure, &out), "");
    take(&failure, "Role", "CREATE_FAILED", "Resource creation cancelled");
    take(&failure, "Table", "CREATE_FAILED", "t already\nexists");
    take(&failure, "Stream", "CREATE_FAILED", "no");
    take(&failure, "stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed");
    take(&failure, "stack", "ROLLBACK_COMPLETE", "");
    assert_string_equal(explained(&failure, &out),
                        "Table (AWS::X::Y): t already exists; and it is not of this stack: "
                        "say `existing: true` for a table or a stream that is to be used as it is, "
                        "or choose another name");
    take(&failure, "stack", "UPDATE_IN_PROGRESS", "User Initiated");
    assert_string_equal(explained(&failure, &out), "");
    take(&failure, "Function", "UPDATE_FAILED", "out of luck");
    assert_string_equal(explained(&failure, &out), "Function (AWS::X::Y): out of luck");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_empty_change_sets),
        cmocka_unit_test(test_first_failure_is_the_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
