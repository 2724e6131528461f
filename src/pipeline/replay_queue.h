/* What is in a failure queue: where in the stream the records are that Lambda has given up, and how
 * long the stream still has them. The records themselves are not there, so there is nothing to be
 * replayed; looking takes nothing out of the queue. */
#ifndef LORRY_PIPELINE_REPLAY_QUEUE_H
#define LORRY_PIPELINE_REPLAY_QUEUE_H

#include "aws/client.h"
#include "pipeline/invocation_record.h"
#include "pipeline/replay.h"

/* As many messages are looked at, at most. */
#define REPLAY_RANGES_MAX 1000

struct replay_range {
    const struct invocation_record *record;
    /* When the stream forgets the first and the last of the records, microseconds since 1970; 0:
     * not known; -1: there is no such stream any more. */
    int64_t first_forgotten_us, last_forgotten_us;
};

struct replay_queue {
    struct aws_client *client;
    const char *url;
    const struct replay_filter *filter; /* its limit counts ranges here */
    /* Valid during the call. */
    void (*take)(void *user, const struct replay_range *range);
    void *user;
    /* Out. */
    uint64_t ranges;     /* that were taken */
    uint64_t unreadable; /* messages that are something else */
    bool more;           /* there may be more of them, which were not received */
};

/* Receives the messages, hidden from others for two seconds, until no more come that are new.
 * Errors: those of aws_call(). Needs "sqs:ReceiveMessage" and "kinesis:DescribeStreamSummary". */
int replay_queue_show(struct replay_queue *queue, struct error *err);

#endif
