#include "stack/survey.h"

#include "aws/lambda.h"
#include "aws/s3.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "stack/package.h"
#include "stack/stack_failure.h"
#include "stack/stack_state.h"
#include "stack/stack_template.h"

int survey_begin(struct survey *survey, struct aws_client *client, const struct stack *pipeline,
                 struct error *err)
{
    cleanup_sts_identity struct sts_identity identity = {0};
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    if (sts_get_caller_identity(client, &identity, err) < 0)
        return -1;
    if (pipeline)
        stack_name(pipeline, &name);
    survey->client = client;
    survey->pipeline = pipeline;
    survey->now_us = client->clock->now_us(client->clock) + client->skew_us;
    survey->region = client->region;
    survey->caller = arena_copy(&survey->arena, view_str(identity.arn)).ptr;
    survey->account = arena_copy(&survey->arena, view_str(identity.account)).ptr;
    survey->name = arena_copy(&survey->arena, buf_view(&name)).ptr;
    return 0;
}

void survey_release(struct survey *survey)
{
    cfn_stack_release(&survey->stack.found);
    json_decref(survey->stack.template);
    lambda_function_release(&survey->function.found);
    event_source_mappings_release(&survey->mappings.found);
    arena_release(&survey->arena);
    *survey = (struct survey){0};
}

void survey_unknown(struct survey *survey, struct survey_part *part, const struct error *why)
{
    struct error *error = arena_alloc(&survey->arena, sizeof(*error));
    *error = *why;
    *part = (struct survey_part){SURVEY_UNKNOWN, error->message, error};
}

void survey_conclude(struct survey *survey, struct survey_part *part, int found,
                     const struct error *why)
{
    if (found < 0)
        survey_unknown(survey, part, why);
    else
        part->state = found ? SURVEY_FOUND : SURVEY_ABSENT;
}

/* ---- stack ---- */

struct failure_search {
    const char *stack;
    struct stack_failure failure;
};

static int take_event(void *user, const struct cfn_event *event, struct error *err)
{
    struct failure_search *search = user;
    (void)err;
    stack_failure_take(&search->failure, search->stack, event);
    return 0;
}

static void find_failure(struct survey *survey)
{
    struct survey_stack *stack = &survey->stack;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct failure_search search = {.stack = stack->found.id};
    const struct cfn_events events = {
        .stack = stack->found.id, .take = take_event, .user = &search};
    stack_failure_init(&search.failure);
    if (cfn_read_events(survey->client, &events, NULL) == 0)
        stack_failure_explain(&search.failure, &text);
    stack_failure_release(&search.failure);
    if (text.len)
        stack->failure = arena_copy(&survey->arena, buf_view(&text)).ptr;
}

/* Where the template cannot be read, nothing speaks against it. */
static bool is_ours(struct survey *survey)
{
    return stack_template_read(survey->client, survey->name, &survey->stack.template, NULL) != 0;
}

void survey_stack(struct survey *survey)
{
    struct survey_stack *stack = &survey->stack;
    struct error why;
    int found = cfn_describe_stack(survey->client, survey->name, &stack->found, &why);
    enum stack_state state = stack_state_of(found > 0 ? stack->found.status : NULL);
    bool is_there = found > 0 && state != STACK_ABSENT && state != STACK_DELETED;
    survey_conclude(survey, &stack->part, found < 0 ? -1 : is_there, &why);
    if (!is_there)
        return;
    stack->ours = is_ours(survey);
    if (state != STACK_BUSY && !stack_status_is_success(stack->found.status))
        find_failure(survey);
}

static const char *output(const struct survey *survey, const char *name)
{
    return cfn_value(survey->stack.found.outputs, survey->stack.found.output_count, name);
}

static const char *name_of(const struct survey *survey, const char *name, const char *otherwise)
{
    const char *value = output(survey, name);
    return value ? value : otherwise;
}

const char *survey_function_name(const struct survey *survey)
{
    return name_of(survey, "FunctionName", survey->pipeline->processor.name);
}

const char *survey_stream_name(const struct survey *survey)
{
    return name_of(survey, "StreamName", survey->pipeline->stream.name);
}

