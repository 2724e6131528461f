#include "unit.h"

#include <lorry/processor.h>

#include "cdc/batch.h"

#define RECORD(event, images)                                                                      \
    "{\"eventSource\":\"aws:dynamodb\",\"eventID\":\"e1\",\"tableName\":\"t\",\"eventName\":"      \
    "\"" event                                                                                     \
    "\",\"userIdentity\":{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"},"       \
    "\"dynamodb\":{\"ApproximateCreationDateTime\":1720740233012995,"                              \
    "\"Keys\":{\"id\":{\"S\":\"5F9E\"}}" images "}}"

#define IMAGE                                                                                      \
    ",\"NewImage\":{\"id\":{\"S\":\"5F9E\"},\"a\":{\"N\":\"1\"},\"b\":{\"S\":\"x\\n\"}},"          \
    "\"OldImage\":{\"id\":{\"S\":\"5F9E\"},\"a\":{\"N\":\"0\"}}"

static const struct record *run(lorry_process process, const char *line)
{
    static struct batch batch;
    batch_release(&batch);
    batch_init(&batch, (struct change_hook){process, NULL});
    batch_add_line(&batch, view_str(line), VIEW("f"), 1);
    return &batch.records[0];
}

static int look(struct lorry_change *change, void *user)
{
    struct lorry_value value;
    assert_null(user);
    assert_int_equal(lorry_change_operation(change), LORRY_MODIFY);
    assert_string_equal(lorry_change_table(change), "t");
    assert_int_equal(lorry_change_time_us(change), 1720740233012995);
    assert_true(lorry_change_expired(change));
    assert_true(lorry_change_key(change, "id", &value));
    assert_string_equal(value.type, "S");
    assert_string_equal(value.text, "5F9E");
    assert_false(lorry_change_key(change, "nope", &value));
    assert_true(lorry_change_new(change, "b", &value));
    assert_string_equal(value.text, "x\n");
    assert_int_equal(value.len, 2);
    assert_true(lorry_change_old(change, "a", &value));
    assert_string_equal(value.type, "N");
    assert_string_equal(value.text, "0");
    assert_false(lorry_change_old(change, "b", &value));
    assert_string_equal(lorry_change_old_image(change),
                        "{\"id\":{\"S\":\"5F9E\"},\"a\":{\"N\":\"0\"}}");
    return LORRY_PASS;
}

static void a_callback_sees_all(void **state)
{
    (void)state;
    const struct record *record = run(look, RECORD("MODIFY", IMAGE));
    assert_non_null(record->change);
    assert_view(record->change->attributes_json, "{\"a\":1.0,\"b\":\"x\\n\"}");
}

static int alter(struct lorry_change *change, void *user)
{
    (void)user;
    struct lorry_value value;
    assert_int_equal(lorry_change_set_string(change, "s\"", "quote\" é"), 0);
    assert_int_equal(lorry_change_set_number(change, "a", "9007199254740993"), 0);
    assert_int_equal(lorry_change_set_bool(change, "t", true), 0);
    assert_int_equal(lorry_change_set_null(change, "n"), 0);
    assert_int_equal(lorry_change_set_json(change, "l", "{\"L\":[{\"N\":\"1\"}]}"), 0);
    assert_int_equal(lorry_change_unset(change, "b"), 0);
    assert_int_equal(lorry_change_unset(change, "not there"), 0);
    assert_true(lorry_change_new(change, "s\"", &value));
    assert_string_equal(value.text, "quote\" é");
    assert_false(lorry_change_new(change, "b", &value));
    return LORRY_PASS;
}

static void a_callback_alters(void **state)
{
    (void)state;
    const struct record *record = run(alter, RECORD("INSERT", IMAGE));
    assert_null(record->reason);
    assert_view(
        record->change->attributes_json,
        "{\"l\":[1.0],\"n\":null,\"t\":true,\"a\":9007199254740992.0,\"s\\\"\":\"quote\\\" é\"}");
    assert_view(record->change->attributes[3].exact, "\"9007199254740993\"");
}

static int unset_all(struct lorry_change *change, void *user)
{
    (void)user;
    lorry_change_unset(change, "b");
    lorry_change_unset(change, "a");
    return LORRY_PASS;
}

static void a_callback_empties(void **state)
{
    (void)state;
    const struct record *record = run(unset_all, RECORD("INSERT", IMAGE));
    assert_view(record->change->attributes_json, "{}");
    record = run(unset_all, RECORD("INSERT", ",\"NewImage\":{\"a\":{\"N\":\"1\"}}"));
    assert_view(record->change->attributes_json, "{}");
    record = run(
        unset_all,
        RECORD(
            "INSERT",
            ",\"NewImage\": { \"a\" : {\"N\":\"1\"} , \"c\":{\"N\":\"1\"}, \"b\":{\"S\":\"\"} }"));
    assert_view(record->change->attributes_json, "{\"c\":1.0}");
}

static int drop(struct lorry_change *change, void *user)
{
    (void)change;
    (void)user;
    return LORRY_DROP;
}

static void a_callback_drops(void **state)
{
    (void)state;
    const struct record *record = run(drop, RECORD("REMOVE", ""));
    assert_null(record->change);
    assert_null(record->reason);
}

static int fail_with_reason(struct lorry_change *change, void *user)
{
    (void)user;
    return lorry_change_fail(change, "no such tenant");
}

static int fail_silently(struct lorry_change *change, void *user)
{
    (void)change;
    (void)user;
    return -7;
}

static int set_key(struct lorry_change *change, void *user)
{
    (void)user;
    lorry_change_set_string(change, "id", "other");
    return LORRY_PASS;
}

static int set_on_remove(struct lorry_change *change, void *user)
{
    (void)user;
    lorry_change_set_bool(change, "a", true);
    return LORRY_PASS;
}

static int set_nonsense(struct lorry_change *change, void *user)
{
    (void)user;
    lorry_change_set_json(change, "a", "{\"N\":\"warm\"}");
    return LORRY_PASS;
}

static int set_bad_number(struct lorry_change *change, void *user)
{
    (void)user;
    lorry_change_set_number(change, "a", "1\"");
    return LORRY_PASS;
}

static int set_bad_text(struct lorry_change *change, void *user)
{
    (void)user;
    lorry_change_set_string(change, "a", "\xff");
    return LORRY_PASS;
}

static void its_errors_are_the_records(void **state)
{
    (void)state;
    static const struct {
        lorry_process process;
        const char *event, *images, *reason;
    } cases[] = {
        {fail_with_reason, "INSERT", IMAGE, "own processor: no such tenant"},
        {fail_silently, "INSERT", IMAGE, "own processor: failed"},
        {set_key, "INSERT", IMAGE, "own processor: a key cannot be changed"},
        {set_on_remove, "REMOVE", "",
         "own processor: an attribute was set on a change that has no new image"},
        {set_nonsense, "INSERT", IMAGE,
         "own processor: an attribute was set to what is no typed JSON"},
        {set_bad_number, "INSERT", IMAGE,
         "own processor: an attribute was set to what is no number"},
        {set_bad_text, "INSERT", IMAGE,
         "own processor: an attribute was set to text that is not UTF-8"},
    };
    const struct record *record;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        record = cases[i].images[0] ? run(cases[i].process, RECORD("INSERT", IMAGE))
                                    : run(cases[i].process, RECORD("REMOVE", ""));
        assert_null(record->change);
        assert_string_equal(record->reason, cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_sees_all),        cmocka_unit_test(a_callback_alters),
        cmocka_unit_test(a_callback_empties),         cmocka_unit_test(a_callback_drops),
        cmocka_unit_test(its_errors_are_the_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
