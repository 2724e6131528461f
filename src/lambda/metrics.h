/* Metrics of an invocation as one line in CloudWatch's embedded metric format [CloudWatch User
 * Guide "Specification: Embedded metric format"]: CloudWatch makes metrics of the namespace
 * "lorry", by FunctionName, of it, without any agent or permission. */
#ifndef LORRY_LAMBDA_METRICS_H
#define LORRY_LAMBDA_METRICS_H

#include "base/buf.h"
#include "base/view.h"
#include "pipeline/pipeline.h"

struct metrics {
    struct view function_name;
    struct view request_id;
    struct view log_level; /* AWS_LAMBDA_LOG_LEVEL: below it Lambda drops lines; may be empty */
    int64_t time_us;
    const struct report *report;
};

/* Appends the line, a JSON object without a line end. It has the timestamp and level that Lambda
 * wants of JSON lines; the level is INFO, or the one that AWS_LAMBDA_LOG_LEVEL asks for at least,
 * so that no filter drops the metrics. A value that is unknown is left out. */
void metrics_append(const struct metrics *metrics, struct buf *out);

#endif
