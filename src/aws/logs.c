#include "aws/logs.h"

#include "aws/json.h"
#include "aws/logs_service.h"
#include "aws/paging.h"
#include "base/memory.h"

const struct aws_service logs_service = {
    .name = "CloudWatch Logs",
    .host = "logs",
    .signing_name = "logs",
    .variable = "CLOUDWATCH_LOGS",
    .protocol = &aws_protocol_json_1_1,
    .target = "Logs_20140328",
};

static const struct aws_operation describe_log_groups = {
    .service = &logs_service,
    .name = "DescribeLogGroups",
    .permission = "logs:DescribeLogGroups",
};

static const struct aws_operation filter_log_events = {
    .service = &logs_service,
    .name = "FilterLogEvents",
    .permission = "logs:FilterLogEvents",
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static struct view view_member(const json_t *object, const char *name)
{
    const json_t *text = json_object_get(object, name);
    return view_of(text_of(object, name), json_string_length(text));
}

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* Milliseconds of a year with four digits, whatever came: others calculate with them. */
static int64_t time_of(const json_t *object, const char *name)
{
    static const int64_t end = INT64_C(253402300800000);
    int64_t ms = number_of(object, name);
    return ms < 0 ? 0 : ms < end ? ms : end - 1;
}

struct group_taker {
    logs_take_group *take;
    void *user;
};

static int take_groups(void *user, const json_t *page, struct error *err)
{
    const struct group_taker *taker = user;
    size_t i;
    json_t *found;
    json_array_foreach(json_object_get(page, "logGroups"), i, found)
    {
        const struct logs_group group = {
            .name = text_of(found, "logGroupName"),
            .arn = text_of(found, "logGroupArn"),
            .retention_days = number_of(found, "retentionInDays"),
            .stored_bytes = number_of(found, "storedBytes"),
            .created_ms = time_of(found, "creationTime"),
        };
        int result = taker->take(taker->user, &group, err);
        if (result)
            return result;
    }
    return 0;
}

int logs_describe_groups(struct aws_client *client, const char *prefix, logs_take_group *take,
                         void *user, struct error *err)
{
    const bool all = !prefix || !*prefix;
    json_t *input = json_object();
    if (!all)
        json_object_set_new(input, "logGroupNamePrefix", json_string(prefix));
    const struct aws_json_pages pages = {
        .operation = &describe_log_groups,
        .subject = all ? "log groups" : prefix,
        .input = input,
        .token_in = "nextToken",
        .token_out = "nextToken",
        .take = take_groups,
        .user = &(struct group_taker){take, user},
    };
    int result = aws_json_pages(client, &pages, err);
    json_decref(input);
    return result;
}

/* An event and its place in what came, which decides between those of one time. */
struct placed_event {
    struct logs_event event;
    size_t place;
};

static int by_time(const void *left, const void *right)
{
    const struct placed_event *a = left, *b = right;
    if (a->event.time_ms != b->event.time_ms)
        return a->event.time_ms < b->event.time_ms ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static size_t sort_events(const json_t *list, struct placed_event *placed)
{
    size_t i, count = 0;
    json_t *found;
    json_array_foreach((json_t *)list, i, found)
    {
        if (!json_is_string(json_object_get(found, "message")))
            continue;
        placed[count] = (struct placed_event){
            {
                .id = view_member(found, "eventId"),
                .stream = view_member(found, "logStreamName"),
                .message = view_member(found, "message"),
                .time_ms = time_of(found, "timestamp"),
                .ingested_ms = time_of(found, "ingestionTime"),
            },
            i,
        };
        count++;
    }
    qsort(placed, count, sizeof(*placed), by_time);
    return count;
}

int logs_take_list(const json_t *list, logs_take_events *take, void *user, struct error *err)
{
    size_t size = json_array_size(list) + 1;
    cleanup_free struct placed_event *placed = xcalloc(size, sizeof(*placed));
    cleanup_free struct logs_event *events = xcalloc(size, sizeof(*events));
    size_t count = sort_events(list, placed);
    for (size_t i = 0; i < count; i++)
        events[i] = placed[i].event;
    return take(user, events, count, err);
}

static int take_page(void *user, const json_t *page, struct error *err)
{
    const struct logs_filter *filter = user;
    return logs_take_list(json_object_get(page, "events"), filter->take, filter->user, err);
}

int logs_filter_events(struct aws_client *client, const struct logs_filter *filter,
                       struct error *err)
{
    json_t *input = json_pack("{s:s, s:I}", "logGroupName", filter->group, "startTime",
                              (json_int_t)(filter->from_ms > 0 ? filter->from_ms : 0));
    if (filter->until_ms >= 0)
        json_object_set_new(input, "endTime", json_integer(filter->until_ms));
    if (filter->pattern)
        json_object_set_new(input, "filterPattern", json_string(filter->pattern));
    const struct aws_json_pages pages = {
        .operation = &filter_log_events,
        .subject = filter->group,
        .input = input,
        .token_in = "nextToken",
        .token_out = "nextToken",
        .take = take_page,
        .user = (void *)filter,
    };
    int result = aws_json_pages(client, &pages, err);
    json_decref(input);
    return result;
}
