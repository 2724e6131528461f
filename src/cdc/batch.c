#include "cdc/batch.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/memory.h"
#include "cdc/dynamodb.h"
#include "cdc/envelope.h"
#include "cdc/hook.h"
#include "json/number.h"

struct batch_scratch {
    struct image_scratch image;
    char *decoded; /* one record's base64, undone */
    size_t decoded_size;
};

void batch_init(struct batch *batch, struct change_hook hook)
{
    *batch = (struct batch){.hook = hook, .scratch = xcalloc(1, sizeof(struct batch_scratch))};
    image_scratch_init(&batch->scratch->image);
}

void batch_release(struct batch *batch)
{
    arena_release(&batch->arena);
    free(batch->records);
    if (batch->scratch) {
        image_scratch_release(&batch->scratch->image);
        free(batch->scratch->decoded);
        free(batch->scratch);
    }
    *batch = (struct batch){0};
}

void batch_reset(struct batch *batch)
{
    arena_reset(&batch->arena);
    batch->count = 0;
}

static struct record *add_record(struct batch *batch)
{
    if (batch->count == batch->size) {
        batch->size = batch->size ? batch->size * 2 : 256;
        batch->records = xreallocarray(batch->records, batch->size, sizeof(*batch->records));
    }
    struct record *record = &batch->records[batch->count++];
    *record = (struct record){0};
    return record;
}

/* Shows a decoded change to the hook, if there is one, and gives it to the record. */
static void finish_record(struct batch *batch, struct record *record,
                          struct dynamodb_change *decoded)
{
    enum hook_verdict verdict = HOOK_PASS;
    if (batch->hook.process)
        verdict =
            hook_run(&batch->hook, decoded, &batch->arena, &batch->scratch->image, &record->reason);
    decoded->change->position = (size_t)(record - batch->records);
    if (verdict == HOOK_PASS)
        record->change = decoded->change;
}

static void decode_record(struct batch *batch, struct record *record, struct view json,
                          struct view sequence)
{
    char number[24];
    struct dynamodb_input input = {json, sequence};
    if (!sequence.len) {
        uint64_t order = record->number ? record->number : (uint64_t)(record - batch->records) + 1;
        int len = snprintf(number, sizeof(number), "%llu", (unsigned long long)order);
        input.sequence = view_of(number, (size_t)len);
    }
    struct dynamodb_change decoded;
    record->reason = dynamodb_decode(&input, &batch->arena, &batch->scratch->image, &decoded);
    if (decoded.sequence.len && !record->identifier.len)
        record->identifier = arena_copy(&batch->arena, decoded.sequence);
    if (!record->reason)
        finish_record(batch, record, &decoded);
}

void batch_add_line(struct batch *batch, struct view line, struct view stream, uint64_t number)
{
    struct record *record = add_record(batch);
    record->raw = line;
    record->stream = stream;
    record->number = number;
    decode_record(batch, record, line, (struct view){0});
}

/* "shardId-000000000006:49590..." -> the part before the colon. */
static struct view shard_of(struct view event_id)
{
    const char *colon = event_id.len ? memchr(event_id.ptr, ':', event_id.len) : NULL;
    return colon ? view_between(event_id.ptr, colon) : (struct view){0};
}

int64_t batch_arrival_ms(const struct record *record)
{
    char canonical[NUMBER_TEXT_MAX];
    double value = number_canonical(record->arrival, canonical) ? strtod(canonical, NULL) : 0;
    return value > 0 && value < 1e12 ? (int64_t)(value * 1000 + 0.5) : 0;
}

