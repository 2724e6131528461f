#include "stack/example_event.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "json/writer.h"

/* Of one record. */
#define RECORD_CAP ((size_t)64 << 10)

const char *const example_event_kinds[] = {
    [EXAMPLE_KINESIS] = "kinesis", [EXAMPLE_DYNAMODB] = "dynamodb", [EXAMPLE_INSERT] = "insert",
    [EXAMPLE_MODIFY] = "modify",   [EXAMPLE_REMOVE] = "remove",     [EXAMPLE_POISON] = "poison",
    [EXAMPLE_POISON + 1] = NULL,
};

/* An item before and after a change; NULL: there was none, or is none. */
struct change_of {
    const char *name; /* NULL: the documented text, which is no change */
    const char *old_temperature, *new_temperature;
    bool broken;
};

static const struct change_of text = {0};
static const struct change_of insert = {.name = "INSERT", .new_temperature = "42.42"};
static const struct change_of modify = {
    .name = "MODIFY", .old_temperature = "42.42", .new_temperature = "43.59"};
static const struct change_of removal = {.name = "REMOVE", .old_temperature = "43.59"};
static const struct change_of broken = {
    .name = "INSERT", .new_temperature = "42.42", .broken = true};

/* The records of each kind, ended by NULL. */
static const struct change_of *const records_of[][4] = {
    [EXAMPLE_KINESIS] = {&text},   [EXAMPLE_DYNAMODB] = {&insert, &modify},
    [EXAMPLE_INSERT] = {&insert},  [EXAMPLE_MODIFY] = {&modify},
    [EXAMPLE_REMOVE] = {&removal}, [EXAMPLE_POISON] = {&insert, &broken, &modify},
};

/* The documented pipeline, as far as events tell. */
static const struct stack documented = {
    .region = "us-east-2",
    .source = {.table = "table-testdrive",
               .keys = {{"device", STACK_KEY_S}, {"timestamp", STACK_KEY_S}},
               .key_count = 2},
    .stream = {.name = "dynamodb-cdc"},
};

static void put_typed(struct json_writer *json, const char *name, const char *type,
                      const char *value)
{
    json_put_name(json, view_str(name));
    json_begin_object(json);
    json_member_string(json, type, view_str(value));
    json_end_object(json);
}

static void put_key(struct json_writer *json, const struct stack_key *key)
{
    static const struct {
        const char *type, *value;
    } examples[] = {
        [STACK_KEY_S] = {"S", "foo"},
        [STACK_KEY_N] = {"N", "1"},
        [STACK_KEY_B] = {"B", "Zm9v"},
    };
    const char *value = strcmp(key->name, "timestamp") == 0 && key->type == STACK_KEY_S
                            ? "2024-07-12T01:17:42"
                            : examples[key->type].value;
    put_typed(json, key->name, examples[key->type].type, value);
}

static void put_keys(struct json_writer *json, const struct stack *stack)
{
    for (size_t i = 0; i < stack->source.key_count; i++)
        put_key(json, &stack->source.keys[i]);
}

static void put_image(struct json_writer *json, const char *name, const struct stack *stack,
                      const char *temperature)
{
    if (!temperature)
        return;
    json_put_name(json, view_str(name));
    json_begin_object(json);
    put_keys(json, stack);
    put_typed(json, "temperature", "N", temperature);
    put_typed(json, "humidity", "N", "84.84");
    json_end_object(json);
}

static void put_change(struct json_writer *json, const struct change_of *change,
                       const struct stack *stack, int64_t time_us)
{
    json_put_name(json, VIEW("dynamodb"));
    json_begin_object(json);
    json_member_int(json, "ApproximateCreationDateTime", time_us);
    json_put_name(json, VIEW("Keys"));
    json_begin_object(json);
    put_keys(json, stack);
    json_end_object(json);
    put_image(json, "NewImage", stack, change->new_temperature);
    put_image(json, "OldImage", stack, change->old_temperature);
    json_member_int(json, "SizeBytes", 96);
    json_member_string(json, "ApproximateCreationDateTimePrecision", VIEW("MICROSECOND"));
    json_end_object(json);
}

