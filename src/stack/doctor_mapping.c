/* The event source mappings of the function: above all the settings that lose records [FACTS
 * section 2; Lambda Developer Guide "Lambda parameters for Amazon Kinesis Data Streams event source
 * mappings"]. */
#include <string.h>

#include "base/memory.h"
#include "base/plural.h"
#include "stack/doctor_parts.h"
#include "stack/template.h"

/* An outage of the sink spends retries as well: 8 within a minute were seen. */
#define RETRIES_MIN 100

/* Whether it reads the stream of the pipeline. */
static bool is_ours(const struct examination *x, const struct event_source_mapping *mapping)
{
    const char *slash = strstr(mapping->source_arn, ":stream/");
    return slash && strcmp(slash + strlen(":stream/"), x->stack->stream.name) == 0;
}

static size_t count_ours(const struct examination *x)
{
    size_t count = 0;
    for (size_t i = 0; i < x->survey.mappings.found.count; i++)
        count += is_ours(x, &x->survey.mappings.found.items[i]);
    return count;
}

/* "aws lambda update-event-source-mapping --uuid UUID <option>" */
static void mend_mapping(struct examination *x, const struct event_source_mapping *mapping,
                         const char *property, const char *edit, const char *option)
{
    cleanup_buf struct buf call = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&call, "aws lambda update-event-source-mapping --region %s --uuid %s %s",
               x->client->region, mapping->uuid, option);
    doctor_mend_setting(x,
                        &(struct doctor_setting){TEMPLATE_MAPPING, property, edit, buf_str(&call)});
}

/* The template leaves it to Lambda whether a mapping is enabled, so that no deployment sets it. */
static void note_state(struct examination *x, const struct event_source_mapping *mapping)
{
    if (strcmp(mapping->state, "Disabled") == 0 || strcmp(mapping->state, "Disabling") == 0) {
        doctor_note(x, VERDICT_FAILED, "mapping %s is disabled (%s): nothing is read",
                    mapping->uuid, *mapping->state_reason ? mapping->state_reason : "no reason");
        doctor_mend(x, "`aws lambda update-event-source-mapping --region %s --uuid %s --enabled`",
                    x->client->region, mapping->uuid);
    } else if (strcmp(mapping->state, "Enabled") != 0) {
        doctor_note(x, VERDICT_WARNING, "mapping %s is being changed: %s", mapping->uuid,
                    mapping->state);
        doctor_mend(x, "wait a moment");
    } else if (strncmp(mapping->last_result, "PROBLEM", strlen("PROBLEM")) == 0) {
        doctor_note(x, VERDICT_WARNING, "mapping %s: %s", mapping->uuid, mapping->last_result);
        doctor_mend(x, "`lorry logs` says what went wrong");
    } else {
        doctor_note(x, VERDICT_OK, "mapping %s is enabled", mapping->uuid);
    }
}

static void note_none(struct examination *x)
{
    cleanup_buf struct buf call = BUF_INIT(BUF_TEXT_CAP);
    doctor_note(x, VERDICT_FAILED, "no mapping feeds %s from stream %s: no change is moved",
                x->stack->processor.name, x->stack->stream.name);
    buf_printf(&call,
               "aws lambda create-event-source-mapping --region %s --function-name %s "
               "--event-source-arn arn:aws:kinesis:%s:%s:stream/%s --starting-position "
               "TRIM_HORIZON --function-response-types ReportBatchItemFailures",
               x->client->region, x->stack->processor.name, x->client->region, x->survey.account,
               x->stack->stream.name);
    doctor_mend_setting(
        x, &(struct doctor_setting){TEMPLATE_MAPPING, "FunctionName", NULL, buf_str(&call)});
}

