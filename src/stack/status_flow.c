/* Whether changes go through the pipeline and arrive. */
#include <inttypes.h>
#include <math.h>

#include "base/plural.h"

#include "stack/status_parts.h"

#define US_PER_S INT64_C(1000000)

static const char see_log[] = "lorry logs --errors --since 15m";

static bool has_metrics(const struct survey *survey)
{
    return survey->metrics.part.state == SURVEY_FOUND;
}

static double value(const struct survey *survey, enum survey_metric metric, int minute)
{
    double found = survey->metrics.values[metric][minute];
    return isnan(found) ? 0 : found;
}

/* ---- invocations ---- */

/* The first minute in which records came that nobody was invoked with, up to now; -1: none. */
static int first_unread(const struct survey *survey)
{
    int invoked = SURVEY_MINUTES - 1;
    while (invoked >= 0 && value(survey, METRIC_INVOCATIONS, invoked) <= 0)
        invoked--;
    for (int i = invoked + 1; i < SURVEY_MINUTES - STATUS_SETTLE_MIN; i++)
        if (value(survey, METRIC_INCOMING, i) > 0)
            return i;
    return -1;
}

void status_check_invocations(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    if (survey->metrics.part.state == SURVEY_UNKNOWN)
        judging_add(judging, STATUS_UNKNOWN, "metrics-unknown", "what is measured cannot be read",
                    "what is measured cannot be read: %s", survey->metrics.part.why);
    if (!has_metrics(survey) || judging_stopped_by(judging))
        return;
    int minute = first_unread(survey);
    if (minute < 0)
        return;
    bool held = survey_sum(&survey->metrics, METRIC_THROTTLES, SURVEY_MINUTES - minute) > 0;
    struct status_finding *finding = judging_add(
        judging, STATUS_TROUBLE, "not-invoked",
        held ? "the function is held up" : "the function is not invoked",
        held
            ? "the stream takes records, and all invocations are throttled: the concurrency of the "
              "function or of the account is used up"
            : "the stream takes records, and the function is not invoked with them");
    finding->since_us = survey_minute_us(&survey->metrics, minute);
    finding->next = "lorry doctor";
}

/* The minute since which every invocation fails. */
static int failing_since(const struct survey *survey)
{
    int since = SURVEY_MINUTES - 1;
    for (int i = SURVEY_MINUTES - 1; i >= 0; i--) {
        double invocations = value(survey, METRIC_INVOCATIONS, i);
        if (invocations <= 0)
            continue;
        if (value(survey, METRIC_ERRORS, i) < invocations)
            break;
        since = i;
    }
    return since;
}

void status_check_failing(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    if (!has_metrics(survey))
        return;
    double invocations = survey_sum(&survey->metrics, METRIC_INVOCATIONS, STATUS_WINDOW_MIN);
    double errors = survey_sum(&survey->metrics, METRIC_ERRORS, STATUS_WINDOW_MIN);
    if (invocations <= 0 || errors <= 0)
        return;
    bool all = errors >= invocations;
    struct status_finding *finding =
        judging_add(judging, all ? STATUS_TROUBLE : STATUS_NOTE, all ? "failing" : "some-failing",
                    "every invocation fails", "%.0f of %.0f invocations failed in the last %d min",
                    errors, invocations, STATUS_WINDOW_MIN);
    finding->next = see_log;
    if (all)
        finding->since_us = survey_minute_us(&survey->metrics, failing_since(survey));
}

/* ---- lag ---- */

/* When records are lost that are not read. */
static double loss_ms(const struct survey *survey)
{
    double limit_s = survey->stream.part.state == SURVEY_FOUND
                         ? survey->stream.found.retention_hours * 3600.0
                         : INFINITY;
    for (size_t i = 0; i < survey->mappings.found.count; i++) {
        const struct event_source_mapping *mapping = &survey->mappings.found.items[i];
        if (status_is_fed_by(survey, mapping) && mapping->max_age_s >= 0 &&
            mapping->max_age_s < limit_s)
            limit_s = mapping->max_age_s;
    }
    return limit_s * 1000;
}

