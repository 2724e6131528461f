/* Amazon CloudWatch: what was measured [CloudWatch API Reference, version 2010-08-01; its JSON
 * protocol]. */
#ifndef LORRY_AWS_CLOUDWATCH_H
#define LORRY_AWS_CLOUDWATCH_H

#include "aws/client.h"

/* Of one call [CloudWatch API Reference "GetMetricData"]. */
#define CLOUDWATCH_QUERIES_MAX 500

/* A metric of one thing, or all that a search finds. */
struct cloudwatch_query {
    const char *namespace;         /* "AWS/Lambda" */
    const char *metric;            /* "IteratorAge" */
    const char *dimension, *value; /* "FunctionName", "my-function" */
    const char *statistic;         /* "Sum", "Maximum", "Average" */
    /* Instead: a SEARCH expression, for metrics with dimensions whose values AWS does not document
     * [CloudWatch User Guide "CloudWatch search expression syntax"]; NULL: the metric above. */
    const char *search;
};

struct cloudwatch_request {
    const struct cloudwatch_query *queries;
    size_t query_count;
    int64_t from_s, to_s; /* since 1970; `to_s` is not included */
    int period_s;         /* a value for each of these; 60 or a multiple */
};

/* Takes the value of a period of a query, that with the index `query`; `time_s` is when the period
 * began. The latest of a query comes first. Returns 0 to go on, -1 with `err` set. */
typedef int cloudwatch_take(void *user, size_t query, int64_t time_s, double value,
                            struct error *err);

/* GetMetricData, page after page. A period in which nothing was measured has no value; nor has a
 * metric that does not exist. Errors: those of aws_call() and `take`; ERROR_AWS if CloudWatch could
 * not answer one of the queries. */
int cloudwatch_get_metric_data(struct aws_client *client, const struct cloudwatch_request *request,
                               cloudwatch_take *take, void *user, struct error *err);

#endif
