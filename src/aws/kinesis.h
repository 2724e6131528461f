/* Amazon Kinesis Data Streams [Kinesis API Reference, version 2013-12-02]. */
#ifndef LORRY_AWS_KINESIS_H
#define LORRY_AWS_KINESIS_H

#include "aws/client.h"

/* What is looked at of a stream. */
struct kinesis_stream {
    char arn[256];
    char status[32]; /* "ACTIVE", ... */
    char mode[16];   /* "ON_DEMAND", "PROVISIONED"; "" if it does not say */
    int retention_hours;
    int open_shards; /* those that take records */
    bool encrypted;  /* at rest, by a key of KMS */
};

/* DescribeStreamSummary. 1; 0: there is none of that name; -1 and `err`: those of aws_call(). */
int kinesis_describe_stream(struct aws_client *client, const char *name,
                            struct kinesis_stream *stream, struct error *err);

/* A shard; texts are borrowed for the time of the callback, and "" if they are not there. */
struct kinesis_shard {
    const char *id;
    const char *parent; /* that it was split from; when merged: one of the two */
    const char *first;  /* sequence number of the first record that it could hold */
    const char *last;   /* of the last one; "" while it is open */
};

/* Takes a shard. Returns 0 to go on, 1 if that was enough, -1 with `err` set. */
typedef int kinesis_take_shard(void *user, const struct kinesis_shard *shard, struct error *err);

/* ListShards: all shards of a stream of which records may still be there. Errors: those of
 * aws_call() and `take`. */
int kinesis_list_shards(struct aws_client *client, const char *name, kinesis_take_shard *take,
                        void *user, struct error *err);

/* ListTagsForStream: whether a stream has that tag with that value. 1, 0, or -1 and `err`: those of
 * aws_call(). */
int kinesis_has_tag(struct aws_client *client, const char *name, const char *key, const char *value,
                    struct error *err);

/* DeleteStream, with its records and registered consumers: begins. Errors: those of aws_call(). */
int kinesis_delete_stream(struct aws_client *client, const char *name, struct error *err);

#endif
