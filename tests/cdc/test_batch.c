#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "cdc/batch.h"

#define HEAD                                                                                       \
    "{\"eventSource\":\"aws:dynamodb\",\"eventID\":\"e1\",\"tableName\":\"t\",\"eventName\":"
#define TIME "\"ApproximateCreationDateTime\":1720740233012995,"
#define KEYS "\"Keys\":{\"id\":{\"S\":\"5F9E\"}}"
#define PRECISION "\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\""
/* An INSERT whose new image has the attribute v. */
#define INSERT(v)                                                                                  \
    HEAD "\"INSERT\",\"dynamodb\":{" TIME KEYS ",\"NewImage\":{\"id\":{\"S\":\"5F9E\"},\"v\":" v   \
         "}," PRECISION "}}"

static int setup(void **state)
{
    static struct batch batch;
    batch_init(&batch, (struct change_hook){0});
    *state = &batch;
    return 0;
}

static int teardown(void **state)
{
    batch_release(*state);
    return 0;
}

/* Decodes a line that was allocated at its exact size, so that reading past it is noticed. */
static const struct record *decode(struct batch *batch, const char *line)
{
    static char *copy;
    size_t len = strlen(line);
    free(copy);
    copy = malloc(len ? len : 1);
    memcpy(copy, line, len);
    batch_reset(batch);
    batch_add_line(batch, view_of(copy, len), VIEW("file"), 7);
    assert_int_equal(batch->count, 1);
    return &batch->records[0];
}

