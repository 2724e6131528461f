/* Amazon DynamoDB: PartiQL, tables and the streams that they send their changes to [DynamoDB API
 * Reference, version 2012-08-10]. */
#ifndef LORRY_AWS_DYNAMODB_H
#define LORRY_AWS_DYNAMODB_H

#include <jansson.h>

#include "aws/client.h"

struct dynamodb_statement {
    struct view text;   /* one PartiQL statement, at most 8192 characters */
    json_t *parameters; /* typed values for its question marks, borrowed; NULL: none */
    bool consistent;    /* a strongly consistent read */
};

/* Takes an item, an object of typed values (borrowed). Returns 0 to go on, 1 if that was enough, -1
 * with `err` set. */
typedef int dynamodb_take_item(void *user, const json_t *item, struct error *err);

/* ExecuteStatement, page after page. Errors: those of aws_call() and `take`. A statement that
 * writes may have been executed although no answer came; an INSERT whose item is there is explained
 * by that, if it was tried before. */
int dynamodb_execute_statement(struct aws_client *client,
                               const struct dynamodb_statement *statement, dynamodb_take_item *take,
                               void *user, struct error *err);

/* What is looked at of a table. */
struct dynamodb_table {
    char arn[256];
    char status[32]; /* "ACTIVE", ... */
    struct dynamodb_key {
        char name[256];
        char type; /* 'S', 'N', 'B' */
    } keys[2];     /* partition key, sort key */
    size_t key_count;
};

/* DescribeTable. 1; 0: there is none of that name; -1 and `err`: those of aws_call(). */
int dynamodb_describe_table(struct aws_client *client, const char *name,
                            struct dynamodb_table *table, struct error *err);

/* ListTagsOfResource: whether a table has that tag with that value. 1, 0, or -1 and `err`: those of
 * aws_call(). */
int dynamodb_has_tag(struct aws_client *client, const char *table_arn, const char *key,
                     const char *value, struct error *err);

/* TagResource and UntagResource: a tag is set or taken away; fine if it is (not) there. Errors:
 * those of aws_call(). */
int dynamodb_set_tag(struct aws_client *client, const char *table_arn, const char *key,
                     const char *value, struct error *err);
int dynamodb_remove_tag(struct aws_client *client, const char *table_arn, const char *key,
                        struct error *err);

/* Where the changes of a table go. */
struct dynamodb_destination {
    char stream_arn[256];
    char status[32];    /* "ENABLING", "ACTIVE", "UPDATING", "DISABLING", "ENABLE_FAILED" */
    char precision[16]; /* "MILLISECOND", "MICROSECOND"; "" if it does not say */
    char reason[256];   /* of the status; "" if it does not say, cut if it is longer */
};

/* DescribeKinesisStreamingDestination: the destination that is not switched off. 1; 0: there is
 * none; -1 and `err`: those of aws_call(). */
int dynamodb_find_destination(struct aws_client *client, const char *table,
                              struct dynamodb_destination *destination, struct error *err);

/* Enable- and UpdateKinesisStreamingDestination: begin. Both set the precision to microseconds.
 * Enabling what is enabled, and setting a precision that is set, are errors: look
 * first. Errors: those of aws_call(). */
int dynamodb_enable_destination(struct aws_client *client, const char *table,
                                const char *stream_arn, struct error *err);
int dynamodb_refine_destination(struct aws_client *client, const char *table,
                                const char *stream_arn, struct error *err);

/* DisableKinesisStreamingDestination: begins; it has to be active. Errors: those of aws_call(). */
int dynamodb_disable_destination(struct aws_client *client, const char *table,
                                 const char *stream_arn, struct error *err);

/* DeleteTable: begins, and takes all its items. Errors: those of aws_call(). */
int dynamodb_delete_table(struct aws_client *client, const char *name, struct error *err);

#endif