static void check_state(struct examination *x)
{
    survey_mappings(&x->survey);
    if (x->survey.mappings.part.state == SURVEY_UNKNOWN) {
        doctor_note_error(x, x->survey.mappings.part.error);
        return;
    }
    size_t ours = count_ours(x);
    if (!ours) {
        note_none(x);
        return;
    }
    x->known |= KNOWS_MAPPING;
    for (size_t i = 0; i < x->survey.mappings.found.count; i++)
        if (is_ours(x, &x->survey.mappings.found.items[i]))
            note_state(x, &x->survey.mappings.found.items[i]);
    if (ours > 1) {
        doctor_note(x, VERDICT_WARNING,
                    "%zu mappings read the same stream: everything is done "
                    "%zu times",
                    ours, ours);
        doctor_mend(x,
                    "delete all but one: `aws lambda delete-event-source-mapping --region %s "
                    "--uuid UUID`",
                    x->client->region);
    }
    if (x->survey.mappings.found.count > ours) {
        doctor_note(x, VERDICT_WARNING, "%s is fed from elsewhere as well: %s",
                    x->stack->processor.name,
                    x->survey.mappings.found
                        .items[is_ours(x, &x->survey.mappings.found.items[0])
                                   ? x->survey.mappings.found.count - 1
                                   : 0]
                        .source_arn);
        doctor_mend(x, "have a function of its own for each stream");
    }
}

