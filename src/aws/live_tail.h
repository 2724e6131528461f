/* The live tail of CloudWatch Logs: an answer without an end that tells what is written in a group,
 * every second [CloudWatch Logs API Reference, StartLiveTail]. */
#ifndef LORRY_AWS_LIVE_TAIL_H
#define LORRY_AWS_LIVE_TAIL_H

#include "aws/event_stream.h"
#include "aws/logs.h"

struct live_tail {
    const char *arn;     /* of the group, without ":*" */
    const char *pattern; /* a filter pattern; NULL: everything */
    /* The session has begun: what CloudWatch Logs gets from here on comes. */
    int (*started)(void *user, struct error *err);
    /* Once a second, also without events. `sampled`: there were more than the 500 that an update
     * has, and some are missing. Both return 0, or -1 with `err` set: that ends the session. */
    int (*update)(void *user, const struct logs_event *events, size_t count, bool sampled,
                  struct error *err);
    bool (*stop)(void *user); /* asked several times a second: true ends it */
    void *user;
};

/* StartLiveTail. Returns when the session has ended: 0 if `stop` wanted that, else -1. Nothing may
 * be done with `client` from within the functions of `tail`: its HTTP client waits for the answer.
 *
 * Errors: those of the functions; those of aws_call() if there was no session, without a second
 * try; with `retry` where the session ended that another one may follow: it was cut, it timed out
 * (SessionTimeoutException, after three hours), the service failed (SessionStreamingException), or
 * nothing has come for half a minute. */
int live_tail_run(struct aws_client *client, const struct live_tail *tail, struct error *err);

/* Takes a message of the stream. Errors: those of `tail`'s functions, and what
 * event_refused() makes of the message. */
int live_tail_take(const struct live_tail *tail, const struct event_message *message,
                   struct error *err);

#endif
