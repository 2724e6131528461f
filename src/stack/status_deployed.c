/* Whether what is deployed is what processes changes. */
#include "stack/stack_state.h"
#include "stack/status_parts.h"

const char status_revert[] = "lorry deploy --revert-drift";

/* Says that a part cannot be looked at. */
static bool is_unknown(struct judging *judging, const struct survey_part *part, const char *id,
                       const char *what)
{
    if (part->state != SURVEY_UNKNOWN)
        return false;
    judging_add(judging, STATUS_UNKNOWN, id, what, "%s: %s", what, part->why);
    return true;
}

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

/* ---- stack ---- */

static void check_operation(struct judging *judging, enum stack_state state)
{
    const struct survey_stack *stack = &judging->survey->stack;
    const char *failure = stack->failure ? stack->failure : stack->found.reason;
    struct status_finding *finding;
    if (state == STACK_BUSY) {
        judging_add(judging, STATUS_NOTE, "stack-busy", "", "an operation is under way: %s",
                    stack->found.status)
            ->since_us = stack->found.changed_us;
        return;
    }
    if (stack_status_is_success(stack->found.status))
        return;
    finding =
        judging_add(judging, STATUS_TROUBLE, "stack-failed", "the last change failed",
                    "the stack is %s%s%s", stack->found.status, *failure ? ": " : "", failure);
    finding->since_us = stack->found.changed_us;
    finding->stops = state == STACK_FAILED;
    finding->next =
        state == STACK_STUCK
            ? judging_text(judging,
                           "aws cloudformation continue-update-rollback --region %s --stack-name "
                           "%s",
                           judging->survey->region, judging->survey->name)
            : "lorry deploy";
}

void status_check_stack(struct judging *judging)
{
    const struct survey_stack *stack = &judging->survey->stack;
    if (is_unknown(judging, &stack->part, "stack-unknown", "the stack cannot be looked at") ||
        stack->part.state != SURVEY_FOUND)
        return;
    if (!stack->ours) {
        judging_add(judging, STATUS_TROUBLE, "stack-foreign", "the stack is not lorry's",
                    "lorry did not make the stack \"%s\": choose another `project` or `stage`",
                    judging->survey->name)
            ->stops = true;
        return;
    }
    check_operation(judging, stack_state_of(stack->found.status));
}

/* ---- function ---- */

static void check_state(struct judging *judging, const struct lambda_function *function)
{
    struct status_finding *finding;
    if (strcmp(function->state, "Failed") == 0) {
        finding = judging_add(judging, STATUS_TROUBLE, "function-failed", "the function is broken",
                              "the function is Failed: %s", function->state_reason);
        finding->stops = true;
        finding->next = "lorry refresh";
    } else if (strcmp(function->state, "Active") != 0) {
        judging_add(judging, STATUS_NOTE, "function-state", "", "the function is %s%s%s",
                    function->state, *function->state_reason ? ": " : "", function->state_reason);
    }
    if (function->reserved_concurrency == 0) {
        finding = judging_add(judging, STATUS_TROUBLE, "function-off", "the function is shut off",
                              "the reserved concurrency of the function is 0: it is never invoked");
        finding->stops = true;
        finding->next = judging_text(
            judging, "aws lambda delete-function-concurrency --region %s --function-name %s",
            judging->survey->region, survey_function_name(judging->survey));
    }
}

static void check_update(struct judging *judging, const struct lambda_function *function)
{
    if (strcmp(function->update_status, "Failed") == 0)
        judging_add(judging, STATUS_TROUBLE, "function-update-failed",
                    "the function could not be updated",
                    "the last update of the function failed, and it runs as before: %s",
                    function->update_reason)
            ->next = "lorry refresh";
    else if (strcmp(function->update_status, "InProgress") == 0)
        judging_add(judging, STATUS_NOTE, "function-updating", "", "the function is being updated");
}