static void transcodes_every_type(void **state)
{
    static const struct {
        const char *typed, *plain, *exact;
    } cases[] = {
        {"{\"S\":\"foo\"}", "\"foo\"", ""},
        {"{\"S\":\"\"}", "\"\"", ""},
        {"{\"S\":\"\\u00e9\\n\\\"\"}", "\"\\u00e9\\n\\\"\"", ""},
        {"{\"S\":null}", "null", ""},
        {"{\"N\":\"42\"}", "42.0", ""},
        {"{\"N\":42}", "42.0", ""},
        {"{\"N\":\"-0.0\"}", "0.0", ""},
        {"{\"N\":\"9007199254740993\"}", "9007199254740992.0", "\"9007199254740993\""},
        {"{\"B\":\"AQID\"}", "\"AQID\"", ""},
        {"{\"BOOL\":true}", "true", ""},
        {"{\"BOOL\":false}", "false", ""},
        {"{\"NULL\":true}", "null", ""},
        {"{\"M\":{}}", "{}", ""},
        {"{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"9007199254740993\"}}}",
         "{\"a\":1.0,\"b\":9007199254740992.0}", "{\"b\":\"9007199254740993\"}"},
        {"{\"M\":{\"\\u0061\":{\"S\":\"x\"}}}", "{\"a\":\"x\"}", ""},
        {"{\"L\":[]}", "[]", ""},
        {"{\"L\":[{\"S\":\"x\"},{\"L\":[{\"NULL\":true}]}]}", "[\"x\",[null]]", ""},
        {"{\"L\":[{\"N\":\"1\"},{\"N\":\"9007199254740993\"}]}", "[1.0,9007199254740992.0]",
         "[null,\"9007199254740993\"]"},
        {"{\"SS\":[\"a\",\"b\"]}", "[\"a\",\"b\"]", ""},
        {"{\"NS\":[\"1\",\"9007199254740993\"]}", "[1.0,9007199254740992.0]",
         "[null,\"9007199254740993\"]"},
        {"{\"BS\":[\"AQ==\"]}", "[\"AQ==\"]", ""},
        {" { \"M\" : { \"a\" : { \"L\" : [ { \"N\" : \"1\" } , { \"N\" : \"2\" } ] } } } ",
         "{\"a\":[1.0,2.0]}", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char line[1024];
        snprintf(line, sizeof(line), INSERT("%s"), cases[i].typed);
        const struct record *record = decode(*state, line);
        if (record->reason)
            fail_msg("%s: %s", cases[i].typed, record->reason);
        assert_int_equal(record->change->attribute_count, 1);
        const struct attribute *attribute = &record->change->attributes[0];
        assert_view(attribute->name, "v");
        assert_view(attribute->label, "\"v\"");
        assert_view(attribute->plain, cases[i].plain);
        assert_view(attribute->exact, cases[i].exact);
    }
}

static void refuses_what_is_no_value(void **state)
{
    static const char *const values[] = {
        "{}",
        "\"plain\"",
        "null",
        "{\"X\":\"1\"}",
        "{\"s\":\"x\"}",
        "{\"S\":1}",
        "{\"N\":\"warm\"}",
        "{\"N\":\"NaN\"}",
        "{\"N\":\"\"}",
        "{\"N\":\"0x1F\"}",
        "{\"N\":\"1E+400\"}",
        "{\"BOOL\":1}",
        "{\"NULL\":1}",
        "{\"M\":[]}",
        "{\"L\":\"x\"}",
        "{\"SS\":\"abc\"}",
        "{\"NS\":[\"1\",\"x\"]}",
        "{\"S\":\"a\",\"N\":\"1\"}",
        "{\"M\":{\"a\":{\"S\":\"x\"},\"\\u0061\":{\"S\":\"y\"}}}",
        "{\"L\":[\"x\"]}",
        "{\"SS\":[1]}",
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char line[1024];
        snprintf(line, sizeof(line), INSERT("%s"), values[i]);
        const struct record *record = decode(*state, line);
        assert_null(record->change);
        assert_non_null(record->reason);
        assert_non_null(strstr(record->reason, "attribute \"v\""));
    }
}

static void refuses_what_is_no_record(void **state)
{
    static const struct {
        const char *line, *reason;
    } cases[] = {
        {"", "not JSON"},
        {"Hello, this is a test.", "not JSON"},
        {"[1,2", "not JSON"},
        {"{\"a\":1}{", "not JSON"},
        {"\"text\"", "not an object"},
        {"{\"unknown\":\"foo:bar\"}", "eventSource"},
        {"{\"eventSource\":\"aws:dynamodb\",\"eventName\":\"insert\"}", "eventName"},
        {HEAD "\"INSERT\"}", "\"dynamodb\" is missing"},
        {HEAD "\"INSERT\",\"dynamodb\":[]}", "\"dynamodb\" is not an object"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" TIME "\"Keys\":{}}}", "Keys is empty"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" TIME "\"Keys\":{\"a\":{\"BOOL\":true}}}}", "S, N or B"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" TIME "\"Keys\":{\"a\":{\"N\":\"x\"}}}}", "not a number"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" TIME "\"Keys\":{\"a\":{\"S\":\"x\",\"N\":\"1\"}}}}",
         "two types"},
        {HEAD "\"REMOVE\",\"dynamodb\":{\"NewImage\":{}}}", "Keys is missing"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" KEYS "}}", "ApproximateCreationDateTime is missing"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" KEYS ",\"ApproximateCreationDateTime\":-1}}",
         "not a time"},
        {HEAD "\"MODIFY\",\"dynamodb\":{" TIME KEYS "}}", "NewImage is missing"},
        {HEAD "\"INSERT\",\"dynamodb\":{" TIME KEYS ",\"NewImage\":null}}", "NewImage is missing"},
        {HEAD "\"REMOVE\",\"dynamodb\":{" TIME KEYS ",\"SequenceNumber\":\"12x\"}}",
         "sequence number"},
        {HEAD "\"INSERT\",\"dynamodb\":{" TIME KEYS ",\"NewImage\":{\"v\":{\"S\":\"\\ud83d\"}}}}",
         "not JSON"},
        {HEAD "\"INSERT\",\"dynamodb\":{" TIME KEYS
              ",\"NewImage\":{\"v\":{\"S\":\"1\"},\"v\":{\"S\":\"2\"}}}}",
         "twice"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct record *record = decode(*state, cases[i].line);
        assert_null(record->change);
        assert_non_null(record->reason);
        if (!strstr(record->reason, cases[i].reason))
            fail_msg("%s: %s", cases[i].line, record->reason);
    }
}

static void limits_nesting(void **state)
{
    struct buf line = BUF_INIT(BUF_TEXT_CAP);
    for (int depth = ATTRIBUTE_DEPTH_MAX; depth <= ATTRIBUTE_DEPTH_MAX + 1; depth++) {
        buf_clear(&line);
        buf_append_str(&line, HEAD "\"INSERT\",\"dynamodb\":{" TIME KEYS ",\"NewImage\":{\"v\":");
        for (int i = 1; i < depth; i++)
            buf_append_str(&line, "{\"L\":[");
        buf_append_str(&line, "{\"N\":\"1\"}");
        for (int i = 1; i < depth; i++)
            buf_append_str(&line, "]}");
        buf_append_str(&line, "}}}");
        const struct record *record = decode(*state, buf_str(&line));
        assert_int_equal(record->change != NULL, depth == ATTRIBUTE_DEPTH_MAX);
        if (!record->change)
            assert_non_null(strstr(record->reason, "too deep"));
    }
    buf_release(&line);
}