/* What DynamoDB puts into the stream. */
static void append_change(const struct change_of *change, const struct stack *stack,
                          int64_t time_us, struct buf *out)
{
    struct json_writer json;
    cleanup_buf struct buf id = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&id, "%08" PRIx32 "-0000-4000-8000-%012" PRIx64, (uint32_t)time_us,
               (uint64_t)time_us & 0xffffffffffff);
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_string(&json, "awsRegion", view_str(stack->region));
    json_member_string(&json, "eventID", buf_view(&id));
    json_member_string(&json, "eventName", view_str(change->name));
    json_put_name(&json, VIEW("userIdentity"));
    json_put_null(&json);
    json_member_string(&json, "recordFormat", VIEW("application/json"));
    json_member_string(&json, "tableName", view_str(stack->source.table));
    put_change(&json, change, stack, time_us);
    json_member_string(&json, "eventSource", VIEW("aws:dynamodb"));
    json_end_object(&json);
    if (change->broken)
        out->len /= 2;
}

static void put_data(struct json_writer *json, const struct change_of *change,
                     const struct stack *stack, int64_t time_us)
{
    cleanup_buf struct buf data = BUF_INIT(RECORD_CAP), encoded = BUF_INIT(2 * RECORD_CAP);
    if (change->name)
        append_change(change, stack, time_us, &data);
    else
        buf_append_str(&data, "Hello, this is a test.");
    size_t len = BASE64_ENCODED_LEN(data.len);
    base64_encode(buf_view(&data), buf_reserve(&encoded, len));
    buf_commit(&encoded, len);
    json_member_string(json, "data", buf_view(&encoded));
}

/* As long as those of AWS, and growing with time; told apart by their ends, which is what lists
 * show. */
static void append_sequence(int64_t time_us, struct buf *out)
{
    buf_printf(out, "4959033827149025660855969000000000000000%016" PRId64, time_us);
}

static void put_kinesis(struct json_writer *json, const struct change_of *change,
                        const struct stack *stack, int64_t time_us)
{
    cleanup_buf struct buf sequence = BUF_INIT(BUF_TEXT_CAP), arrival = BUF_INIT(BUF_TEXT_CAP);
    append_sequence(time_us, &sequence);
    buf_printf(&arrival, "%" PRId64 ".%03d", time_us / 1000000, (int)(time_us % 1000000 / 1000));
    json_put_name(json, VIEW("kinesis"));
    json_begin_object(json);
    json_member_string(json, "kinesisSchemaVersion", VIEW("1.0"));
    json_member_string(json, "partitionKey", VIEW("1"));
    json_member_string(json, "sequenceNumber", buf_view(&sequence));
    put_data(json, change, stack, time_us);
    json_put_name(json, VIEW("approximateArrivalTimestamp"));
    json_put_raw(json, buf_view(&arrival));
    json_end_object(json);
}

static void put_record(struct json_writer *json, const struct change_of *change,
                       const struct stack *stack, int64_t time_us)
{
    cleanup_buf struct buf id = BUF_INIT(BUF_TEXT_CAP), arn = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&id, "shardId-000000000006:");
    append_sequence(time_us, &id);
    buf_printf(&arn, "arn:aws:kinesis:%s:111122223333:stream/%s", stack->region,
               stack->stream.name);
    json_begin_object(json);
    put_kinesis(json, change, stack, time_us);
    json_member_string(json, "eventSource", VIEW("aws:kinesis"));
    json_member_string(json, "eventVersion", VIEW("1.0"));
    json_member_string(json, "eventID", buf_view(&id));
    json_member_string(json, "eventName", VIEW("aws:kinesis:record"));
    json_member_string(json, "invokeIdentityArn",
                       VIEW("arn:aws:iam::111122223333:role/lambda-kinesis-role"));
    json_member_string(json, "awsRegion", view_str(stack->region));
    json_member_string(json, "eventSourceARN", buf_view(&arn));
    json_end_object(json);
}

void example_event_write(enum example_event_kind kind, const struct stack *stack, int64_t time_us,
                         struct buf *out)
{
    struct json_writer json;
    struct stack source = stack ? *stack : documented;
    if (!source.region)
        source.region = documented.region;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_put_name(&json, VIEW("Records"));
    json_begin_array(&json);
    const struct change_of *const *change = records_of[kind];
    for (size_t i = 0; i < 4 && change[i]; i++)
        put_record(&json, change[i], &source, time_us + (int64_t)i);
    json_end_array(&json);
    json_end_object(&json);
}
