#include "pipeline/invocation_record.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/parse.h"
#include "json/reader.h"

enum kind { TEXT, NUMBER, TIME };

/* `object` is "" for members of the record itself. */
static const struct field {
    const char *object, *name;
    enum kind kind;
    size_t offset;
} fields[] = {
    {"requestContext", "condition", TEXT, offsetof(struct invocation_record, condition)},
    {"responseContext", "functionError", TEXT, offsetof(struct invocation_record, function_error)},
    {"", "timestamp", TIME, offsetof(struct invocation_record, time_us)},
    {"KinesisBatchInfo", "streamArn", TEXT, offsetof(struct invocation_record, stream)},
    {"KinesisBatchInfo", "shardId", TEXT, offsetof(struct invocation_record, shard)},
    {"KinesisBatchInfo", "startSequenceNumber", TEXT, offsetof(struct invocation_record, first)},
    {"KinesisBatchInfo", "endSequenceNumber", TEXT, offsetof(struct invocation_record, last)},
    {"KinesisBatchInfo", "batchSize", NUMBER, offsetof(struct invocation_record, batch_size)},
    {"KinesisBatchInfo", "approximateArrivalOfFirstRecord", TIME,
     offsetof(struct invocation_record, first_arrival_us)},
    {"KinesisBatchInfo", "approximateArrivalOfLastRecord", TIME,
     offsetof(struct invocation_record, last_arrival_us)},
    /* The text of the event; or the event itself, see read_member(). */
    {"", "payload", TEXT, offsetof(struct invocation_record, payload)},
};

struct reading {
    struct json_reader json;
    struct arena *arena;
    struct invocation_record *record;
};

static struct view plain_text(const struct reading *reading)
{
    struct view raw = reading->json.text;
    char *text = arena_alloc(reading->arena, raw.len + 1);
    size_t len = json_unescape(raw, text);
    text[len] = '\0';
    return view_of(text, len);
}

static const struct field *find_field(const struct reading *reading, const char *object)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].object, object) == 0 && json_text_is(&reading->json, fields[i].name))
            return &fields[i];
    return NULL;
}

static void set_text(const struct reading *reading, const struct field *field)
{
    void *place = (char *)reading->record + field->offset;
    struct view text = plain_text(reading);
    if (field->kind == TEXT)
        *(struct view *)place = text;
    else if (field->kind == TIME && !clock_parse_us(text.ptr, place))
        *(int64_t *)place = 0;
}

static bool is_payload(const struct field *field)
{
    return field && field->offset == offsetof(struct invocation_record, payload);
}

/* The value of a member; what has another type than it should have counts as not being there. */
static void read_value(struct reading *reading, const struct field *field)
{
    void *place = field ? (char *)reading->record + field->offset : NULL;
    switch (json_next(&reading->json)) {
    case JSON_STRING:
        if (field && field->kind != NUMBER)
            set_text(reading, field);
        break;
    case JSON_NUMBER:
        if (field && field->kind == NUMBER)
            parse_int64(reading->json.text, 0, INT64_MAX, place, NULL);
        break;
    case JSON_OBJECT:
    case JSON_ARRAY: {
        struct view span = json_span(&reading->json);
        if (is_payload(field))
            *(struct view *)place = span;
        break;
    }
    default: break;
    }
}

static void read_members(struct reading *reading, const char *object);

/* After the name of a member of the record itself. */
static void read_member(struct reading *reading)
{
    static const char *const objects[] = {"requestContext", "responseContext", "KinesisBatchInfo"};
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        if (json_text_is(&reading->json, objects[i])) {
            if (json_next(&reading->json) == JSON_OBJECT)
                read_members(reading, objects[i]);
            else
                json_span(&reading->json);
            return;
        }
    read_value(reading, find_field(reading, ""));
}

static void read_members(struct reading *reading, const char *object)
{
    while (json_next(&reading->json) == JSON_NAME) {
        if (*object)
            read_value(reading, find_field(reading, object));
        else
            read_member(reading);
    }
}

int invocation_record_read(struct view json, struct arena *arena, struct invocation_record *record,
                           struct error *err)
{
    static const struct view none = VIEW("");
    struct invocation_record found = {none, none, none, none, none, none, .payload = none};
    struct reading reading = {.arena = arena, .record = &found};
    json_reader_init(&reading.json, json);
    if (json_next(&reading.json) != JSON_OBJECT)
        return error_set(err, ERROR_INPUT, 0, "it is no invocation record of Lambda");
    read_members(&reading, "");
    if (json_next(&reading.json) != JSON_END)
        return error_set(err, ERROR_INPUT, 0, "it is not JSON: cut off or malformed");
    if (!found.payload.len && !found.first.len)
        return error_set(err, ERROR_INPUT, 0, "it is no invocation record of Lambda");
    *record = found;
    return 0;
}