/* The minute since which it lags, up to `last`. */
static int lagging_since(const struct survey *survey, int last)
{
    int since = last;
    for (int i = last; i >= 0; i--) {
        double lag = survey->metrics.values[METRIC_LAG_MS][i];
        if (isnan(lag))
            continue;
        if (lag < STATUS_LAG_S * 1000)
            break;
        since = i;
    }
    return since;
}

/* By at least half of the time that passed. */
static bool is_growing(const struct survey *survey, int last)
{
    const double *lag = survey->metrics.values[METRIC_LAG_MS];
    int first = SURVEY_MINUTES - STATUS_WINDOW_MIN;
    while (first < last && isnan(lag[first]))
        first++;
    double passed_ms = (last - first) * 60000.0;
    return last - first >= STATUS_SETTLE_MIN && lag[last] - lag[first] >= passed_ms / 2;
}

void status_check_lag(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    int last =
        has_metrics(survey) ? survey_last(&survey->metrics, METRIC_LAG_MS, STATUS_WINDOW_MIN) : -1;
    if (last < 0 || value(survey, METRIC_LAG_MS, last) < STATUS_LAG_S * 1000)
        return;
    char age[32];
    double lag_ms = value(survey, METRIC_LAG_MS, last);
    struct status_finding *finding;
    clock_format_span((int64_t)(lag_ms * 1000), age);
    if (lag_ms >= loss_ms(survey) / STATUS_LOSS_SHARE)
        finding = judging_add(judging, STATUS_TROUBLE, "lag-loss", "records are about to be lost",
                              "the function is %s behind, more than half of the time after which "
                              "records are lost",
                              age);
    else if (is_growing(survey, last))
        finding = judging_add(judging, STATUS_TROUBLE, "lag-growing", "it falls behind",
                              "the function is %s behind, and the lag grows", age);
    else
        finding = judging_add(judging, STATUS_NOTE, "lag", "",
                              "the function is %s behind, and keeps up or catches up", age);
    finding->since_us = survey_minute_us(&survey->metrics, lagging_since(survey, last));
    finding->next = see_log;
}

/* ---- what is held up or lost on the way ---- */

void status_check_throttles(struct judging *judging)
{
    static const struct {
        enum survey_metric metric;
        const char *id, *what;
    } table[] = {
        {METRIC_THROTTLES, "throttled", "invocations were held up for want of concurrency"},
        {METRIC_WRITE_THROTTLED, "writes-throttled",
         "writes of records were refused by the stream, which needs more shards; DynamoDB tries "
         "again"},
        {METRIC_READ_THROTTLED, "reads-throttled",
         "reads were refused by the stream: others read it, too"},
    };
    const struct survey *survey = judging->survey;
    if (!has_metrics(survey))
        return;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        double count = survey_sum(&survey->metrics, table[i].metric, STATUS_WINDOW_MIN);
        if (count > 0)
            judging_add(judging, STATUS_NOTE, table[i].id, "", "%.0f %s (last %d min)", count,
                        table[i].what, STATUS_WINDOW_MIN);
    }
}

void status_check_replication(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    if (!has_metrics(survey))
        return;
    double count = survey_sum(&survey->metrics, METRIC_NOT_REPLICATED, SURVEY_MINUTES);
    if (count <= 0)
        return;
    int minute = 0;
    while (value(survey, METRIC_NOT_REPLICATED, minute) <= 0)
        minute++;
    judging_add(judging, STATUS_TROUBLE, "not-replicated", "changes are lost on their way",
                "DynamoDB could not send %.0f change%s to the stream: larger than a record may be; "
                "write those items again, smaller",
                count, plural_s((int64_t)count))
        ->since_us = survey_minute_us(&survey->metrics, minute);
}

/* ---- what the function says ---- */

void status_check_log(struct judging *judging)
{
    const struct survey_log *log = &judging->survey->log;
    if (log->part.state == SURVEY_UNKNOWN)
        judging_add(judging, STATUS_UNKNOWN, "log-unknown", "the log cannot be read",
                    "the log cannot be read: %s", log->part.why);
    if (log->part.state == SURVEY_ABSENT)
        judging_add(judging, STATUS_NOTE, "log-missing", "there is no log",
                    "the log group \"%s\" is not there: what the function says is lost", log->group)
            ->next = status_revert;
}

