/* What the owner is told of: that the processor lags behind, fails or is held up, that records were
 * set aside or given up. */
#include <string.h>

#include "base/memory.h"
#include "stack/template_parts.h"

/* Of the time after which records are lost; the rest is for mending what is broken. */
#define LAG_SHARE 4

enum dimension { OF_FUNCTION, OF_MAPPING, OF_QUEUE };

/* An alarm goes off when `datapoints` of the last `periods` are above the threshold. */
struct span {
    int period_s, periods, datapoints;
};
static const struct span at_once = {300, 1, 1}, five_minutes = {60, 5, 5},
                         again_and_again = {300, 3, 2}, all_the_time = {300, 3, 3};

/* Where nothing was measured nothing is wrong: all of these are measured only while something
 * happens. */
struct alarm {
    const char *id;
    const char *description;
    bool (*wanted)(const struct stack *stack);
    const char *namespace, *metric, *statistic;
    enum dimension dimension;
    const struct span *when;
    int64_t (*threshold)(const struct stack *stack); /* NULL: 0 */
    bool recovers;                                   /* "OK" again is worth a message */
};

/* Lambda's iterator age is in milliseconds. */
static int64_t lag_threshold(const struct stack *stack)
{
    int64_t limit_s = (int64_t)stack->stream.retention_hours * 3600;
    int max_age_s = stack->processor.batch.max_age_s;
    if (max_age_s >= 0 && max_age_s < limit_s)
        limit_s = max_age_s;
    return limit_s * 1000 / LAG_SHARE;
}

static bool keeps_dead_letters(const struct stack *stack)
{
    return strcmp(stack->processor.on_error, "dead-letter") == 0;
}

static bool ignores_records(const struct stack *stack)
{
    return strcmp(stack->processor.on_error, "ignore") == 0;
}

static bool has_destination(const struct stack *stack)
{
    return stack->processor.on_failure != STACK_TO_NONE;
}

/* The metrics of Lambda: Lambda Developer Guide, "Types of metrics for Lambda functions"; those of
 * the processor: lambda/metrics.c. */
static const struct alarm alarms[] = {
    {.id = "IteratorAgeAlarm",
     .description = "The processor is behind by a quarter of the time after which records are "
                    "lost. The log and the sink say why.",
     .wanted = template_always,
     .namespace = "AWS/Lambda",
     .metric = "IteratorAge",
     .statistic = "Maximum",
     .dimension = OF_FUNCTION,
     .when = &five_minutes,
     .threshold = lag_threshold,
     .recovers = true},
    {.id = "ErrorsAlarm",
     .description = "Batches keep failing: the sink refuses or cannot be reached, or the processor "
                    "fails. They are tried again. The log says why.",
     .wanted = template_always,
     .namespace = "AWS/Lambda",
     .metric = "Errors",
     .statistic = "Sum",
     .dimension = OF_FUNCTION,
     .when = &again_and_again,
     .recovers = true},
    {.id = "ThrottlesAlarm",
     .description = "The processor is kept from running: the concurrency of the function or of the "
                    "account is used up.",
     .wanted = template_always,
     .namespace = "AWS/Lambda",
     .metric = "Throttles",
     .statistic = "Sum",
     .dimension = OF_FUNCTION,
     .when = &all_the_time,
     .recovers = true},
    {.id = "DeadLettersAlarm",
     .description = "Records that cannot be applied were set aside in the table of dead letters, "
                    "with the reason.",
     .wanted = keeps_dead_letters,
     .namespace = "lorry",
     .metric = "DeadLetters",
     .statistic = "Sum",
     .dimension = OF_FUNCTION,
     .when = &at_once},
    {.id = "IgnoredRecordsAlarm",
     .description = "Records that cannot be applied were left out; the log names them.",
     .wanted = ignores_records,
     .namespace = "lorry",
     .metric = "IgnoredRecords",
     .statistic = "Sum",
     .dimension = OF_FUNCTION,
     .when = &at_once},
    {.id = "FailuresAlarm",
     .description = "Lambda has given up on records, after all retries or for their age, and put "
                    "them into the failure bucket.",
     .wanted = template_has_bucket,
     .namespace = "AWS/Lambda",
     .metric = "OnFailureDestinationDeliveredEventCount",
     .statistic = "Sum",
     .dimension = OF_MAPPING,
     .when = &at_once},
    {.id = "FailuresAlarm",
     .description = "Lambda has given up on records, after all retries or for their age. The "
                    "failure queue says where in the stream they are, as long as the stream has "
                    "them.",
     .wanted = template_has_queue,
     .namespace = "AWS/SQS",
     .metric = "ApproximateNumberOfMessagesVisible",
     .statistic = "Maximum",
     .dimension = OF_QUEUE,
     .when = &at_once},
    {.id = "FailureDeliveryAlarm",
     .description = "Lambda has given up on records and could not put them into the failure "
                    "destination.",
     .wanted = has_destination,
     .namespace = "AWS/Lambda",
     .metric = "DestinationDeliveryFailures",
     .statistic = "Sum",
     .dimension = OF_FUNCTION,
     .when = &at_once},
    {.id = "LostRecordsAlarm",
     .description = "Lambda has given up on records, after all retries or for their age, and they "
                    "are nowhere else.",
     .wanted = template_always,
     .namespace = "AWS/Lambda",
     .metric = "DroppedEventCount",
     .statistic = "Sum",
     .dimension = OF_MAPPING,
     .when = &at_once},
};