static void reads_keys(void **state)
{
    const struct record *record =
        decode(*state, HEAD "\"REMOVE\",\"dynamodb\":{" TIME "\"Keys\":{\"z\":{\"N\":\"1.50E1\"},"
                            "\"\\u0061\":{\"S\":\"\\u00e9\\/\\\"\"}}}}");
    assert_non_null(record->change);
    const struct key *key = &record->change->key;
    assert_view(key->json, "{\"a\":\"é/\\\"\",\"z\":15}");
    assert_int_equal(key->count, 2);
    assert_view(key->parts[0].name, "a");
    assert_int_equal(key->parts[0].type, 'S');
    assert_view(key->parts[0].text, "é/\"");
    assert_view(key->parts[1].text, "15");
    assert_int_equal(record->change->operation, CHANGE_REMOVE);
    assert_view(record->change->table, "t");
    assert_view(record->change->event_id, "e1");
}

static void image_may_come_before_its_keys(void **state)
{
    const struct record *record =
        decode(*state, HEAD
               "\"INSERT\",\"dynamodb\":{\"NewImage\":{\"a\":{\"N\":\"1\"},\"id\":{\"S\":\"x\"},"
               "\"b\":{\"S\":\"y\"}}," TIME "\"Keys\":{\"id\":{\"S\":\"x\"}}}}");
    assert_non_null(record->change);
    assert_view(record->change->attributes_json, "{\"a\":1.0,\"b\":\"y\"}");
    assert_int_equal(record->change->attribute_count, 2);
}

static void times_have_units(void **state)
{
    static const struct {
        const char *time;
        int64_t version;
    } cases[] = {
        {"1720740233", 1720740233000000},
        {"1720740233012", 1720740233012000},
        {"1720740233012995", 1720740233012995},
        {"1.72074023325E9", 1720740233250000},
        {"1720740233012,\"ApproximateCreationDateTimePrecision\":\"MILLISECOND\"",
         1720740233012000},
        {"1720740233012995,\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\"",
         1720740233012995},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char line[512];
        snprintf(line, sizeof(line),
                 HEAD "\"REMOVE\",\"dynamodb\":{" KEYS ",\"ApproximateCreationDateTime\":%s}}",
                 cases[i].time);
        const struct record *record = decode(*state, line);
        assert_non_null(record->change);
        assert_int_equal(record->change->version, cases[i].version);
    }
}

static void sequences_have_an_order_of_precedence(void **state)
{
    const struct record *record =
        decode(*state, HEAD "\"REMOVE\",\"dynamodb\":{" TIME KEYS ",\"SequenceNumber\":\"123\"}}");
    assert_string_equal(record->change->sequence + 61, "123");
    assert_view(record->identifier, "123");
    record = decode(*state, HEAD "\"REMOVE\",\"dynamodb\":{" TIME KEYS "}}");
    assert_string_equal(record->change->sequence,
                        "0000000000000000000000000000000000000000000000000000000000000007");
}

/* One element of a Kinesis event. */
static void append_kinesis(struct buf *event, const char *payload, const char *sequence)
{
    char data[4096];
    size_t len = strlen(payload);
    base64_encode(view_of(payload, len), data);
    buf_printf(event,
               "{\"kinesis\":{\"sequenceNumber\":\"%s\",\"data\":\"%.*s\","
               "\"approximateArrivalTimestamp\":1545084650.987},"
               "\"eventID\":\"shardId-000000000006:%s\",\"eventSourceARN\":\"arn:stream\"}",
               sequence, (int)BASE64_ENCODED_LEN(len), data, sequence);
}

