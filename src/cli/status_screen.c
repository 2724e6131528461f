#include "cli/status_screen.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/screen.h"

#define LABEL_WIDTH 10
#define DIGEST_SHOWN 19 /* "sha256:" and 12 digits, as docker has it */

static const char red[] = "\033[31m", yellow[] = "\033[33m", green[] = "\033[32m",
                  bold[] = "\033[1m", plain[] = "\033[m";

static void put_colored(const struct status_screen *screen, const char *color, const char *text,
                        struct buf *out)
{
    bool colored = screen->color && *color;
    buf_append_str(out, colored ? color : "");
    buf_append_str(out, text);
    buf_append_str(out, colored ? plain : "");
}

/* The first line stands behind what is there already; `mark` ends lines that go on. */
static void put_wrapped(const struct status_screen *screen, const char *text, int indent,
                        const char *mark, struct buf *out)
{
    screen_wrap(out, text, &(struct screen_lines){indent, indent, screen->width, mark});
}

/* A line of a part; `label` is "" for the following ones. */
static void put_row(const struct status_screen *screen, const char *label, const struct buf *text,
                    struct buf *out)
{
    cleanup_buf struct buf padded = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&padded, "%-*s ", LABEL_WIDTH, label);
    put_colored(screen, *label ? bold : "", buf_str(&padded), out);
    put_wrapped(screen, buf_str(text), LABEL_WIDTH + 1, "", out);
}

/* "2026-11-28 02:10 UTC (41 min<what>)": when, and how long ago. */
static void append_time(const struct survey *survey, int64_t us, const char *what, struct buf *out)
{
    char when[32], ago[32];
    int64_t age_us = survey->now_us - us;
    clock_format_us(us, when);
    clock_format_span(age_us, ago);
    bool is_now = age_us < 1000000;
    buf_printf(out, "%.10s %.5s UTC (%s%s)", when, when + strlen("2026-11-28T"),
               is_now ? "now" : ago, is_now ? "" : what);
}

/* ", 3 rows"; nothing of what is not known. */
static void append_count(const char *before, double count, const char *one, const char *many,
                         struct buf *out)
{
    if (count >= 0)
        buf_printf(out, "%s%.0f %s", before, count, count == 1 ? one : many);
}

/* A part that there is nothing to tell of. */
static bool put_state(const struct status_screen *screen, const char *label,
                      const struct survey_part *part, const char *name, struct buf *out)
{
    static const char *const words[] = {[SURVEY_SKIPPED] = "not looked at",
                                        [SURVEY_UNKNOWN] = "cannot be looked at",
                                        [SURVEY_ABSENT] = "not there"};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (part->state == SURVEY_FOUND)
        return false;
    buf_printf(&text, "%s%s%s", name ? name : "", name ? ": " : "", words[part->state]);
    put_row(screen, label, &text, out);
    return true;
}

/* ---- what is deployed ---- */

static void put_place(const struct status_screen *screen, struct buf *out)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "%s in %s, account %s", screen->survey->name, screen->survey->region,
               screen->survey->account);
    put_row(screen, "Pipeline", &text, out);
}

static void put_stack(const struct status_screen *screen, struct buf *out)
{
    const struct survey_stack *stack = &screen->survey->stack;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Stack", &stack->part, NULL, out))
        return;
    buf_append_str(&text, stack->found.status);
    if (stack->found.changed_us) {
        buf_append_str(&text, ", last change ");
        append_time(screen->survey, stack->found.changed_us, " ago", &text);
    }
    put_row(screen, "Stack", &text, out);
}

static void put_table(const struct status_screen *screen, struct buf *out)
{
    const struct survey_destination *destination = &screen->survey->destination;
    const char *name = survey_table_name(screen->survey);
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (destination->part.state == SURVEY_ABSENT)
        buf_printf(&text, "%s: sends its changes nowhere", name);
    else if (put_state(screen, "Table", &destination->part, name, out))
        return;
    else
        buf_printf(&text, "%s: sends its changes, %s%s%s", name, destination->found.status,
                   *destination->found.precision ? ", times in " : "",
                   destination->found.precision);
    put_row(screen, "Table", &text, out);
}