static json_t *dimensions(enum dimension dimension)
{
    switch (dimension) {
    case OF_MAPPING:
        return json_pack("[{s:s, s:o}]", "Name", "EventSourceMappingUUID", "Value",
                         template_ref(TEMPLATE_MAPPING));
    case OF_QUEUE:
        return json_pack("[{s:s, s:o}]", "Name", "QueueName", "Value",
                         template_get_att(TEMPLATE_FAILURE_QUEUE, "QueueName"));
    default:
        return json_pack("[{s:s, s:o}]", "Name", "FunctionName", "Value",
                         template_ref(TEMPLATE_FUNCTION));
    }
}

static void put_conditions(struct template *template, json_t *properties, const struct alarm *alarm)
{
    int64_t threshold = alarm->threshold ? alarm->threshold(template->stack) : 0;
    template_put(template, properties, "EvaluationPeriods", json_integer(alarm->when->periods));
    template_put(template, properties, "DatapointsToAlarm", json_integer(alarm->when->datapoints));
    template_put(template, properties, "Threshold", json_integer(threshold));
    template_put_text(template, properties, "ComparisonOperator", "GreaterThanThreshold");
    template_put_text(template, properties, "TreatMissingData", "notBreaching");
}

static void put_actions(struct template *template, json_t *properties, bool recovers)
{
    const char *topic = template->stack->alarm_topic;
    if (!topic)
        return;
    template_put(template, properties, "AlarmActions", json_pack("[s]", topic));
    if (recovers)
        template_put(template, properties, "OKActions", json_pack("[s]", topic));
}

static void add_alarm(struct template *template, const struct alarm *alarm)
{
    json_t *properties = json_object();
    template_put_text(template, properties, "AlarmDescription", alarm->description);
    template_put_text(template, properties, "Namespace", alarm->namespace);
    template_put_text(template, properties, "MetricName", alarm->metric);
    template_put(template, properties, "Dimensions", dimensions(alarm->dimension));
    template_put_text(template, properties, "Statistic", alarm->statistic);
    template_put(template, properties, "Period", json_integer(alarm->when->period_s));
    put_conditions(template, properties, alarm);
    put_actions(template, properties, alarm->recovers);
    template_put_tags(template, properties);
    template_add_resource(template, alarm->id, "AWS::CloudWatch::Alarm", TEMPLATE_GOES, properties);
}

void template_add_alarms(struct template *template)
{
    for (size_t i = 0; i < ARRAY_LEN(alarms); i++)
        if (alarms[i].wanted(template->stack))
            add_alarm(template, &alarms[i]);
}