static void reads_kinesis_events(void **state)
{
    struct batch *batch = *state;
    struct buf event = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&event, "{\"other\":[{}],\"Records\": [\n");
    append_kinesis(&event, INSERT("{\"N\":\"1\"}"), "100");
    buf_append_str(&event, " , ");
    append_kinesis(&event, "Hello, this is a test.", "101");
    buf_append_str(
        &event,
        ",{\"kinesis\":{\"sequenceNumber\":\"102\",\"data\":\"a\"}},{\"kinesis\":{}},17,{}]}\n");
    batch_reset(batch);
    assert_int_equal(batch_add_event(batch, buf_view(&event), NULL), 0);
    assert_int_equal(batch->count, 6);
    const struct record *first = &batch->records[0];
    assert_non_null(first->change);
    assert_int_equal(batch_arrival_ms(first), 1545084650987);
    assert_view(first->shard, "shardId-000000000006");
    assert_view(first->stream, "arn:stream");
    assert_view(first->identifier, "100");
    assert_string_equal(first->change->sequence + 61, "100");
    static const char *const reasons[] = {NULL,
                                          "not JSON",
                                          "kinesis.data is not base64",
                                          "kinesis.data is missing",
                                          "neither a Kinesis record nor one of DynamoDB Streams",
                                          "neither a Kinesis record nor one of DynamoDB Streams"};
    for (size_t i = 1; i < 6; i++) {
        assert_string_equal(batch->records[i].reason, reasons[i]);
        assert_null(batch->records[i].change);
    }
    assert_view(batch->records[4].raw, "17");
    buf_release(&event);
}

static void reads_streams_events(void **state)
{
    struct batch *batch = *state;
    struct view event = VIEW(
        "{\"Records\":[{\"eventID\":\"x\",\"eventName\":\"REMOVE\",\"eventSource\":\"aws:"
        "dynamodb\","
        "\"dynamodb\":{\"ApproximateCreationDateTime\":1720740233,\"Keys\":{\"id\":{\"S\":\"1\"}},"
        "\"SequenceNumber\":\"555\"},\"eventSourceARN\":\"arn:aws:dynamodb:eu:1:table/foo/stream/"
        "2024\"}]}");
    batch_reset(batch);
    assert_int_equal(batch_add_event(batch, event, NULL), 0);
    assert_int_equal(batch->count, 1);
    assert_non_null(batch->records[0].change);
    assert_view(batch->records[0].change->table, "foo");
    assert_view(batch->records[0].identifier, "555");
}

static void an_event_is_taken_whole_or_not(void **state)
{
    static const char *const events[] = {
        "",
        "null",
        "{}",
        "[]",
        "{\"Records\":{}}",
        "{\"Records\":[{}}",
        "{\"Records\":[{}]",
        "{\"Records\":[{}]}x",
        "{\"Records\":[{\"kinesis\":{\"data\":\"AA==\"}},",
    };
    struct batch *batch = *state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct error err = {0};
        batch_reset(batch);
        assert_int_equal(batch_add_event(batch, view_str(events[i]), &err), -1);
        assert_int_equal(err.domain, ERROR_INPUT);
        assert_int_equal(batch->count, 0);
    }
    batch_reset(batch);
    assert_int_equal(batch_add_event(batch, VIEW("{\"Records\":[]}"), NULL), 0);
    assert_int_equal(batch->count, 0);
}

static void records_without_a_number_are_told_apart(void **state)
{
    struct batch *batch = *state;
    batch_reset(batch);
    batch_add_line(batch, VIEW("x"), VIEW("f"), 1);
    batch_add_line(batch, VIEW("y"), VIEW("f"), 2);
    batch_add_line(batch, VIEW("y"), VIEW("f"), 2);
    struct view first = batch_record_sequence(batch, &batch->records[0]);
    struct view second = batch_record_sequence(batch, &batch->records[1]);
    assert_view(first, "1-af63f54c86021707");
    assert_false(view_equal(first, second));
    assert_true(view_equal(second, batch_record_sequence(batch, &batch->records[2])));
}

/* Each record of what is in the batch, as a letter by itself: it is what it was. */
static void assert_same_as_letters(struct batch *batch)
{
    struct batch again;
    batch_init(&again, (struct change_hook){0});
    for (size_t i = 0; i < batch->count; i++) {
        const struct record *was = &batch->records[i];
        struct view sequence = batch_record_sequence(batch, was);
        const struct letter letter = {was->stream, was->shard, sequence, was->raw, 0};
        batch_reset(&again);
        batch_add_letter(&again, &letter);
        const struct record *is = &again.records[0];
        assert_true(view_equal(is->raw, was->raw) && view_equal(is->stream, was->stream) &&
                    view_equal(is->shard, was->shard) && view_equal(is->arrival, was->arrival));
        assert_true(view_equal(batch_record_sequence(&again, is), sequence));
        assert_int_equal(!is->change, !was->change);
        if (was->change) {
            assert_int_equal(change_compare(is->change, was->change), 0);
            assert_true(view_equal(is->change->key.json, was->change->key.json));
            assert_true(view_equal(is->change->attributes_json, was->change->attributes_json));
        } else {
            assert_string_equal(is->reason, was->reason);
        }
    }
    batch_release(&again);
}

