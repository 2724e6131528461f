/* Amazon SQS, what of it is needed [SQS API Reference, version 2012-11-05]. */
#ifndef LORRY_AWS_SQS_H
#define LORRY_AWS_SQS_H

#include "aws/client.h"

/* What is looked at of a queue. Its counts are approximate: up to a minute old [SQS API Reference
 * "GetQueueAttributes"]. */
struct sqs_queue {
    int64_t waiting;   /* messages that can be received */
    int64_t in_flight; /* received, not deleted yet */
    int64_t delayed;
    int64_t retention_s; /* how long a message is kept */
};

/* GetQueueAttributes of the queue with that URL. 1; 0: there is none; -1 and `err`: those of
 * aws_call(). */
int sqs_describe_queue(struct aws_client *client, const char *url, struct sqs_queue *queue,
                       struct error *err);

#endif
