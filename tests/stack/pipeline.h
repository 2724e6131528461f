/* Pipelines for tests of src/stack/. */
#ifndef LORRY_TESTS_STACK_PIPELINE_H
#define LORRY_TESTS_STACK_PIPELINE_H

#include "stack/stack.h"

/* The documented one (DESIGN section 3), all texts constant. */
static inline struct stack documented_pipeline(void)
{
    return (struct stack){
        .project = "testdrive-dynamodb",
        .stage = "dev",
        .region = "eu-central-1",
        .description = "DynamoDB CDC -> Kinesis Stream -> Lambda via OCI -> CrateDB",
        .source = {.table = "table-testdrive",
                   .keys = {{"device", STACK_KEY_S}, {"timestamp", STACK_KEY_S}},
                   .key_count = 2,
                   .retain = true},
        .stream = {.name = "dynamodb-cdc", .retention_hours = 24},
        .processor = {.name = "DynamoDBCrateDBProcessor",
                      .package = STACK_IMAGE,
                      .repository = "kinesis-cratedb-lambda",
                      .memory_mb = 256,
                      .timeout_s = 60,
                      .batch = {.size = 2500,
                                .window_s = 1,
                                .parallelization = 1,
                                .retries = 1000,
                                .max_age_s = 72000,
                                .bisect = true,
                                .starting_position = "TRIM_HORIZON"},
                      .on_failure = STACK_TO_S3,
                      .on_error = "dead-letter",
                      .log_retention_days = 14,
                      .reserved_concurrency = -1},
        .sink = {.url = "crate://admin@example.eks1.eu-west-1.aws.cratedb.net:4200/?ssl=true",
                 .password = {.secret = "lorry/testdrive"},
                 .table = "transactions"},
    };
}

#endif
