/* Surveys made by hand. */
#ifndef LORRY_TESTS_STACK_SURVEYS_H
#define LORRY_TESTS_STACK_SURVEYS_H

#include "stack/status.h"

#define SURVEYED_S INT64_C(1795834830) /* 2026-11-28 03:00:30 UTC */
#define SURVEYED_US (SURVEYED_S * 1000000)
#define MINUTES_US(minutes) ((int64_t)(minutes)*60000000)

#define SURVEY_STREAM "arn:aws:kinesis:eu-central-1:123456789012:stream/dynamodb-cdc"

/* The documented pipeline, healthy: deployed for a day, 600 records and 10 invocations a minute, 1
 * s behind. All texts are constant but those in its arena; survey_release() it. `pipeline` becomes
 * what it borrows. */
void survey_healthy(struct survey *survey, struct stack *pipeline);

/* Sets what was measured in the minutes that are from `from` to `to` minutes ago, both included; 0
 * is the minute that is not over. */
void survey_measure(struct survey *survey, enum survey_metric metric, int from, int to,
                    double value);

#endif
