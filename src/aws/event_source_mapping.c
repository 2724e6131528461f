#include "aws/event_source_mapping.h"

#include "aws/json.h"
#include "aws/lambda_service.h"
#include "aws/paging.h"
#include "base/memory.h"
#include "net/url.h"

static const struct aws_operation list_event_source_mappings = {
    .service = &lambda_service,
    .name = "ListEventSourceMappings",
    .permission = "lambda:ListEventSourceMappings",
    .method = "GET",
};

void event_source_mappings_release(struct event_source_mappings *mappings)
{
    arena_release(&mappings->arena);
    *mappings = (struct event_source_mappings){0};
}

static int number(const json_t *mapping, const char *name, int otherwise)
{
    const json_t *value = json_object_get(mapping, name);
    return json_is_integer(value) ? (int)json_integer_value(value) : otherwise;
}

static bool has_text(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

/* The defaults are those of the API for what is not set. */
static struct event_source_mapping read_mapping(const json_t *from, struct arena *arena)
{
    const json_t *on_failure =
        json_object_get(json_object_get(from, "DestinationConfig"), "OnFailure");
    return (struct event_source_mapping){
        .uuid = aws_json_keep(arena, json_object_get(from, "UUID")),
        .source_arn = aws_json_keep(arena, json_object_get(from, "EventSourceArn")),
        .function_arn = aws_json_keep(arena, json_object_get(from, "FunctionArn")),
        .state = aws_json_keep(arena, json_object_get(from, "State")),
        .state_reason = aws_json_keep(arena, json_object_get(from, "StateTransitionReason")),
        .last_result = aws_json_keep(arena, json_object_get(from, "LastProcessingResult")),
        .last_modified_us = aws_json_time_us(json_object_get(from, "LastModified")),
        .position = aws_json_keep(arena, json_object_get(from, "StartingPosition")),
        .on_failure = aws_json_keep(arena, json_object_get(on_failure, "Destination")),
        .batch_size = number(from, "BatchSize", 100),
        .window_s = number(from, "MaximumBatchingWindowInSeconds", 0),
        .parallelization = number(from, "ParallelizationFactor", 1),
        .retries = number(from, "MaximumRetryAttempts", -1),
        .max_age_s = number(from, "MaximumRecordAgeInSeconds", -1),
        .bisect = json_is_true(json_object_get(from, "BisectBatchOnFunctionError")),
        .reports_batch_failures =
            has_text(json_object_get(from, "FunctionResponseTypes"), "ReportBatchItemFailures"),
    };
}

struct listing {
    struct aws_client *client;
    const char *function;
    struct event_source_mappings *mappings;
};

static int take_page(struct listing *listing, const json_t *page, struct error *err)
{
    struct event_source_mappings *mappings = listing->mappings;
    size_t i;
    json_t *mapping;
    json_array_foreach(json_object_get(page, "EventSourceMappings"), i, mapping)
    {
        if (mappings->count == EVENT_SOURCE_MAPPINGS_MAX)
            return error_set(err, ERROR_AWS, 200,
                             "Lambda \"%s\": more than %d event source mappings", listing->function,
                             EVENT_SOURCE_MAPPINGS_MAX);
        mappings->items[mappings->count++] = read_mapping(mapping, &mappings->arena);
    }
    return 0;
}

static int fetch(void *user, const char *token, struct buf *next, struct error *err)
{
    struct listing *listing = user;
    cleanup_buf struct buf target = BUF_INIT(AWS_PAGE_TOKEN_CAP);
    json_t *page;
    buf_append_str(&target, "2015-03-31/event-source-mappings?FunctionName=");
    url_encode(view_str(listing->function), "", &target);
    if (token) {
        buf_append_str(&target, "&Marker=");
        url_encode(view_str(token), "", &target);
    }
    const struct aws_call call = {
        .operation = &list_event_source_mappings,
        .subject = listing->function,
        .target = buf_view(&target),
        .response_cap = AWS_JSON_ANSWER_CAP,
    };
    if (aws_json_call(listing->client, &call, &page, err) < 0)
        return -1;
    const json_t *marker = json_object_get(page, "NextMarker");
    if (json_is_string(marker))
        buf_append(next, json_string_value(marker), json_string_length(marker));
    int result = take_page(listing, page, err);
    json_decref(page);
    return result;
}

int event_source_mappings_list(struct aws_client *client, const char *function,
                               struct event_source_mappings *mappings, struct error *err)
{
    struct event_source_mappings found = {0};
    found.items = arena_calloc(&found.arena, EVENT_SOURCE_MAPPINGS_MAX, sizeof(*found.items));
    struct listing listing = {client, function, &found};
    struct error why = {0};
    if (aws_pages(fetch, &listing, function, &why) == 0) {
        *mappings = found;
        return 0;
    }
    event_source_mappings_release(&found);
    if (error_is(&why, "ResourceNotFoundException"))
        return 0;
    if (err)
        *err = why;
    return -1;
}
