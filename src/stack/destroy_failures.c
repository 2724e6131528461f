/* What takes the records that Lambda gives up on: the stack keeps it. */
#include <stdlib.h>

#include "aws/s3.h"
#include "aws/sqs.h"
#include "base/memory.h"
#include "base/plural.h"
#include "stack/destroy_parts.h"
#include "stack/template.h"

static int see_one(void *user, const struct s3_listed *object, struct error *err)
{
    (void)object;
    (void)err;
    *(bool *)user = true;
    return 1;
}

/* Whether there is anything in it. Who may not look takes it for full. 1; 0; -1: there is no such
 * bucket, or `err`. */
static int look_into(const struct destruction *destruction, const char *bucket, bool *full,
                     struct error *err)
{
    struct s3_location all = {(char *)bucket, (char *)""};
    struct error why = {0};
    *full = false;
    if (s3_list_objects(destruction->deployment.client, &all, see_one, full, &why) == 0)
        return 1;
    if (error_is(&why, "NoSuchBucket"))
        return 0;
    *full = true;
    if (error_is(&why, "AccessDenied"))
        return 1;
    if (err)
        *err = why;
    return -1;
}

static int survey_bucket(struct destruction *destruction, const char *name, struct error *err)
{
    bool full;
    int there = look_into(destruction, name, &full, err);
    struct destroy_thing thing = {"bucket", name, "it is empty", DESTROY_ALONG};
    if (there <= 0)
        return there;
    if (full && destruction->destroy->data) {
        thing.way = DESTROY_APART;
        thing.why = "with all records that could not be processed";
    } else if (full) {
        thing.way = DESTROY_NOT;
        thing.why = "it holds records that could not be processed, and only --data deletes it";
    }
    destruction_note(destruction, &thing);
    return 0;
}

/* How many messages it has, SQS tells only approximately. Who may not look takes it to be there. */
static int survey_queue(struct destruction *destruction, const char *name, struct error *err)
{
    (void)err;
    struct sqs_queue queue;
    bool goes = destruction->destroy->data;
    if (sqs_describe_queue(destruction->deployment.client, name, &queue, NULL) == 0)
        return 0;
    destruction_note(
        destruction,
        &(struct destroy_thing){"queue", name,
                                goes ? "with all its messages"
                                     : "it may tell which records could not be processed, and only "
                                       "--data deletes it",
                                goes ? DESTROY_APART : DESTROY_NOT});
    return 0;
}

/* What is not there any more, somebody has dealt with. */
static int survey_past(struct destruction *destruction, const char *bucket, const char *queue,
                       struct error *err)
{
    size_t before = destruction->found->count;
    if ((bucket && survey_bucket(destruction, bucket, err) < 0) ||
        (queue && survey_queue(destruction, queue, err) < 0))
        return -1;
    return destruction->found->count > before;
}

int destruction_survey_failures(struct destruction *destruction, struct error *err)
{
    static const struct {
        const char *kind, *logical_id, *output;
        int (*survey)(struct destruction *destruction, const char *name, struct error *err);
    } places[] = {
        {"bucket", TEMPLATE_FAILURE_BUCKET, "FailureBucketName", survey_bucket},
        {"queue", TEMPLATE_FAILURE_QUEUE, "FailureQueueUrl", survey_queue},
    };
    if (!destruction->exists)
        return destruction_look_back(destruction, survey_past, err);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const char *name = destruction_output(destruction, places[i].output);
        if (!name)
            continue;
        if (!destruction_keeps(destruction, places[i].logical_id))
            destruction_note(destruction,
                             &(struct destroy_thing){places[i].kind, name, "with all its data",
                                                     DESTROY_WITH_STACK});
        else if (places[i].survey(destruction, name, err) < 0)
            return -1;
    }
    return 0;
}

struct emptying {
    struct aws_client *client;
    const char *bucket;
    size_t count;
};

static int delete_object(void *user, const struct s3_listed *object, struct error *err)
{
    struct emptying *emptying = user;
    struct s3_location place = {(char *)emptying->bucket, (char *)object->key};
    emptying->count++;
    return s3_delete_object(emptying->client, &place, err);
}

static int leave_bucket(const struct destruction *destruction, const char *name, const char *why)
{
    deployment_say(&destruction->deployment, "bucket %s stays after all: %s", name, why);
    return 1;
}

/* The stack is gone: a bucket that cannot be deleted is no reason to call that a failure, unless
 * its data was to go. */
static int judge_refusal(const struct destruction *destruction, const char *name,
                         const struct error *why, struct error *err)
{
    bool data = destruction->destroy->data;
    if (error_is(why, "BucketNotEmpty"))
        return leave_bucket(
            destruction, name,
            data ? "it keeps versions of what was deleted; empty and delete it yourself"
                 : "records that could not be processed have come meanwhile");
    if (!data && why->domain == ERROR_AWS)
        return leave_bucket(destruction, name, why->message);
    if (err)
        *err = *why;
    return -1;
}

/* What has arrived since it was looked at stays with its bucket, unless all of it is to go. */
int destruction_delete_bucket(struct destruction *destruction, const char *name, struct error *err)
{
    struct aws_client *client = destruction->deployment.client;
    struct emptying emptying = {client, name, 0};
    struct s3_location all = {(char *)name, (char *)""};
    struct error why = {0};
    if (destruction->destroy->data &&
        s3_list_objects(client, &all, delete_object, &emptying, err) < 0)
        return -1;
    if (emptying.count)
        deployment_say(&destruction->deployment, "%zu object%s of bucket %s deleted",
                       emptying.count, plural_s((int64_t)emptying.count), name);
    if (s3_delete_bucket(client, name, &why) == 0 || error_is(&why, "NoSuchBucket"))
        return 0;
    return judge_refusal(destruction, name, &why, err);
}

int destruction_delete_queue(struct destruction *destruction, const char *name, struct error *err)
{
    return sqs_delete_queue(destruction->deployment.client, name, err);
}