static void put_stream(const struct status_screen *screen, struct buf *out)
{
    const struct survey_stream *stream = &screen->survey->stream;
    const char *name = survey_stream_name(screen->survey);
    bool on_demand = strcmp(stream->found.mode, "ON_DEMAND") == 0;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Stream", &stream->part, name, out))
        return;
    buf_printf(&text, "%s: %s", name, stream->found.status);
    append_count(", ", stream->found.open_shards, "open shard", "open shards", &text);
    buf_printf(&text, "%s, keeps records %d h", on_demand ? " on demand" : "",
               stream->found.retention_hours);
    put_row(screen, "Stream", &text, out);
}

/* Without limit there is nothing to say. */
static void append_limits(const struct event_source_mapping *mapping, struct buf *text)
{
    char age[32];
    buf_printf(text, "batches of %d", mapping->batch_size);
    if (mapping->window_s)
        buf_printf(text, " or %d s", mapping->window_s);
    if (mapping->parallelization > 1)
        buf_printf(text, ", %d per shard at a time", mapping->parallelization);
    if (mapping->retries >= 0)
        buf_printf(text, ", %d retr%s", mapping->retries, mapping->retries == 1 ? "y" : "ies");
    else
        buf_append_str(text, ", retries without end");
    if (mapping->max_age_s >= 0) {
        clock_format_span((int64_t)mapping->max_age_s * 1000000, age);
        buf_printf(text, ", up to %s old", age);
    }
    if (mapping->bisect)
        buf_append_str(text, ", halved on failure");
    if (mapping->reports_batch_failures)
        buf_append_str(text, ", partial answers");
}

static void put_mapping(const struct status_screen *screen,
                        const struct event_source_mapping *mapping, struct buf *out)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&text, mapping->state);
    if (!status_is_fed_by(screen->survey, mapping))
        buf_printf(&text, ", from %s", mapping->source_arn);
    if (*mapping->last_result)
        buf_printf(&text, ", last result: %s", mapping->last_result);
    buf_defuse(&text);
    put_row(screen, "Mapping", &text, out);
    buf_clear(&text);
    append_limits(mapping, &text);
    put_row(screen, "", &text, out);
}

static void put_mappings(const struct status_screen *screen, struct buf *out)
{
    const struct survey_mappings *mappings = &screen->survey->mappings;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Mapping", &mappings->part, NULL, out))
        return;
    for (size_t i = 0; i < mappings->found.count; i++)
        put_mapping(screen, &mappings->found.items[i], out);
    if (mappings->found.count)
        return;
    buf_append_str(&text, "none");
    put_row(screen, "Mapping", &text, out);
}

static void append_package(const struct survey *survey, struct buf *text)
{
    const struct survey_package *package = &survey->package;
    const char *digest = survey_deployed_digest(survey);
    bool is_image = strncmp(digest, "sha256:", strlen("sha256:")) == 0;
    buf_printf(text, "%s %.*s", is_image ? "image" : "zip",
               is_image ? DIGEST_SHOWN : DIGEST_SHOWN - (int)strlen("sha256:"), digest);
    if (package->part.state == SURVEY_FOUND)
        buf_append_str(text, strcmp(digest, package->built) == 0
                                 ? ", as made here"
                                 : ", another one than is made here");
}

static void put_function(const struct status_screen *screen, struct buf *out)
{
    const struct survey_function *function = &screen->survey->function;
    const char *name = survey_function_name(screen->survey);
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Function", &function->part, name, out))
        return;
    buf_printf(&text, "%s: %s, last update %s", name, function->found.state,
               function->found.update_status);
    put_row(screen, "Function", &text, out);
    buf_clear(&text);
    buf_printf(&text, "%d MB, %d s, ", function->found.memory_mb, function->found.timeout_s);
    append_package(screen->survey, &text);
    put_row(screen, "", &text, out);
}