static void decode_kinesis(struct batch *batch, struct record *record,
                           const struct envelope *envelope)
{
    struct batch_scratch *scratch = batch->scratch;
    struct view data = envelope->data;
    record->arrival = envelope->arrival;
    if (!envelope->has_data) {
        record->reason = "kinesis.data is missing";
        return;
    }
    if (envelope->data_flags & JSON_ESCAPES) { /* "\/" */
        char *plain = arena_alloc(&batch->arena, data.len);
        data = view_of(plain, json_unescape(data, plain));
    }
    size_t need = BASE64_DECODED_MAX(data.len) + BASE64_SLACK;
    if (need > scratch->decoded_size) {
        free(scratch->decoded);
        scratch->decoded = xmalloc(need * 2);
        scratch->decoded_size = need * 2;
    }
    ssize_t len = base64_decode(data, scratch->decoded);
    if (len < 0)
        record->reason = "kinesis.data is not base64";
    else
        decode_record(batch, record, view_of(scratch->decoded, (size_t)len), envelope->sequence);
}

static void add_element(struct batch *batch, const struct envelope *envelope)
{
    struct record *record = add_record(batch);
    record->raw = envelope->raw;
    record->stream = envelope->source_arn;
    if (envelope->has_kinesis) {
        record->identifier = envelope->sequence;
        record->shard = shard_of(envelope->event_id);
        decode_kinesis(batch, record, envelope);
    } else if (envelope->has_dynamodb) {
        decode_record(batch, record, envelope->raw, (struct view){0});
    } else {
        record->reason = "neither a Kinesis record nor one of DynamoDB Streams";
    }
}

int batch_add_event(struct batch *batch, struct view event, struct error *err)
{
    struct cursor in = {event.ptr, event.ptr + event.len};
    struct envelope envelope;
    size_t before = batch->count;
    bool first = true;
    if (!envelope_enter(&in))
        return error_set(err, ERROR_INPUT, 0,
                         "not an event of Kinesis or DynamoDB Streams: "
                         "a JSON object with an array \"Records\" is expected");
    while (envelope_next(&in, &first, &envelope))
        add_element(batch, &envelope);
    if (cursor_ok(&in))
        return 0;
    batch->count = before;
    return error_set(err, ERROR_INPUT, 0, "the event is not JSON: cut off or malformed");
}

/* The number in what batch_record_sequence() made of it: "12-0123456789abcdef". */
static uint64_t number_of(struct view sequence)
{
    enum { HASH_LEN = 17 };
    uint64_t number = 0;
    if (sequence.len <= HASH_LEN || sequence.ptr[sequence.len - HASH_LEN] != '-')
        return 0;
    for (size_t i = 0; i < sequence.len - HASH_LEN; i++) {
        unsigned digit = (unsigned)(sequence.ptr[i] - '0');
        if (digit > 9 || number > UINT64_MAX / 10 - 1)
            return 0;
        number = number * 10 + digit;
    }
    return number;
}

void batch_add_letter(struct batch *batch, const struct letter *letter)
{
    struct record *record = add_record(batch);
    struct envelope envelope;
    *record = (struct record){
        .raw = letter->record,
        .stream = letter->stream,
        .shard = letter->shard,
        .identifier = letter->sequence,
        .number = letter->number ? letter->number : number_of(letter->sequence),
    };
    /* Its place in the event is not known any more: that in this batch would be chance. */
    if (!record->number)
        record->number = 1;
    if (envelope_read(letter->record, &envelope) && envelope.has_kinesis)
        decode_kinesis(batch, record, &envelope);
    else
        decode_record(batch, record, letter->record, (struct view){0});
}

/* FNV-1a: known to everybody, the same for ever. */
static uint64_t stable_hash(struct view bytes)
{
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * 0x100000001B3;
    return hash;
}

struct view batch_record_sequence(struct batch *batch, const struct record *record)
{
    char text[48];
    if (record->identifier.len)
        return record->identifier;
    int len = snprintf(text, sizeof(text), "%llu-%016llx", (unsigned long long)record->number,
                       (unsigned long long)stable_hash(record->raw));
    return arena_copy(&batch->arena, view_of(text, (size_t)len));
}