/* ---- where it arrives ---- */

/* The end of the last minute in which the stream took records, without those that are still on
 * their way; 0: none is known. */
static int64_t newest_record_us(const struct survey *survey)
{
    if (!has_metrics(survey))
        return 0;
    for (int i = SURVEY_MINUTES - 1 - STATUS_SETTLE_MIN; i >= 0; i--)
        if (value(survey, METRIC_INCOMING, i) > 0)
            return survey_minute_us(&survey->metrics, i);
    return 0;
}

static void check_newest(struct judging *judging)
{
    const struct survey_sink *sink = &judging->survey->sink;
    int64_t record_us = newest_record_us(judging->survey);
    /* What was set aside has arrived as well. */
    int64_t arrived_us =
        sink->newest_us > sink->dead_until_us ? sink->newest_us : sink->dead_until_us;
    char behind[32];
    if (!sink->newest_us || arrived_us + STATUS_BEHIND_S * US_PER_S > record_us)
        return;
    clock_format_span(record_us - sink->newest_us, behind);
    struct status_finding *finding = judging_add(
        judging, STATUS_TROUBLE, "sink-behind", "the sink is behind",
        "the newest change in the sink is %s older than the newest record of the stream", behind);
    finding->since_us = sink->newest_us;
    finding->next = see_log;
}

void status_check_sink(struct judging *judging)
{
    static const struct {
        enum status_level level;
        const char *id, *brief, *next;
    } troubles[] = {
        [SINK_UNTRIED] = {STATUS_UNKNOWN, "sink-unknown", "the sink cannot be looked at",
                          "lorry doctor"},
        [SINK_SILENT] = {STATUS_TROUBLE, "sink-down", "the sink does not answer", "lorry doctor"},
        [SINK_REFUSES] = {STATUS_TROUBLE, "sink-refuses", "the sink refuses", "lorry doctor"},
    };
    const struct survey_sink *sink = &judging->survey->sink;
    if (sink->part.state == SURVEY_FOUND)
        check_newest(judging);
    if (sink->part.state != SURVEY_UNKNOWN)
        return;
    judging_add(judging, troubles[sink->trouble].level, troubles[sink->trouble].id,
                troubles[sink->trouble].brief, "%s: %s", troubles[sink->trouble].brief,
                sink->part.why)
        ->next = troubles[sink->trouble].next;
}

void status_check_dead_letters(struct judging *judging)
{
    const struct survey_sink *sink = &judging->survey->sink;
    if (sink->part.state != SURVEY_FOUND || sink->dead_letters <= 0)
        return;
    struct status_finding *finding =
        judging_add(judging, STATUS_TROUBLE, "dead-letters", "records were set aside",
                    "%" PRId64 " record%s could not be applied%s%s", sink->dead_letters,
                    plural_s(sink->dead_letters),
                    sink->dead_why ? (sink->dead_letters > 1 ? "; the newest: " : ": ") : "",
                    sink->dead_why ? sink->dead_why : "");
    finding->since_us = sink->dead_since_us;
    finding->next = "lorry replay --list";
}

void status_check_failures(struct judging *judging)
{
    const struct survey_failures *failures = &judging->survey->failures;
    if (failures->part.state == SURVEY_UNKNOWN)
        judging_add(
            judging, STATUS_UNKNOWN, "failures-unknown", "what was given up cannot be looked at",
            "the place of what Lambda gives up on cannot be looked at: %s", failures->part.why);
    if (failures->part.state == SURVEY_ABSENT)
        judging_add(judging, STATUS_TROUBLE, "failures-missing", "failed batches are lost",
                    "the %s \"%s\", for what Lambda gives up on, is not there",
                    failures->is_bucket ? "bucket" : "queue", failures->place)
            ->next = status_revert;
    if (failures->part.state != SURVEY_FOUND || failures->count <= 0)
        return;
    struct status_finding *finding =
        judging_add(judging, STATUS_TROUBLE, "given-up", "Lambda gave up on records",
                    "Lambda gave up on %s%" PRId64 " batch%s", failures->more ? "more than " : "",
                    failures->count, failures->count > 1 ? "es" : "");
    finding->since_us = failures->since_us;
    finding->next = "lorry replay --list";
}