static bool is_true(const char *value)
{
    return value && (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

static void note_answers(struct examination *x, const struct event_source_mapping *mapping)
{
    static const char property[] = "FunctionResponseTypes";
    static const char option[] = "--function-response-types ReportBatchItemFailures";
    bool partial =
        is_true(lambda_function_variable(&x->survey.function.found, "REPORT_BATCH_ITEM_FAILURES"));
    if (mapping->reports_batch_failures && partial) {
        doctor_note(x, VERDICT_OK, "partial answers of the function count");
    } else if (mapping->reports_batch_failures) {
        doctor_note(x, VERDICT_WARNING,
                    "the function fails whole batches (REPORT_BATCH_ITEM_FAILURES is not true)");
        doctor_mend_setting(
            x, &(struct doctor_setting){TEMPLATE_FUNCTION, "Environment", NULL, "lorry deploy"});
    } else if (partial) {
        doctor_note(x, VERDICT_FAILED,
                    "RECORDS ARE LOST: the function answers which records failed "
                    "(REPORT_BATCH_ITEM_FAILURES=true), and mapping %s takes that for success",
                    mapping->uuid);
        mend_mapping(x, mapping, property, NULL, option);
    } else {
        doctor_note(x, VERDICT_WARNING, "mapping %s knows no partial answers: batches fail whole",
                    mapping->uuid);
        mend_mapping(x, mapping, property, NULL, option);
    }
}

static bool gives_up(const struct event_source_mapping *mapping)
{
    return mapping->retries >= 0 || mapping->max_age_s >= 0;
}

/* The name behind the last colon of the ARN of a bucket or a queue. */
static const char *name_of(const char *arn)
{
    const char *colon = strrchr(arn, ':');
    return colon ? colon + 1 : arn;
}

static void note_place(struct examination *x, const struct event_source_mapping *mapping)
{
    const struct survey_failures *failures = &x->survey.failures;
    const char *name = name_of(mapping->on_failure);
    if (failures->part.state == SURVEY_ABSENT) {
        doctor_note(x, VERDICT_FAILED,
                    "there is no %s %s any more: records that mapping %s gives up are lost",
                    failures->is_bucket ? "bucket" : "queue", name, mapping->uuid);
        doctor_mend(x, "`lorry deploy --revert-drift`");
        return;
    }
    if (failures->part.state == SURVEY_UNKNOWN) {
        doctor_note_error(x, failures->part.error);
        return;
    }
    doctor_note(x, VERDICT_OK, "what is given up goes to %s", name);
    if (failures->count <= 0)
        return;
    doctor_note(x, VERDICT_WARNING, "Lambda gave up on %s%lld batch%s, which went to %s",
                failures->more ? "more than " : "", (long long)failures->count,
                failures->count == 1 ? "" : "es", name);
    doctor_mend(x, "`lorry replay --list` shows them, `lorry replay` sends them again once the "
                   "cause is mended");
}

static void note_destination(struct examination *x, const struct event_source_mapping *mapping)
{
    bool by_file = x->stack->processor.on_failure == STACK_TO_NONE;
    if (*mapping->on_failure) {
        note_place(x, mapping);
        return;
    }
    if (!gives_up(mapping)) {
        doctor_note(x, VERDICT_OK, "nothing is given up before the stream forgets it");
        return;
    }
    doctor_note(x, by_file ? VERDICT_WARNING : VERDICT_FAILED,
                "mapping %s has no destination for failures: records that it gives up are lost",
                mapping->uuid);
    mend_mapping(x, mapping, "DestinationConfig", by_file ? "on-failure: s3" : NULL,
                 "--destination-config '{\"OnFailure\":{\"Destination\":\"ARN\"}}'");
}

static const char *on_error(const struct examination *x)
{
    const char *mode = lambda_function_variable(&x->survey.function.found, "ON_ERROR");
    return mode ? mode : "dead-letter";
}

/* Whether a record that can never be applied is tried again, with all behind it. */
static bool stops_at_poison(const struct examination *x)
{
    return strcmp(on_error(x), "exit") == 0 || strcmp(on_error(x), "raise") == 0;
}

/* The edit that the file needs, if it says the same as the mapping. */
static const char *edit_if(bool same, const char *edit)
{
    return same ? edit : NULL;
}

static void note_retries(struct examination *x, const struct event_source_mapping *mapping)
{
    const struct stack *stack = x->stack;
    bool same = mapping->retries == stack->processor.batch.retries;
    bool same_age = mapping->max_age_s == stack->processor.batch.max_age_s;
    if (!gives_up(mapping) && stops_at_poison(x)) {
        doctor_note(x, VERDICT_FAILED,
                    "with ON_ERROR=%s and no limit of retries and age, one record that cannot be "
                    "applied holds up its shard until the stream forgets it",
                    on_error(x));
        mend_mapping(x, mapping, "MaximumRetryAttempts",
                     edit_if(same && same_age, "on-error: dead-letter"),
                     "--maximum-retry-attempts 1000 --maximum-record-age-in-seconds 72000");
    } else if (mapping->retries >= 0 && mapping->retries < RETRIES_MIN) {
        doctor_note(x, VERDICT_WARNING,
                    "after %d retr%s records are given up: an outage of the sink of some minutes "
                    "is enough",
                    mapping->retries, mapping->retries == 1 ? "y" : "ies");
        mend_mapping(x, mapping, "MaximumRetryAttempts", edit_if(same, "retries: 1000"),
                     "--maximum-retry-attempts 1000");
    } else if (mapping->max_age_s < 0) {
        doctor_note(x, VERDICT_WARNING,
                    "records have no maximum age: those that the stream forgets before they are "
                    "processed are gone without a trace");
        mend_mapping(x, mapping, "MaximumRecordAgeInSeconds", edit_if(same_age, "max-age: 20h"),
                     "--maximum-record-age-in-seconds 72000");
    } else {
        cleanup_buf struct buf tries = BUF_INIT(BUF_TEXT_CAP);
        if (mapping->retries >= 0)
            buf_printf(&tries, "%d time%s, ", mapping->retries, plural_s(mapping->retries));
        doctor_note(x, VERDICT_OK, "what fails is tried again %sup to an age of %.3g h",
                    buf_str(&tries), mapping->max_age_s / 3600.0);
    }
}

static void note_bisecting(struct examination *x, const struct event_source_mapping *mapping)
{
    if (mapping->bisect || !gives_up(mapping) || mapping->batch_size == 1) {
        doctor_note(x, VERDICT_OK,
                    mapping->bisect ? "failed batches are halved"
                                    : "failed batches are tried whole");
        return;
    }
    doctor_note(x, VERDICT_WARNING,
                "failed batches are not halved: one bad record takes up to %d others with it",
                mapping->batch_size - 1);
    mend_mapping(x, mapping, "BisectBatchOnFunctionError",
                 edit_if(!x->stack->processor.batch.bisect, "bisect: true"),
                 "--bisect-batch-on-function-error");
}

/* It cannot be changed: another mapping takes its place. */
static void note_start(struct examination *x, const struct event_source_mapping *mapping)
{
    bool same = strcmp(mapping->position, x->stack->processor.batch.starting_position) == 0;
    if (strcmp(mapping->position, "LATEST") != 0) {
        doctor_note(x, VERDICT_OK, "it began at %s", mapping->position);
        return;
    }
    doctor_note(x, VERDICT_WARNING,
                "mapping %s began at LATEST: what the stream held before is not in the sink",
                mapping->uuid);
    if (same)
        doctor_mend(x, "say `starting-position: TRIM_HORIZON` in %s, then `lorry deploy`",
                    x->doctor->path);
    else
        doctor_mend(x,
                    "delete it (`aws lambda delete-event-source-mapping --region %s --uuid "
                    "%s`), then `lorry deploy --revert-drift`",
                    x->client->region, mapping->uuid);
}

static void note_batch(struct examination *x, const struct event_source_mapping *mapping)
{
    const struct stack *stack = x->stack;
    static const char *const names[] = {"size", "window", "parallelization"};
    static const char *const properties[] = {"BatchSize", "MaximumBatchingWindowInSeconds",
                                             "ParallelizationFactor"};
    const int is[] = {mapping->batch_size, mapping->window_s, mapping->parallelization};
    const int wanted[] = {stack->processor.batch.size, stack->processor.batch.window_s,
                          stack->processor.batch.parallelization};
    for (size_t i = 0; i < ARRAY_LEN(is); i++) {
        if (is[i] == wanted[i])
            continue;
        doctor_note(x, VERDICT_WARNING, "%s is %d, and %d in %s", names[i], is[i], wanted[i],
                    x->doctor->path);
        doctor_mend_setting(
            x, &(struct doctor_setting){TEMPLATE_MAPPING, properties[i], NULL, "lorry deploy"});
    }
    doctor_note(x, VERDICT_OK, "%d records, window %d s, parallelization %d", is[0], is[1], is[2]);
}

static void each(struct examination *x,
                 void (*note)(struct examination *x, const struct event_source_mapping *mapping))
{
    for (size_t i = 0; i < x->survey.mappings.found.count; i++)
        if (is_ours(x, &x->survey.mappings.found.items[i]))
            note(x, &x->survey.mappings.found.items[i]);
}

static void check_answers(struct examination *x)
{
    each(x, note_answers);
}

static void check_destination(struct examination *x)
{
    survey_failures(&x->survey);
    each(x, note_destination);
}

static void check_retries(struct examination *x)
{
    each(x, note_retries);
}

static void check_bisecting(struct examination *x)
{
    each(x, note_bisecting);
}

static void check_start(struct examination *x)
{
    each(x, note_start);
}

static void check_batch(struct examination *x)
{
    each(x, note_batch);
}

const struct doctor_check doctor_checks_mapping[] = {
    {"mapping", "state", KNOWS_DEPLOYED, NULL, check_state},
    {"mapping", "partial answers", KNOWS_FED, NULL, check_answers},
    {"mapping", "given up", KNOWS_FED, NULL, check_destination},
    {"mapping", "retries", KNOWS_FED, NULL, check_retries},
    {"mapping", "bisecting", KNOWS_FED, NULL, check_bisecting},
    {"mapping", "start", KNOWS_FED, NULL, check_start},
    {"mapping", "batch", KNOWS_FED, NULL, check_batch},
    {0},
};
