/* Amazon SQS, what of it is needed [SQS API Reference, version 2012-11-05]. */
#ifndef LORRY_AWS_SQS_H
#define LORRY_AWS_SQS_H

#include "aws/client.h"
#include "base/view.h"

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

#define SQS_MESSAGES_MAX 10 /* of one call [SQS API Reference "ReceiveMessage"] */

struct sqs_message {
    const char *id; /* the same whenever it is received */
    struct view body;
};

/* Takes a message, valid during the call; returns 0 to go on, 1 if that was enough, -1 with `err`
 * set. */
typedef int sqs_take(void *user, const struct sqs_message *message, struct error *err);

/* ReceiveMessage without deleting: up to SQS_MESSAGES_MAX messages, after a second at most. They
 * are hidden from everybody for `hidden_s` seconds and then come again; so may others that were
 * taken before, in any order. Returns how many came, 0 if there is none to be had right now, or -1
 * and `err`: those of aws_call() and `take`. Needs "sqs:ReceiveMessage". */
int sqs_peek(struct aws_client *client, const char *url, int hidden_s, sqs_take *take, void *user,
             struct error *err);

/* DeleteQueue, with all its messages. Fine if it is not there. Errors: those of aws_call(). Needs
 * "sqs:DeleteQueue". */
int sqs_delete_queue(struct aws_client *client, const char *url, struct error *err);

#endif