static void letters_are_what_they_were(void **state)
{
    struct batch *batch = *state;
    cleanup_buf struct buf event = BUF_INIT(BUF_TEXT_CAP);
    static const char record[] = INSERT("{\"N\":\"5\"}");
    char data[BASE64_ENCODED_LEN(sizeof(record) - 1) + 1];
    base64_encode(VIEW(record), data);
    data[sizeof(data) - 1] = '\0';
    batch_reset(batch);
    buf_printf(&event,
               "{\"Records\":[{\"kinesis\":{\"sequenceNumber\":\"77\",\"data\":\"%s\","
               "\"approximateArrivalTimestamp\":5.25},\"eventID\":\"shardId-000000000006:77\","
               "\"eventSourceARN\":\"arn\"},{\"kinesis\":{\"sequenceNumber\":\"78\",\"data\":"
               "\"SGVsbG8=\"},\"eventID\":\"s:78\"},{\"kinesis\":{\"sequenceNumber\":\"79\"}}]}",
               data);
    assert_int_equal(batch_add_event(batch, buf_view(&event), NULL), 0);
    batch_add_line(batch, VIEW(INSERT("{\"N\":\"5\"}")), VIEW("file"), 12);
    batch_add_line(batch, VIEW("no JSON"), VIEW("file"), 13);
    batch_add_line(batch, VIEW(""), VIEW("-"), 14);
    assert_int_equal(batch->count, 6);
    assert_non_null(batch->records[0].change);
    assert_non_null(batch->records[3].change);
    assert_int_equal(strtol(batch->records[3].change->sequence, NULL, 10), 12);
    assert_same_as_letters(batch);
}

/* What stands in `sequence` orders only if this program made it. */
static void sequences_of_letters(void **state)
{
    static const struct {
        const char *sequence;
        uint64_t number, expected;
    } cases[] = {
        {"12-0123456789abcdef", 0, 12},
        {"12-0123456789abcdef", 3, 3},
        {"0-0123456789abcdef", 0, 1},
        {"-0123456789abcdef", 0, 1},
        {"x2-0123456789abcdef", 0, 1},
        {"99999999999999999999999-0123456789abcdef", 0, 1},
        {"77", 0, 1},
        {"", 0, 1},
    };
    struct batch *batch = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct letter letter = {VIEW("f"), VIEW(""), view_str(cases[i].sequence),
                                      VIEW(INSERT("{\"N\":\"5\"}")), cases[i].number};
        batch_reset(batch);
        batch_add_letter(batch, &letter);
        assert_int_equal(strtoll(batch->records[0].change->sequence, NULL, 10), cases[i].expected);
    }
}

static void many_attributes_are_all_there(void **state)
{
    struct buf line = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&line, HEAD "\"INSERT\",\"dynamodb\":{" TIME KEYS ",\"NewImage\":{");
    for (int i = 0; i < 1000; i++)
        buf_printf(&line, "%s\"a%d\":{\"N\":\"9007199254740993\"}", i ? "," : "", i);
    buf_append_str(&line, "}}}");
    const struct record *record = decode(*state, buf_str(&line));
    assert_non_null(record->change);
    assert_int_equal(record->change->attribute_count, 1000);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "a%d", i);
        assert_view(record->change->attributes[i].name, name);
        assert_view(record->change->attributes[i].exact, "\"9007199254740993\"");
    }
    buf_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcodes_every_type),
        cmocka_unit_test(refuses_what_is_no_value),
        cmocka_unit_test(refuses_what_is_no_record),
        cmocka_unit_test(limits_nesting),
        cmocka_unit_test(reads_keys),
        cmocka_unit_test(image_may_come_before_its_keys),
        cmocka_unit_test(times_have_units),
        cmocka_unit_test(sequences_have_an_order_of_precedence),
        cmocka_unit_test(reads_kinesis_events),
        cmocka_unit_test(reads_streams_events),
        cmocka_unit_test(an_event_is_taken_whole_or_not),
        cmocka_unit_test(records_without_a_number_are_told_apart),
        cmocka_unit_test(letters_are_what_they_were),
        cmocka_unit_test(sequences_of_letters),
        cmocka_unit_test(many_attributes_are_all_there),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