void status_check_function(struct judging *judging)
{
    const struct survey_function *function = &judging->survey->function;
    if (is_unknown(judging, &function->part, "function-unknown",
                   "the function cannot be looked at"))
        return;
    if (function->part.state == SURVEY_ABSENT) {
        struct status_finding *finding =
            judging_add(judging, STATUS_TROUBLE, "function-missing", "there is no function",
                        "there is no function \"%s\"", survey_function_name(judging->survey));
        finding->stops = true;
        finding->next = status_revert;
    }
    if (function->part.state != SURVEY_FOUND)
        return;
    check_state(judging, &function->found);
    check_update(judging, &function->found);
}

void status_check_package(struct judging *judging)
{
    const struct survey_package *package = &judging->survey->package;
    const char *deployed = survey_deployed_digest(judging->survey);
    if (package->part.state == SURVEY_FOUND && *deployed && strcmp(deployed, package->built) != 0)
        judging_add(judging, STATUS_NOTE, "package-differs", "",
                    "the function has another package than is made here")
            ->next = "lorry refresh";
}

/* ---- mappings ---- */

bool status_is_fed_by(const struct survey *survey, const struct event_source_mapping *mapping)
{
    const char *arn = survey_stream_arn(survey);
    return *arn ? strcmp(mapping->source_arn, arn) == 0
                : strstr(mapping->source_arn, ":kinesis:") != NULL;
}

bool status_function_reports(const struct survey *survey)
{
    const char *value =
        lambda_function_variable(&survey->function.found, "REPORT_BATCH_ITEM_FAILURES");
    return value && strcmp(value, "true") == 0;
}

static void check_enabled(struct judging *judging, const struct event_source_mapping *mapping)
{
    static const char *const off[] = {"Disabled", "Disabling", "Deleting", NULL};
    if (!is_one_of(mapping->state, off)) {
        if (strcmp(mapping->state, "Enabled") != 0)
            judging_add(judging, STATUS_NOTE, "mapping-changing", "",
                        "the event source mapping is %s", mapping->state);
        return;
    }
    struct status_finding *finding = judging_add(
        judging, STATUS_TROUBLE, "mapping-disabled", "nothing reads the stream",
        "the event source mapping is %s%s%s%s", mapping->state, *mapping->state_reason ? " (" : "",
        mapping->state_reason, *mapping->state_reason ? ")" : "");
    finding->stops = true;
    finding->since_us = mapping->last_modified_us;
    finding->next = judging_text(
        judging, "aws lambda update-event-source-mapping --region %s --uuid %s --enabled",
        judging->survey->region, mapping->uuid);
}

static void check_result(struct judging *judging, const struct event_source_mapping *mapping)
{
    static const char problem[] = "PROBLEM";
    if (strncmp(mapping->last_result, problem, strlen(problem)) == 0)
        judging_add(judging, STATUS_TROUBLE, "mapping-problem", "batches fail",
                    "the event source mapping says of its last batch: %s", mapping->last_result)
            ->next = "lorry logs --errors --since 15m";
}

/* The two sides have to agree on partial answers [FACTS "Lambda event source mapping for Kinesis"]:
 * one that the mapping does not know counts as success, and what it names is lost. */
static void check_answers(struct judging *judging, const struct event_source_mapping *mapping)
{
    const struct survey *survey = judging->survey;
    if (survey->function.part.state != SURVEY_FOUND || *survey->function.found.variables_error ||
        status_function_reports(survey) == mapping->reports_batch_failures)
        return;
    if (mapping->reports_batch_failures)
        judging_add(judging, STATUS_NOTE, "answers-unused", "",
                    "the mapping takes partial answers, and the function gives none: batches fail "
                    "whole")
            ->next = status_revert;
    else
        judging_add(judging, STATUS_TROUBLE, "answers-lost", "failed records are lost",
                    "the function answers which records failed, and the mapping does not listen "
                    "(ReportBatchItemFailures): they are lost")
            ->next = judging_text(judging,
                                  "aws lambda update-event-source-mapping --region %s --uuid "
                                  "%s --function-response-types ReportBatchItemFailures",
                                  judging->survey->region, mapping->uuid);
}

