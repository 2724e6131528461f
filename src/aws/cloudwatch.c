#include "aws/cloudwatch.h"

#include "aws/json.h"
#include "aws/paging.h"
#include "base/parse.h"

static const struct aws_service service = {
    .name = "CloudWatch",
    .host = "monitoring",
    .signing_name = "monitoring",
    .variable = "CLOUDWATCH",
    .protocol = &aws_protocol_json_1_0,
    .target = "GraniteServiceVersion20100801",
};

static const struct aws_operation get_metric_data = {
    .service = &service,
    .name = "GetMetricData",
    .permission = "cloudwatch:GetMetricData",
};

static const char subject[] = "metrics";

/* An id begins with a small letter. */
static json_t *query_input(const struct cloudwatch_query *query, size_t index, int period_s)
{
    char id[32];
    snprintf(id, sizeof(id), "q%zu", index);
    if (query->search)
        return json_pack("{s:s, s:s, s:i}", "Id", id, "Expression", query->search, "Period",
                         period_s);
    json_t *metric =
        json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "Namespace", query->namespace, "MetricName",
                  query->metric, "Dimensions", "Name", query->dimension, "Value", query->value);
    return json_pack("{s:s, s:{s:o, s:i, s:s}}", "Id", id, "MetricStat", "Metric", metric, "Period",
                     period_s, "Stat", query->statistic);
}

static json_t *input_for(const struct cloudwatch_request *request)
{
    json_t *queries = json_array();
    for (size_t i = 0; i < request->query_count; i++)
        json_array_append_new(queries, query_input(&request->queries[i], i, request->period_s));
    return json_pack("{s:o, s:I, s:I, s:s}", "MetricDataQueries", queries, "StartTime",
                     (json_int_t)request->from_s, "EndTime", (json_int_t)request->to_s, "ScanBy",
                     "TimestampDescending");
}

struct metric_run {
    const struct cloudwatch_request *request;
    cloudwatch_take *take;
    void *user;
};

static int find_query(const struct metric_run *run, const json_t *result, size_t *index)
{
    const json_t *id = json_object_get(result, "Id");
    int64_t number;
    if (!json_is_string(id) || json_string_value(id)[0] != 'q' ||
        parse_int64(view_str(json_string_value(id) + 1), 0, (int64_t)run->request->query_count - 1,
                    &number, NULL) < 0)
        return -1;
    *index = (size_t)number;
    return 0;
}

/* "Complete", "PartialData" (there is more on the next page), "InternalError", "Forbidden". */
static int check_status(const json_t *result, struct error *err)
{
    char status[32];
    aws_json_copy(status, sizeof(status), json_object_get(result, "StatusCode"));
    if (strcmp(status, "Forbidden") != 0 && strcmp(status, "InternalError") != 0)
        return 0;
    error_set(err, ERROR_AWS, 200, "%s \"%s\": %s", service.name, subject, status);
    error_set_name(err, status);
    return -1;
}

static int take_result(const struct metric_run *run, const json_t *result, struct error *err)
{
    const json_t *times = json_object_get(result, "Timestamps");
    const json_t *values = json_object_get(result, "Values");
    size_t index;
    if (check_status(result, err) < 0)
        return -1;
    if (find_query(run, result, &index) < 0 || json_array_size(times) != json_array_size(values))
        return error_set(err, ERROR_AWS, 200, "%s \"%s\": the answer is that to something else",
                         service.name, subject);
    for (size_t i = 0; i < json_array_size(values); i++) {
        int64_t time_s = aws_json_time_us(json_array_get(times, i)) / 1000000;
        double value = json_number_value(json_array_get(values, i));
        if (run->take(run->user, index, time_s, value, err) < 0)
            return -1;
    }
    return 0;
}

static int take_page(void *user, const json_t *page, struct error *err)
{
    size_t i;
    json_t *result;
    json_array_foreach(json_object_get(page, "MetricDataResults"), i, result)
    {
        if (take_result(user, result, err) < 0)
            return -1;
    }
    return 0;
}

int cloudwatch_get_metric_data(struct aws_client *client, const struct cloudwatch_request *request,
                               cloudwatch_take *take, void *user, struct error *err)
{
    struct metric_run run = {request, take, user};
    json_t *input = input_for(request);
    const struct aws_json_pages pages = {
        .operation = &get_metric_data,
        .subject = subject,
        .input = input,
        .token_in = "NextToken",
        .token_out = "NextToken",
        .take = take_page,
        .user = &run,
    };
    int result = aws_json_pages(client, &pages, err);
    json_decref(input);
    return result;
}