/* ---- what goes through it ---- */

/* Few records a second are told by their number alone. */
static void append_incoming(const struct survey_metrics *metrics, struct buf *text)
{
    double count = survey_sum(metrics, METRIC_INCOMING, STATUS_WINDOW_MIN);
    double per_second = count / (STATUS_WINDOW_MIN * 60);
    append_count("", count, "record in", "records in", text);
    if (per_second >= 0.1)
        buf_printf(text, " (%.1f/s)", per_second);
}

static void append_lag(const struct survey *survey, struct buf *text)
{
    const struct survey_metrics *metrics = &survey->metrics;
    int last = survey_last(metrics, METRIC_LAG_MS, SURVEY_MINUTES);
    char age[32];
    if (last < 0) {
        buf_append_str(text, ", lag not measured");
        return;
    }
    clock_format_span((int64_t)(metrics->values[METRIC_LAG_MS][last] * 1000), age);
    buf_printf(text, ", lag %s", age);
    if (last < SURVEY_MINUTES - STATUS_WINDOW_MIN) {
        buf_append_str(text, " at ");
        append_time(survey, survey_minute_us(metrics, last), " ago", text);
    }
}

static void put_flow(const struct status_screen *screen, struct buf *out)
{
    const struct survey_metrics *metrics = &screen->survey->metrics;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Flow", &metrics->part, NULL, out))
        return;
    buf_printf(&text, "last %d min: ", STATUS_WINDOW_MIN);
    append_incoming(metrics, &text);
    buf_printf(&text, ", %.0f read", survey_sum(metrics, METRIC_READ, STATUS_WINDOW_MIN));
    append_lag(screen->survey, &text);
    put_row(screen, "Flow", &text, out);
    buf_clear(&text);
    append_count("", survey_sum(metrics, METRIC_INVOCATIONS, STATUS_WINDOW_MIN), "invocation",
                 "invocations", &text);
    buf_printf(&text, ", %.0f failed, %.0f held up",
               survey_sum(metrics, METRIC_ERRORS, STATUS_WINDOW_MIN),
               survey_sum(metrics, METRIC_THROTTLES, STATUS_WINDOW_MIN));
    int last = survey_last(metrics, METRIC_DURATION_MS, STATUS_WINDOW_MIN);
    if (last >= 0)
        buf_printf(&text, "; %.0f ms, %.0f at most, %.0f at once",
                   metrics->values[METRIC_DURATION_MS][last],
                   survey_max(metrics, METRIC_DURATION_MAX_MS, STATUS_WINDOW_MIN),
                   survey_max(metrics, METRIC_CONCURRENCY, STATUS_WINDOW_MIN));
    put_row(screen, "", &text, out);
}

/* The newest ones; the others are a command away. */
#define LINES_SHOWN 3

static void append_line(const struct survey *survey, const struct survey_line *line,
                        struct buf *text)
{
    append_time(survey, line->time_us, " ago", text);
    if (line->count > 1)
        buf_printf(text, ", %" PRIu64 " times", line->count);
    buf_printf(text, ": %s%s%s", line->level, *line->level ? " " : "", line->text);
}

static void put_log(const struct status_screen *screen, struct buf *out)
{
    const struct survey_log *log = &screen->survey->log;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Log", &log->part, log->group, out))
        return;
    buf_printf(&text, "last %d min: %s", SURVEY_LOG_MIN,
               log->count ? "what stands out, the newest first" : "nothing stands out");
    put_row(screen, "Log", &text, out);
    for (size_t i = 0; i < log->count && i < LINES_SHOWN; i++) {
        buf_clear(&text);
        append_line(screen->survey, &log->lines[i], &text);
        put_row(screen, "", &text, out);
    }
    if (log->count <= LINES_SHOWN)
        return;
    buf_clear(&text);
    buf_printf(&text, "and %zu more: see lorry logs --errors", log->count - LINES_SHOWN);
    put_row(screen, "", &text, out);
}

/* ---- where it arrives ---- */

