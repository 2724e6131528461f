/* Event source mappings: what Lambda reads for a function, and how it goes [Lambda API Reference
 * "ListEventSourceMappings", "EventSourceMappingConfiguration"]. */
#ifndef LORRY_AWS_EVENT_SOURCE_MAPPING_H
#define LORRY_AWS_EVENT_SOURCE_MAPPING_H

#include "aws/client.h"
#include "base/arena.h"

/* More than anybody would look at of one function. */
#define EVENT_SOURCE_MAPPINGS_MAX 100

/* Texts that Lambda does not say are "". */
struct event_source_mapping {
    const char *uuid;
    const char *source_arn; /* of the stream */
    const char *function_arn;
    const char *state; /* "Creating", "Enabling", "Enabled", "Disabling", "Disabled", "Updating",
                          "Deleting" */
    const char *state_reason;    /* "User initiated", "Lambda", or a sentence */
    const char *last_result;     /* "No records processed", "OK", "PROBLEM: ..." */
    int64_t last_modified_us;    /* since 1970; 0: it does not say */
    const char *position;        /* where it began: "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP" */
    const char *on_failure;      /* ARN of what takes records that are given up; "": nothing does */
    int batch_size;              /* records */
    int window_s;                /* how long a batch is gathered */
    int parallelization;         /* batches of a shard at the same time */
    int retries;                 /* -1: without limit */
    int max_age_s;               /* of records; -1: without limit */
    bool bisect;                 /* a failed batch is halved */
    bool reports_batch_failures; /* "ReportBatchItemFailures": partial answers count */
};

struct event_source_mappings {
    struct arena arena; /* owns all texts */
    struct event_source_mapping *items;
    size_t count;
};

/* Safe on a zeroed one. */
void event_source_mappings_release(struct event_source_mappings *mappings);
#define cleanup_event_source_mappings __attribute__((cleanup(event_source_mappings_release)))

/* ListEventSourceMappings of a function (name or ARN), page after page; `mappings` is zeroed or
 * released before. None of a function that is not there. Errors: those of aws_call(); ERROR_AWS if
 * there are more than above. */
int event_source_mappings_list(struct aws_client *client, const char *function,
                               struct event_source_mappings *mappings, struct error *err);

#endif
