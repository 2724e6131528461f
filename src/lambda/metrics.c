#include "lambda/metrics.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/memory.h"
#include "json/writer.h"

#define NAMESPACE "lorry"

static const struct metric {
    const char *name;
    const char *unit;
    size_t field; /* in struct report; all of them have 64 bits */
} table[] = {
    {"Records", "Count", offsetof(struct report, records)},
    {"ChangesWritten", "Count", offsetof(struct report, written)},
    {"StaleChanges", "Count", offsetof(struct report, stale)},
    {"DuplicateChanges", "Count", offsetof(struct report, duplicates)},
    {"DroppedChanges", "Count", offsetof(struct report, dropped)},
    {"DeadLetters", "Count", offsetof(struct report, dead_letters)},
    {"IgnoredRecords", "Count", offsetof(struct report, ignored)},
    {"RefusedRecords", "Count", offsetof(struct report, raised)},
    {"PurgedTombstones", "Count", offsetof(struct report, purged)},
    {"Bytes", "Bytes", offsetof(struct report, bytes)},
    {"SinkTime", "Milliseconds", offsetof(struct report, sink_ms)},
    {"IteratorAge", "Milliseconds", offsetof(struct report, iterator_age_ms)},
};

/* The fields are all of 64 bits; none gets near the sign bit. */
static int64_t value_of(const struct metric *metric, const struct report *report)
{
    int64_t value;
    memcpy(&value, (const char *)report + metric->field, sizeof(value));
    return value;
}

/* Below zero means that it is not known. */
static bool is_known(const struct metric *metric, const struct report *report)
{
    return value_of(metric, report) >= 0;
}

static struct view level(struct view filter)
{
    static const struct view above_info[] = {VIEW("WARN"), VIEW("ERROR"), VIEW("FATAL")};
    for (size_t i = 0; i < ARRAY_LEN(above_info); i++)
        if (view_equal(above_info[i], filter))
            return filter;
    return VIEW("INFO");
}

static void write_directive(struct json_writer *writer, const struct report *report)
{
    json_begin_object(writer);
    json_member_string(writer, "Namespace", VIEW(NAMESPACE));
    json_put_name(writer, VIEW("Dimensions"));
    json_put_raw(writer, VIEW("[[\"FunctionName\"]]"));
    json_put_name(writer, VIEW("Metrics"));
    json_begin_array(writer);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (!is_known(&table[i], report))
            continue;
        json_begin_object(writer);
        json_member_string(writer, "Name", view_str(table[i].name));
        json_member_string(writer, "Unit", view_str(table[i].unit));
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
}

void metrics_append(const struct metrics *metrics, struct buf *out)
{
    struct json_writer writer;
    char timestamp[32];
    clock_format_us(metrics->time_us, timestamp);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_string(&writer, "timestamp", view_str(timestamp));
    json_member_string(&writer, "level", level(metrics->log_level));
    json_member_string(&writer, "requestId", metrics->request_id);
    json_put_name(&writer, VIEW("_aws"));
    json_begin_object(&writer);
    json_member_int(&writer, "Timestamp", metrics->time_us / 1000);
    json_put_name(&writer, VIEW("CloudWatchMetrics"));
    json_begin_array(&writer);
    write_directive(&writer, metrics->report);
    json_end_array(&writer);
    json_end_object(&writer);
    json_member_string(&writer, "FunctionName", metrics->function_name);
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (is_known(&table[i], metrics->report))
            json_member_int(&writer, table[i].name, value_of(&table[i], metrics->report));
    json_end_object(&writer);
}