static void put_sink(const struct status_screen *screen, struct buf *out)
{
    const struct survey_sink *sink = &screen->survey->sink;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (put_state(screen, "Sink", &sink->part, sink->url, out))
        return;
    buf_printf(&text, "%s", sink->url);
    put_row(screen, "Sink", &text, out);
    buf_clear(&text);
    if (!sink->has_table) {
        buf_printf(&text, "no table %s yet: the first change makes it", sink->table);
        put_row(screen, "", &text, out);
        return;
    }
    buf_printf(&text, "table %s", sink->table);
    append_count(", ", (double)sink->rows, "row", "rows", &text);
    append_count(", ", (double)sink->tombstones, "tombstone", "tombstones", &text);
    put_row(screen, "", &text, out);
    if (!sink->newest_us)
        return;
    buf_clear(&text);
    buf_append_str(&text, "newest change of ");
    append_time(screen->survey, sink->newest_us, " ago", &text);
    put_row(screen, "", &text, out);
}

/* The last part of a queue's URL is its name. */
static const char *place_name(const struct survey_failures *failures)
{
    const char *slash = failures->is_bucket ? NULL : strrchr(failures->place, '/');
    return slash ? slash + 1 : failures->place;
}

static void put_set_aside(const struct status_screen *screen, struct buf *out)
{
    const struct survey *survey = screen->survey;
    const struct survey_failures *failures = &survey->failures;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (survey->sink.part.state == SURVEY_FOUND)
        append_count("", survey->sink.dead_letters > 0 ? (double)survey->sink.dead_letters : 0,
                     "dead letter in the sink", "dead letters in the sink", &text);
    if (failures->part.state == SURVEY_FOUND) {
        buf_printf(&text, "%s%s", text.len ? ", " : "", failures->more ? "more than " : "");
        append_count("", (double)failures->count, "batch in ", "batches in ", &text);
        buf_printf(&text, "%s %s", failures->is_bucket ? "bucket" : "queue", place_name(failures));
    }
    if (text.len)
        put_row(screen, "Set aside", &text, out);
}

/* ---- findings ---- */

static void put_finding(const struct status_screen *screen, const struct status_finding *finding,
                        struct buf *out)
{
    static const struct {
        const char *mark, *color;
    } marks[] = {
        [STATUS_NOTE] = {"-", ""}, [STATUS_UNKNOWN] = {"?", yellow}, [STATUS_TROUBLE] = {"!", red}};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&text, finding->what);
    if (finding->since_us) {
        buf_append_str(&text, ", since ");
        append_time(screen->survey, finding->since_us, "", &text);
    }
    put_colored(screen, marks[finding->level].color, marks[finding->level].mark, out);
    buf_append_char(out, ' ');
    put_wrapped(screen, buf_str(&text), 2, "", out);
    if (!finding->next)
        return;
    buf_append_str(out, "  > ");
    put_wrapped(screen, finding->next, 4, " \\", out);
}

static void put_findings(const struct status_screen *screen, struct buf *out)
{
    static const char *const colors[] = {
        [STATUS_IS_HEALTHY] = green,
        [STATUS_IS_UNKNOWN] = yellow,
        [STATUS_IS_TROUBLED] = red,
        [STATUS_IS_ABSENT] = red,
    };
    const struct status *status = screen->status;
    put_colored(screen, colors[status->verdict], status->headline, out);
    buf_append_str(out, "\n\n");
    for (size_t i = 0; i < status->count; i++)
        put_finding(screen, &status->findings[i], out);
    if (status->count)
        buf_append_char(out, '\n');
}

void status_screen_append(const struct status_screen *screen, struct buf *out)
{
    put_findings(screen, out);
    put_place(screen, out);
    put_stack(screen, out);
    if (screen->status->verdict == STATUS_IS_ABSENT)
        return;
    put_table(screen, out);
    put_stream(screen, out);
    put_mappings(screen, out);
    put_function(screen, out);
    put_flow(screen, out);
    put_log(screen, out);
    put_sink(screen, out);
    put_set_aside(screen, out);
}