void status_check_mappings(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    const struct survey_mappings *mappings = &survey->mappings;
    size_t feeding = 0;
    if (is_unknown(judging, &mappings->part, "mapping-unknown",
                   "the event source mappings cannot be looked at") ||
        mappings->part.state != SURVEY_FOUND || survey->function.part.state == SURVEY_ABSENT)
        return;
    for (size_t i = 0; i < mappings->found.count; i++) {
        const struct event_source_mapping *mapping = &mappings->found.items[i];
        if (!status_is_fed_by(survey, mapping))
            continue;
        feeding++;
        check_enabled(judging, mapping);
        check_result(judging, mapping);
        check_answers(judging, mapping);
    }
    if (feeding)
        return;
    struct status_finding *finding =
        judging_add(judging, STATUS_TROUBLE, "mapping-missing", "nothing reads the stream",
                    "no event source mapping leads from the stream to the function");
    finding->stops = true;
    finding->next = status_revert;
}

/* ---- stream and table ---- */

void status_check_stream(struct judging *judging)
{
    static const char *const fine[] = {"ACTIVE", "UPDATING", NULL};
    const struct survey_stream *stream = &judging->survey->stream;
    struct status_finding *finding;
    if (is_unknown(judging, &stream->part, "stream-unknown", "the stream cannot be looked at") ||
        stream->part.state == SURVEY_SKIPPED)
        return;
    if (stream->part.state == SURVEY_ABSENT) {
        finding = judging_add(judging, STATUS_TROUBLE, "stream-missing", "there is no stream",
                              "there is no stream \"%s\"", survey_stream_name(judging->survey));
        finding->stops = true;
        finding->next = status_revert;
    } else if (!is_one_of(stream->found.status, fine)) {
        finding = judging_add(judging, STATUS_TROUBLE, "stream-state", "the stream is not active",
                              "the stream is %s", stream->found.status);
        finding->stops = true;
    }
}

/* What a plain deploy does by itself to a table that it does not own. */
static const char *send_again(const struct judging *judging)
{
    return judging->survey->pipeline->source.existing ? "lorry deploy" : status_revert;
}

static void check_target(struct judging *judging, const struct dynamodb_destination *destination)
{
    static const char *const off[] = {"DISABLING", "ENABLE_FAILED", NULL};
    const char *arn = survey_stream_arn(judging->survey);
    struct status_finding *finding = NULL;
    if (*arn && strcmp(destination->stream_arn, arn) != 0)
        finding = judging_add(judging, STATUS_TROUBLE, "destination-elsewhere",
                              "the table sends its changes elsewhere",
                              "the table sends its changes to %s", destination->stream_arn);
    else if (is_one_of(destination->status, off))
        finding =
            judging_add(judging, STATUS_TROUBLE, "destination-off", "the table sends no changes",
                        "the table's destination of changes is %s", destination->status);
    if (finding) {
        finding->stops = true;
        finding->next = send_again(judging);
    } else if (strcmp(destination->precision, "MICROSECOND") != 0) {
        judging_add(judging, STATUS_NOTE, "times-coarse", "",
                    "the table sends times in milliseconds: changes of the same one follow their "
                    "arrival");
    }
}

void status_check_destination(struct judging *judging)
{
    const struct survey_destination *destination = &judging->survey->destination;
    if (is_unknown(judging, &destination->part, "destination-unknown",
                   "the table's destination of changes cannot be looked at"))
        return;
    if (destination->part.state == SURVEY_FOUND)
        check_target(judging, &destination->found);
    if (destination->part.state != SURVEY_ABSENT)
        return;
    struct status_finding *finding = judging_add(
        judging, STATUS_TROUBLE, "destination-missing", "the table sends no changes",
        "the table \"%s\" sends its changes to no stream", survey_table_name(judging->survey));
    finding->stops = true;
    finding->next = send_again(judging);
}
