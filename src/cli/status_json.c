#include <math.h>

#include "base/clock.h"
#include "cli/status_screen.h"
#include "json/writer.h"

static void put_time(struct json_writer *json, const char *name, int64_t us)
{
    char text[32] = "";
    if (us)
        clock_format_us(us, text);
    json_member_text(json, name, view_str(text));
}

static void put_number(struct json_writer *json, const char *name, double value)
{
    json_member_count(json, name, isnan(value) ? -1 : (int64_t)value);
}

/* An object with what is said of every part. */
static void begin_part(struct json_writer *json, const char *name, const struct survey_part *part)
{
    static const char *const states[] = {[SURVEY_SKIPPED] = "skipped",
                                         [SURVEY_UNKNOWN] = "unknown",
                                         [SURVEY_ABSENT] = "absent",
                                         [SURVEY_FOUND] = "found"};
    json_put_name(json, view_str(name));
    json_begin_object(json);
    json_member_string(json, "looked", view_str(states[part->state]));
    json_member_text(json, "why", view_str(part->why));
}

static void put_findings(struct json_writer *json, const struct status *status)
{
    json_put_name(json, VIEW("findings"));
    json_begin_array(json);
    for (size_t i = 0; i < status->count; i++) {
        const struct status_finding *finding = &status->findings[i];
        json_begin_object(json);
        json_member_string(json, "level", view_str(status_level_name(finding->level)));
        json_member_string(json, "id", view_str(finding->id));
        json_member_string(json, "message", view_str(finding->what));
        put_time(json, "since", finding->since_us);
        json_member_text(json, "next", view_str(finding->next));
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_stack(struct json_writer *json, const struct survey *survey)
{
    begin_part(json, "stack", &survey->stack.part);
    json_member_string(json, "name", view_str(survey->name));
    json_member_text(json, "status", view_str(survey->stack.found.status));
    put_time(json, "changed", survey->stack.found.changed_us);
    json_member_text(json, "failure", view_str(survey->stack.failure));
    json_end_object(json);
}

static void put_table(struct json_writer *json, const struct survey *survey)
{
    begin_part(json, "table", &survey->destination.part);
    json_member_string(json, "name", view_str(survey_table_name(survey)));
    json_member_text(json, "destination", view_str(survey->destination.found.stream_arn));
    json_member_text(json, "status", view_str(survey->destination.found.status));
    json_member_text(json, "precision", view_str(survey->destination.found.precision));
    json_end_object(json);
}

static void put_stream(struct json_writer *json, const struct survey *survey)
{
    bool found = survey->stream.part.state == SURVEY_FOUND;
    begin_part(json, "stream", &survey->stream.part);
    json_member_string(json, "name", view_str(survey_stream_name(survey)));
    json_member_text(json, "status", view_str(survey->stream.found.status));
    json_member_text(json, "mode", view_str(survey->stream.found.mode));
    json_member_count(json, "open_shards", found ? survey->stream.found.open_shards : -1);
    json_member_count(json, "retention_hours", found ? survey->stream.found.retention_hours : -1);
    json_end_object(json);
}

static void put_mapping(struct json_writer *json, const struct event_source_mapping *mapping)
{
    json_begin_object(json);
    json_member_string(json, "uuid", view_str(mapping->uuid));
    json_member_text(json, "source", view_str(mapping->source_arn));
    json_member_text(json, "state", view_str(mapping->state));
    json_member_text(json, "state_reason", view_str(mapping->state_reason));
    json_member_text(json, "last_result", view_str(mapping->last_result));
    put_time(json, "changed", mapping->last_modified_us);
    json_member_text(json, "starting_position", view_str(mapping->position));
    json_member_int(json, "batch_size", mapping->batch_size);
    json_member_int(json, "window_s", mapping->window_s);
    json_member_int(json, "parallelization", mapping->parallelization);
    json_member_count(json, "retries", mapping->retries);
    json_member_count(json, "max_age_s", mapping->max_age_s);
    json_member_bool(json, "bisect", mapping->bisect);
    json_member_bool(json, "partial_answers", mapping->reports_batch_failures);
    json_member_text(json, "on_failure", view_str(mapping->on_failure));
    json_end_object(json);
}

static void put_mappings(struct json_writer *json, const struct survey *survey)
{
    const struct survey_mappings *mappings = &survey->mappings;
    json_put_name(json, VIEW("mappings"));
    if (mappings->part.state != SURVEY_FOUND) {
        json_put_null(json);
        return;
    }
    json_begin_array(json);
    for (size_t i = 0; i < mappings->found.count; i++)
        put_mapping(json, &mappings->found.items[i]);
    json_end_array(json);
}

static void put_function(struct json_writer *json, const struct survey *survey)
{
    const struct lambda_function *function = &survey->function.found;
    bool found = survey->function.part.state == SURVEY_FOUND;
    begin_part(json, "function", &survey->function.part);
    json_member_string(json, "name", view_str(survey_function_name(survey)));
    json_member_text(json, "state", view_str(function->state));
    json_member_text(json, "state_reason", view_str(function->state_reason));
    json_member_text(json, "update", view_str(function->update_status));
    json_member_text(json, "update_reason", view_str(function->update_reason));
    json_member_count(json, "memory_mb", found ? function->memory_mb : -1);
    json_member_count(json, "timeout_s", found ? function->timeout_s : -1);
    json_member_text(json, "package", view_str(survey_deployed_digest(survey)));
    json_member_text(json, "package_here", view_str(survey->package.built));
    json_end_object(json);
}

/* What is counted; `null` where nothing is known. */
static void put_metrics(struct json_writer *json, const struct survey *survey)
{
    static const struct {
        const char *name;
        enum survey_metric metric;
        double (*of)(const struct survey_metrics *, enum survey_metric, int);
    } table[] = {
        {"records_in", METRIC_INCOMING, survey_sum},
        {"records_read", METRIC_READ, survey_sum},
        {"invocations", METRIC_INVOCATIONS, survey_sum},
        {"errors", METRIC_ERRORS, survey_sum},
        {"throttles", METRIC_THROTTLES, survey_sum},
        {"duration_max_ms", METRIC_DURATION_MAX_MS, survey_max},
        {"concurrency", METRIC_CONCURRENCY, survey_max},
        {"write_throttles", METRIC_WRITE_THROTTLED, survey_sum},
        {"read_throttles", METRIC_READ_THROTTLED, survey_sum},
        {"not_replicated", METRIC_NOT_REPLICATED, survey_sum},
    };
    const struct survey_metrics *metrics = &survey->metrics;
    bool found = metrics->part.state == SURVEY_FOUND;
    int last = found ? survey_last(metrics, METRIC_LAG_MS, SURVEY_MINUTES) : -1;
    begin_part(json, "metrics", &metrics->part);
    json_member_int(json, "minutes", STATUS_WINDOW_MIN);
    put_number(json, "lag_ms", last < 0 ? NAN : metrics->values[METRIC_LAG_MS][last]);
    put_time(json, "lag_time", last < 0 ? 0 : survey_minute_us(metrics, last));
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        put_number(json, table[i].name,
                   found ? table[i].of(metrics, table[i].metric, STATUS_WINDOW_MIN) : NAN);
    json_end_object(json);
}

static void put_line(struct json_writer *json, const struct survey_line *line)
{
    json_begin_object(json);
    put_time(json, "time", line->time_us);
    json_member_int(json, "count", (int64_t)line->count);
    json_member_text(json, "level", view_str(line->level));
    json_member_string(json, "text", view_str(line->text));
    json_end_object(json);
}

static void put_log(struct json_writer *json, const struct survey *survey)
{
    const struct survey_log *log = &survey->log;
    begin_part(json, "log", &log->part);
    json_member_text(json, "group", view_str(log->group));
    json_member_int(json, "minutes", SURVEY_LOG_MIN);
    json_put_name(json, VIEW("lines"));
    json_begin_array(json);
    for (size_t i = 0; i < log->count; i++)
        put_line(json, &log->lines[i]);
    json_end_array(json);
    json_end_object(json);
}

static void put_sink(struct json_writer *json, const struct survey *survey)
{
    const struct survey_sink *sink = &survey->sink;
    bool found = sink->part.state == SURVEY_FOUND && sink->has_table;
    begin_part(json, "sink", &sink->part);
    json_member_text(json, "url", view_str(sink->url));
    json_member_text(json, "table", view_str(sink->table));
    json_put_name(json, VIEW("exists"));
    if (sink->part.state == SURVEY_FOUND)
        json_put_bool(json, sink->has_table);
    else
        json_put_null(json);
    json_member_count(json, "rows", found ? sink->rows : -1);
    json_member_count(json, "tombstones", found ? sink->tombstones : -1);
    put_time(json, "newest", sink->newest_us);
    json_member_count(json, "dead_letters",
                      sink->part.state == SURVEY_FOUND ? sink->dead_letters : -1);
    put_time(json, "dead_letters_since", sink->dead_since_us);
    json_member_text(json, "dead_letter_reason", view_str(sink->dead_why));
    json_end_object(json);
}

static void put_failures(struct json_writer *json, const struct survey *survey)
{
    const struct survey_failures *failures = &survey->failures;
    bool found = failures->part.state == SURVEY_FOUND;
    begin_part(json, "failures", &failures->part);
    json_member_text(json, "bucket", view_str(failures->is_bucket ? failures->place : NULL));
    json_member_text(json, "queue", view_str(failures->is_bucket ? NULL : failures->place));
    json_member_count(json, "count", found ? failures->count : -1);
    json_member_bool(json, "more", failures->more);
    put_time(json, "since", failures->since_us);
    json_end_object(json);
}

void status_json_append(const struct survey *survey, const struct status *status, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_string(&json, "verdict", view_str(status_verdict_name(status->verdict)));
    json_member_string(&json, "summary", view_str(status->headline));
    put_time(&json, "time", survey->now_us);
    json_member_string(&json, "account", view_str(survey->account));
    json_member_string(&json, "region", view_str(survey->region));
    put_findings(&json, status);
    put_stack(&json, survey);
    put_table(&json, survey);
    put_stream(&json, survey);
    put_mappings(&json, survey);
    put_function(&json, survey);
    put_metrics(&json, survey);
    put_log(&json, survey);
    put_sink(&json, survey);
    put_failures(&json, survey);
    json_end_object(&json);
}
