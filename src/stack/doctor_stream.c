/* The stream, the table, and the way between them. */
#include <string.h>

#include "base/plural.h"
#include "stack/doctor_parts.h"
#include "stack/template.h"

#define HOUR_S 3600
/* Between a record's age at which Lambda gives it up and that at which the stream forgets it. */
#define MARGIN_S HOUR_S

static void check_stream(struct examination *x)
{
    const char *name = x->stack->stream.name;
    const struct survey_part *part = &x->survey.stream.part;
    survey_stream(&x->survey);
    if (part->state == SURVEY_UNKNOWN) {
        doctor_note_error(x, part->error);
    } else if (part->state == SURVEY_FOUND) {
        x->known |= KNOWS_STREAM;
        if (strcmp(x->survey.stream.found.status, "ACTIVE") == 0) {
            doctor_note(x, VERDICT_OK, "%s is active, %d open shard%s", name,
                        x->survey.stream.found.open_shards,
                        plural_s(x->survey.stream.found.open_shards));
            return;
        }
        doctor_note(x, VERDICT_WARNING, "%s is %s", name, x->survey.stream.found.status);
        doctor_mend(x, "wait a moment");
    } else if (x->stack->stream.existing) {
        doctor_note(x, VERDICT_FAILED,
                    "there is no stream %s, and `existing: true` says that "
                    "there is",
                    name);
        doctor_mend(x, "make it, or leave `existing` out");
    } else if (!doctor_is_not_deployed(x)) {
        doctor_note(x, VERDICT_FAILED, "there is no stream %s", name);
        doctor_mend(x, "`lorry deploy --revert-drift`");
    }
}

static void mend_stream(struct examination *x, const char *property, const char *call)
{
    doctor_mend_setting(x, &(struct doctor_setting){TEMPLATE_STREAM, property, NULL, call});
}

/* The longest that a mapping lets a record wait; -1: for ever. */
static int max_age_s(const struct examination *x)
{
    int longest = 0;
    for (size_t i = 0; i < x->survey.mappings.found.count; i++) {
        int age_s = x->survey.mappings.found.items[i].max_age_s;
        if (age_s < 0)
            return -1;
        longest = age_s > longest ? age_s : longest;
    }
    return longest;
}

static void mend_retention(struct examination *x, int hours)
{
    cleanup_buf struct buf call = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&call,
               "aws kinesis increase-stream-retention-period --region %s --stream-name %s "
               "--retention-period-hours %d",
               x->client->region, x->stack->stream.name, hours);
    mend_stream(x, "RetentionPeriodHours", buf_str(&call));
}

/* The file cannot say it: a maximum age above the retention is an error there. So either of the two
 * has been changed by other means. */
static void mend_age(struct examination *x, int age_s, int hours)
{
    cleanup_buf struct buf call = BUF_INIT(BUF_TEXT_CAP);
    int wanted = x->stack->processor.batch.max_age_s;
    if (age_s == wanted) {
        mend_retention(x, hours);
        return;
    }
    buf_printf(&call,
               "aws lambda update-event-source-mapping --region %s --uuid UUID "
               "--maximum-record-age-in-seconds %d",
               x->client->region, wanted);
    doctor_mend_setting(x, &(struct doctor_setting){TEMPLATE_MAPPING, "MaximumRecordAgeInSeconds",
                                                    NULL, buf_str(&call)});
}

static void check_retention(struct examination *x)
{
    int hours = x->survey.stream.found.retention_hours, wanted = x->stack->stream.retention_hours;
    int age_s = x->known & KNOWS_MAPPING ? max_age_s(x) : x->stack->processor.batch.max_age_s;
    int needed = (age_s + MARGIN_S + HOUR_S - 1) / HOUR_S;
    if (age_s >= 0 && hours < needed) {
        doctor_note(x, VERDICT_FAILED,
                    "the stream forgets after %d h what may be processed up to an age of %d s: "
                    "records are gone before they are set aside",
                    hours, age_s);
        mend_age(x, age_s, needed < 24 ? 24 : needed);
    } else if (hours < wanted && !x->stack->stream.existing) {
        doctor_note(x, VERDICT_WARNING, "%d h, and %d h in %s", hours, wanted, x->doctor->path);
        mend_retention(x, wanted);
    } else {
        doctor_note(x, VERDICT_OK, "%d h", hours);
    }
}

static void check_encryption(struct examination *x)
{
    cleanup_buf struct buf call = BUF_INIT(BUF_TEXT_CAP);
    if (x->survey.stream.found.encrypted) {
        doctor_note(x, VERDICT_OK, "encrypted at rest");
        return;
    }
    buf_printf(&call,
               "aws kinesis start-stream-encryption --region %s --stream-name %s "
               "--encryption-type KMS --key-id alias/aws/kinesis",
               x->client->region, x->stack->stream.name);
    doctor_note(x, VERDICT_WARNING, "not encrypted at rest");
    mend_stream(x, "StreamEncryption", buf_str(&call));
}

