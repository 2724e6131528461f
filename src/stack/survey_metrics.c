/* What CloudWatch measured of the pipeline in the last hours, minute by minute. */
#include <math.h>

#include "aws/cloudwatch.h"
#include "stack/survey.h"

#define US_PER_S INT64_C(1000000)
#define MINUTE_S 60

enum owner { OF_FUNCTION, OF_STREAM, OF_TABLE };

/* Lambda Developer Guide "Types of metrics for Lambda functions"; Kinesis Data Streams Developer
 * Guide "Monitoring with CloudWatch"; DynamoDB Developer Guide "DynamoDB metrics and dimensions".
 */
static const struct {
    enum owner owner;
    const char *name, *statistic;
} table[SURVEY_METRICS] = {
    [METRIC_LAG_MS] = {OF_FUNCTION, "IteratorAge", "Maximum"},
    [METRIC_INVOCATIONS] = {OF_FUNCTION, "Invocations", "Sum"},
    [METRIC_ERRORS] = {OF_FUNCTION, "Errors", "Sum"},
    [METRIC_THROTTLES] = {OF_FUNCTION, "Throttles", "Sum"},
    [METRIC_DURATION_MS] = {OF_FUNCTION, "Duration", "Average"},
    [METRIC_DURATION_MAX_MS] = {OF_FUNCTION, "Duration", "Maximum"},
    [METRIC_CONCURRENCY] = {OF_FUNCTION, "ConcurrentExecutions", "Maximum"},
    [METRIC_INCOMING] = {OF_STREAM, "IncomingRecords", "Sum"},
    [METRIC_READ] = {OF_STREAM, "GetRecords.Records", "Sum"},
    [METRIC_WRITE_THROTTLED] = {OF_STREAM, "WriteProvisionedThroughputExceeded", "Sum"},
    [METRIC_READ_THROTTLED] = {OF_STREAM, "ReadProvisionedThroughputExceeded", "Sum"},
    [METRIC_NOT_REPLICATED] = {OF_TABLE, "FailedToReplicateRecordCount", "Sum"},
};

/* DynamoDB's metrics of replication have a second dimension, DelegatedOperation, whose values are
 * not documented: a search finds all of them. */
static const char *search_for(struct survey *survey, enum survey_metric metric)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text,
               "SEARCH('{AWS/DynamoDB,TableName,DelegatedOperation} MetricName=\"%s\" "
               "TableName=\"%s\"', '%s', %d)",
               table[metric].name, survey_table_name(survey), table[metric].statistic, MINUTE_S);
    return arena_copy(&survey->arena, buf_view(&text)).ptr;
}

static struct cloudwatch_query query_for(struct survey *survey, enum survey_metric metric)
{
    struct cloudwatch_query query = {.metric = table[metric].name,
                                     .statistic = table[metric].statistic};
    switch (table[metric].owner) {
    case OF_FUNCTION:
        query.namespace = "AWS/Lambda";
        query.dimension = "FunctionName";
        query.value = survey_function_name(survey);
        break;
    case OF_STREAM:
        query.namespace = "AWS/Kinesis";
        query.dimension = "StreamName";
        query.value = survey_stream_name(survey);
        break;
    case OF_TABLE: query.search = search_for(survey, metric); break;
    }
    return query;
}

static int take(void *user, size_t query, int64_t time_s, double value, struct error *err)
{
    struct survey_metrics *metrics = user;
    (void)err;
    int64_t minute = (time_s - metrics->from_s) / MINUTE_S;
    if (time_s < metrics->from_s || minute >= SURVEY_MINUTES)
        return 0;
    double *place = &metrics->values[query][minute];
    *place = isnan(*place) ? value : *place + value; /* a search may find several */
    return 0;
}

static void clear(struct survey_metrics *metrics, int64_t now_us)
{
    metrics->from_s = (now_us / US_PER_S / MINUTE_S - (SURVEY_MINUTES - 1)) * MINUTE_S;
    for (size_t i = 0; i < SURVEY_METRICS; i++)
        for (size_t j = 0; j < SURVEY_MINUTES; j++)
            metrics->values[i][j] = NAN;
}

void survey_metrics(struct survey *survey)
{
    struct survey_metrics *metrics = &survey->metrics;
    struct cloudwatch_query queries[SURVEY_METRICS];
    struct error why;
    clear(metrics, survey->now_us);
    for (size_t i = 0; i < SURVEY_METRICS; i++)
        queries[i] = query_for(survey, (enum survey_metric)i);
    const struct cloudwatch_request request = {
        .queries = queries,
        .query_count = SURVEY_METRICS,
        .from_s = metrics->from_s,
        .to_s = metrics->from_s + SURVEY_MINUTES * MINUTE_S,
        .period_s = MINUTE_S,
    };
    if (cloudwatch_get_metric_data(survey->client, &request, take, metrics, &why) < 0)
        survey_unknown(survey, &metrics->part, &why);
    else
        metrics->part.state = SURVEY_FOUND;
}

double survey_sum(const struct survey_metrics *metrics, enum survey_metric metric, int minutes)
{
    double sum = 0;
    for (int i = SURVEY_MINUTES - minutes; i < SURVEY_MINUTES; i++)
        sum += isnan(metrics->values[metric][i]) ? 0 : metrics->values[metric][i];
    return sum;
}

double survey_max(const struct survey_metrics *metrics, enum survey_metric metric, int minutes)
{
    double max = 0;
    for (int i = SURVEY_MINUTES - minutes; i < SURVEY_MINUTES; i++)
        if (metrics->values[metric][i] > max) /* which NAN is not */
            max = metrics->values[metric][i];
    return max;
}

int survey_last(const struct survey_metrics *metrics, enum survey_metric metric, int minutes)
{
    for (int i = SURVEY_MINUTES - 1; i >= SURVEY_MINUTES - minutes; i--)
        if (!isnan(metrics->values[metric][i]))
            return i;
    return -1;
}

int64_t survey_minute_us(const struct survey_metrics *metrics, int minute)
{
    return (metrics->from_s + (int64_t)minute * MINUTE_S) * US_PER_S;
}
