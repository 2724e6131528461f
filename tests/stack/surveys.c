#include "surveys.h"

#include <math.h>

#include "pipeline.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void measure_all(struct survey *survey)
{
    static const double values[SURVEY_METRICS] = {
        [METRIC_LAG_MS] = 1200,       [METRIC_INVOCATIONS] = 10,   [METRIC_ERRORS] = 0,
        [METRIC_THROTTLES] = 0,       [METRIC_DURATION_MS] = 42,   [METRIC_DURATION_MAX_MS] = 310,
        [METRIC_CONCURRENCY] = 4,     [METRIC_INCOMING] = 600,     [METRIC_READ] = 600,
        [METRIC_WRITE_THROTTLED] = 0, [METRIC_READ_THROTTLED] = 0, [METRIC_NOT_REPLICATED] = NAN,
    };
    survey->metrics.part.state = SURVEY_FOUND;
    survey->metrics.from_s = SURVEYED_S / 60 * 60 - (SURVEY_MINUTES - 1) * 60;
    for (int i = 0; i < SURVEY_METRICS; i++)
        survey_measure(survey, (enum survey_metric)i, SURVEY_MINUTES - 1, 0, values[i]);
}

static void map(struct survey *survey)
{
    struct event_source_mappings *found = &survey->mappings.found;
    found->items = arena_calloc(&found->arena, 2, sizeof(*found->items));
    found->count = 1;
    found->items[0] = (struct event_source_mapping){
        .uuid = "01234567-89ab-cdef-0123-456789abcdef",
        .source_arn = SURVEY_STREAM,
        .function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:f",
        .state = "Enabled",
        .state_reason = "User action",
        .last_result = "OK",
        .last_modified_us = SURVEYED_US - MINUTES_US(41),
        .position = "TRIM_HORIZON",
        .on_failure = "arn:aws:s3:::failures",
        .batch_size = 2500,
        .window_s = 1,
        .parallelization = 1,
        .retries = 1000,
        .max_age_s = 72000,
        .bisect = true,
        .reports_batch_failures = true,
    };
}

void survey_healthy(struct survey *survey, struct stack *pipeline)
{
    static struct lambda_variable variables[] = {{"REPORT_BATCH_ITEM_FAILURES", "true"}};
    static const struct survey_part found = {.state = SURVEY_FOUND};
    *pipeline = documented_pipeline();
    *survey = (struct survey){
        .pipeline = pipeline,
        .now_us = SURVEYED_US,
        .account = "123456789012",
        .region = "eu-central-1",
        .name = "testdrive-dynamodb-dev",
        .stack = {.part = found,
                  .found = {.status = "UPDATE_COMPLETE",
                            .reason = "",
                            .changed_us = SURVEYED_US - MINUTES_US(1500)},
                  .ours = true},
        .function = {.part = found,
                     .found = {.state = "Active",
                               .state_reason = "",
                               .update_status = "Successful",
                               .update_reason = "",
                               .code_sha256 = "",
                               .resolved_image_uri = "registry/repository@" DIGEST,
                               .memory_mb = 256,
                               .timeout_s = 60,
                               .reserved_concurrency = -1,
                               .variables = variables,
                               .variable_count = 1,
                               .variables_error = ""}},
        .package = {.part = found, .built = DIGEST},
        .mappings = {.part = found},
        .stream = {.part = found,
                   .found = {.arn = SURVEY_STREAM,
                             .status = "ACTIVE",
                             .mode = "ON_DEMAND",
                             .retention_hours = 24,
                             .open_shards = 4}},
        .destination = {.part = found,
                        .found = {.stream_arn = SURVEY_STREAM,
                                  .status = "ACTIVE",
                                  .precision = "MICROSECOND"}},
        .log = {.part = found, .group = "/aws/lambda/DynamoDBCrateDBProcessor"},
        .failures = {.part = found, .is_bucket = true, .place = "failures-1a2b3c"},
        .sink = {.part = found,
                 .url = "crate://admin@example.eks1.eu-west-1.aws.cratedb.net:4200/?ssl=true",
                 .table = "transactions",
                 .has_table = true,
                 .rows = 123456,
                 .tombstones = 12,
                 .newest_us = SURVEYED_US - 2000000},
    };
    map(survey);
    measure_all(survey);
}

void survey_measure(struct survey *survey, enum survey_metric metric, int from, int to,
                    double value)
{
    for (int ago = from; ago >= to; ago--)
        survey->metrics.values[metric][SURVEY_MINUTES - 1 - ago] = value;
}
