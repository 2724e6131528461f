/* Amazon Kinesis Data Streams [Kinesis API Reference, version 2013-12-02]. */
#ifndef LORRY_AWS_KINESIS_H
#define LORRY_AWS_KINESIS_H

#include "aws/client.h"

/* What is looked at of a stream. */
struct kinesis_stream {
    char arn[256];
    char status[32]; /* "ACTIVE", ... */
    int retention_hours;
};

/* DescribeStreamSummary. 1; 0: there is none of that name; -1 and `err`: those of aws_call(). */
int kinesis_describe_stream(struct aws_client *client, const char *name,
                            struct kinesis_stream *stream, struct error *err);

/* ListTagsForStream: whether a stream has that tag with that value. 1, 0, or -1 and `err`: those of
 * aws_call(). */
int kinesis_has_tag(struct aws_client *client, const char *name, const char *key, const char *value,
                    struct error *err);

/* DeleteStream, with its records and registered consumers: begins. Errors: those of aws_call(). */
int kinesis_delete_stream(struct aws_client *client, const char *name, struct error *err);

#endif