static void check_mode(struct examination *x)
{
    const char *wanted = x->stack->stream.shards ? "PROVISIONED" : "ON_DEMAND";
    if (x->stack->stream.existing || strcmp(x->survey.stream.found.mode, wanted) == 0) {
        doctor_note(x, VERDICT_OK, "%s", x->survey.stream.found.mode);
        return;
    }
    doctor_note(x, VERDICT_WARNING, "%s, and %s in %s", x->survey.stream.found.mode, wanted,
                x->doctor->path);
    mend_stream(x, "StreamModeDetails", "lorry deploy");
}

static void check_table(struct examination *x)
{
    struct error err = {0};
    struct dynamodb_table table;
    const char *name = x->stack->source.table;
    int found = dynamodb_describe_table(x->client, name, &table, &err);
    if (found < 0) {
        doctor_note_error(x, &err);
    } else if (found) {
        x->known |= KNOWS_TABLE;
        if (strcmp(table.status, "ACTIVE") == 0) {
            doctor_note(x, VERDICT_OK, "%s is active", name);
            return;
        }
        doctor_note(x, VERDICT_WARNING, "%s is %s", name, table.status);
        doctor_mend(x, "wait a moment");
    } else if (x->stack->source.existing) {
        doctor_note(x, VERDICT_FAILED,
                    "there is no table %s, and `existing: true` says that "
                    "there is",
                    name);
        doctor_mend(x, "make it, or leave `existing` out");
    } else if (!doctor_is_not_deployed(x)) {
        doctor_note(x, VERDICT_FAILED, "there is no table %s", name);
        doctor_mend(x, "`lorry deploy --revert-drift`");
    }
}

/* What `lorry deploy` does by itself to a table that it does not own. */
static void mend_destination(struct examination *x)
{
    if (x->stack->source.existing)
        doctor_mend(x, "`lorry deploy`");
    else
        doctor_mend_setting(
            x, &(struct doctor_setting){TEMPLATE_TABLE, "KinesisStreamSpecification", NULL,
                                        "aws dynamodb enable-kinesis-streaming-destination"});
}

static bool is_our_stream(const struct examination *x, const char *arn)
{
    const char *slash = strrchr(arn, '/');
    return slash && strcmp(slash + 1, x->stack->stream.name) == 0;
}

static void check_destination(struct examination *x)
{
    const char *name = x->stack->source.table, *stream = x->stack->stream.name;
    const struct survey_part *part = &x->survey.destination.part;
    survey_destination(&x->survey);
    bool found = part->state == SURVEY_FOUND;
    if (part->state == SURVEY_UNKNOWN) {
        doctor_note_error(x, part->error);
        return;
    }
    if (found && !is_our_stream(x, x->survey.destination.found.stream_arn)) {
        doctor_note(x, VERDICT_FAILED, "%s sends its changes to %s instead of %s", name,
                    x->survey.destination.found.stream_arn, stream);
        doctor_mend(x, "name that stream in %s, with `existing: true`, or switch it off",
                    x->doctor->path);
        return;
    }
    if (!found && x->stack->source.existing && doctor_is_not_deployed(x))
        return;
    if (!found || strcmp(x->survey.destination.found.status, "ENABLE_FAILED") == 0) {
        doctor_note(x, VERDICT_FAILED, "%s does not send its changes to %s%s", name, stream,
                    found ? ": switching it on failed" : "");
        mend_destination(x);
        return;
    }
    x->known |= KNOWS_DESTINATION;
    if (strcmp(x->survey.destination.found.status, "ACTIVE") == 0) {
        doctor_note(x, VERDICT_OK, "%s sends its changes to %s", name, stream);
        return;
    }
    doctor_note(x, VERDICT_WARNING, "sending to %s is %s", stream,
                x->survey.destination.found.status);
    doctor_mend(x, "wait a moment");
}

static void check_precision(struct examination *x)
{
    if (strcmp(x->survey.destination.found.precision, "MICROSECOND") == 0) {
        doctor_note(x, VERDICT_OK, "changes are timed in microseconds");
        return;
    }
    doctor_note(x, VERDICT_WARNING,
                "changes are timed in %s: of changes of one item within a millisecond, the one "
                "that arrives last wins",
                *x->survey.destination.found.precision ? "milliseconds" : "an unknown precision");
    mend_destination(x);
}

const struct doctor_check doctor_checks_stream[] = {
    {"stream", "state", KNOWS_PIPELINE, NULL, check_stream},
    {"stream", "retention", KNOWS_PIPELINE | KNOWS_STREAM, NULL, check_retention},
    {"stream", "encryption", KNOWS_PIPELINE | KNOWS_STREAM, NULL, check_encryption},
    {"stream", "mode", KNOWS_PIPELINE | KNOWS_STREAM, NULL, check_mode},
    {"table", "state", KNOWS_PIPELINE, NULL, check_table},
    {"table", "destination", KNOWS_PIPELINE | KNOWS_TABLE, NULL, check_destination},
    {"table", "precision", KNOWS_PIPELINE | KNOWS_TABLE | KNOWS_DESTINATION, NULL, check_precision},
    {0},
};
