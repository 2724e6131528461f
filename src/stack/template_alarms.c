/* What the owner is told of: that the processor lags behind, fails or is held up, that records were
 * set aside or given up. */
#include <string.h>

#include "base/memory.h"
#include "stack/template_parts.h"

/* Of the time after which records are lost; the rest is for mending what is broken. */
#define LAG_SHARE 4

enum dimension { OF_FUNCTION, OF_MAPPING, OF_QUEUE };

/* An alarm goes off when `datapoints` of the last `periods` are above the threshold. Where nothing
 * was measured nothing is wrong: all of these are measured only while something happens. */
struct alarm {
    const char *id;
    const char *description;
    bool (*wanted)(const struct stack *stack);
    const char *namespace, *metric, *statistic;
    enum dimension dimension;
    int period_s, periods, datapoints;
    /* NULL: 0 */
    int64_t (*threshold)(const struct stack *stack);
    bool recovers; /* "OK" again is worth a message */
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

static bool always(const struct stack *stack)
{
    return stack;
}

static bool keeps_dead_letters(const struct stack *stack)
{
    return strcmp(stack->processor.on_error, "dead-letter") == 0;
}

static bool ignores_records(const struct stack *stack)
{
    return strcmp(stack->processor.on_error, "ignore") == 0;
}

static bool to_bucket(const struct stack *stack)
{
    return stack->processor.on_failure == STACK_TO_S3;
}

static bool to_queue(const struct stack *stack)
{
    return stack->processor.on_failure == STACK_TO_SQS;
}

static bool has_destination(const struct stack *stack)
{
    return stack->processor.on_failure != STACK_TO_NONE;
}

/* The metrics of Lambda: Lambda Developer Guide, "Types of metrics for Lambda functions"; those of
 * the processor: lambda/metrics.c. */
static const struct alarm alarms[] = {
    {"IteratorAgeAlarm",
     "The processor is behind by a quarter of the time after which records are lost. The log and "
     "the sink say why.",
     always, "AWS/Lambda", "IteratorAge", "Maximum", OF_FUNCTION, 60, 5, 5, lag_threshold, true},
    {"ErrorsAlarm",
     "Batches keep failing: the sink refuses or cannot be reached, or the processor fails. They "
     "are tried again. The log says why.",
     always, "AWS/Lambda", "Errors", "Sum", OF_FUNCTION, 300, 3, 2, NULL, true},
    {"ThrottlesAlarm",
     "The processor is kept from running: the concurrency of the function or of the account is "
     "used up.",
     always, "AWS/Lambda", "Throttles", "Sum", OF_FUNCTION, 300, 3, 3, NULL, true},
    {"DeadLettersAlarm",
     "Records that cannot be applied were set aside in the table of dead letters, with the reason.",
     keeps_dead_letters, "lorry", "DeadLetters", "Sum", OF_FUNCTION, 300, 1, 1, NULL, false},
    {"IgnoredRecordsAlarm", "Records that cannot be applied were left out; the log names them.",
     ignores_records, "lorry", "IgnoredRecords", "Sum", OF_FUNCTION, 300, 1, 1, NULL, false},
    {"FailuresAlarm",
     "Lambda has given up on records, after all retries or for their age, and put them into the "
     "failure bucket.",
     to_bucket, "AWS/Lambda", "OnFailureDestinationDeliveredEventCount", "Sum", OF_MAPPING, 300, 1,
     1, NULL, false},
    {"FailuresAlarm",
     "Lambda has given up on records, after all retries or for their age. The failure queue says "
     "where in the stream they are, as long as the stream has them.",
     to_queue, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", OF_QUEUE, 300, 1, 1,
     NULL, false},
    {"FailureDeliveryAlarm",
     "Lambda has given up on records and could not put them into the failure destination.",
     has_destination, "AWS/Lambda", "DestinationDeliveryFailures", "Sum", OF_FUNCTION, 300, 1, 1,
     NULL, false},
    {"LostRecordsAlarm",
     "Lambda has given up on records, after all retries or for their age, and they are nowhere "
     "else.",
     always, "AWS/Lambda", "DroppedEventCount", "Sum", OF_MAPPING, 300, 1, 1, NULL, false},
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
    template_put(template, properties, "EvaluationPeriods", json_integer(alarm->periods));
    template_put(template, properties, "DatapointsToAlarm", json_integer(alarm->datapoints));
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
    template_put(template, properties, "Period", json_integer(alarm->period_s));
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