const char *survey_table_name(const struct survey *survey)
{
    return name_of(survey, "TableName", survey->pipeline->source.table);
}

const char *survey_stream_arn(const struct survey *survey)
{
    return survey->stream.found.arn;
}

/* ---- function ---- */

void survey_function(struct survey *survey)
{
    struct survey_function *function = &survey->function;
    struct error why;
    int found =
        lambda_get_function(survey->client, survey_function_name(survey), &function->found, &why);
    survey_conclude(survey, &function->part, found, &why);
}

void survey_mappings(struct survey *survey)
{
    struct survey_mappings *mappings = &survey->mappings;
    struct error why;
    int result = event_source_mappings_list(survey->client, survey_function_name(survey),
                                            &mappings->found, &why);
    survey_conclude(survey, &mappings->part, result < 0 ? -1 : 1, &why);
}

const char *survey_deployed_digest(const struct survey *survey)
{
    const struct lambda_function *function = &survey->function.found;
    if (survey->function.part.state != SURVEY_FOUND)
        return "";
    const char *at = strrchr(function->resolved_image_uri, '@');
    return at ? at + 1 : function->code_sha256;
}

void survey_package(struct survey *survey)
{
    struct survey_package *package = &survey->package;
    cleanup_package struct package made = {0};
    struct error why = {0};
    if (package_make(survey->pipeline, &made, &why) < 0) {
        survey_unknown(survey, &package->part, &why);
        return;
    }
    package->part.state = SURVEY_FOUND;
    package->built = arena_copy(&survey->arena,
                                view_str(made.kind == STACK_IMAGE ? made.image.manifest.digest.text
                                                                  : made.zip.code_sha256))
                         .ptr;
}

/* ---- stream and table ---- */

void survey_stream(struct survey *survey)
{
    struct survey_stream *stream = &survey->stream;
    struct error why;
    int found =
        kinesis_describe_stream(survey->client, survey_stream_name(survey), &stream->found, &why);
    survey_conclude(survey, &stream->part, found, &why);
}

void survey_destination(struct survey *survey)
{
    struct survey_destination *destination = &survey->destination;
    struct error why;
    int found = dynamodb_find_destination(survey->client, survey_table_name(survey),
                                          &destination->found, &why);
    /* There is no table. */
    if (found < 0 && error_is(&why, "ResourceNotFoundException"))
        found = 0;
    survey_conclude(survey, &destination->part, found, &why);
}

/* ---- what Lambda gives up on ---- */

static int count_object(void *user, const struct s3_listed *object, struct error *err)
{
    struct survey_failures *failures = user;
    (void)err;
    failures->count++;
    if (object->modified_us > 0 &&
        (!failures->since_us || object->modified_us < failures->since_us))
        failures->since_us = object->modified_us;
    failures->more = failures->count == SURVEY_OBJECTS_MAX;
    return failures->more;
}

static int count_objects(struct survey *survey, struct survey_failures *failures, struct error *why)
{
    char prefix[] = LAMBDA_FAILURE_PREFIX;
    cleanup_buf struct buf bucket = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&bucket, failures->place);
    const struct s3_location place = {bucket.ptr, prefix};
    if (s3_list_objects(survey->client, &place, count_object, failures, why) == 0)
        return 1;
    return error_is(why, "NoSuchBucket") ? 0 : -1;
}

static int count_messages(struct survey *survey, struct survey_failures *failures,
                          struct error *why)
{
    struct sqs_queue queue;
    int found = sqs_describe_queue(survey->client, failures->place, &queue, why);
    if (found > 0)
        failures->count = queue.waiting + queue.in_flight + queue.delayed;
    return found;
}

void survey_failures(struct survey *survey)
{
    struct survey_failures *failures = &survey->failures;
    const char *bucket = output(survey, "FailureBucketName");
    const char *queue = output(survey, "FailureQueueUrl");
    struct error why;
    if (!bucket && !queue)
        return;
    failures->is_bucket = bucket != NULL;
    failures->place = bucket ? bucket : queue;
    int found =
        bucket ? count_objects(survey, failures, &why) : count_messages(survey, failures, &why);
    survey_conclude(survey, &failures->part, found, &why);
}
