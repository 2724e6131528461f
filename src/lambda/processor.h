/* The record processor on Lambda: settings, then the loop of invocations. What
 * lorry_processor_main() (lorry/processor.h) does there, with its surroundings as parameters. */
#ifndef LORRY_LAMBDA_PROCESSOR_H
#define LORRY_LAMBDA_PROCESSOR_H

#include <stdint.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "cdc/batch.h"
#include "net/http.h"

/* Exit statuses besides EXIT_WRONG_SETTING, the predecessor's: only with ON_ERROR=exit. */
#define EXIT_RECORD_REFUSED 5
#define EXIT_NO_DATABASE 11

/* All of it is borrowed. */
struct processor_config {
    const char *runtime_api; /* AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001" */
    char *(*environment)(const char *name);
    struct http_client *http;
    struct aws_credentials_provider *credentials;
    struct clock *clock;
    struct change_hook hook; /* process NULL: none */
};

/* Reads the settings and answers invocations until the process has to end; returns its exit status.
 * Wrong settings are logged, each by itself, and reported as an init error before anything is read:
 * EXIT_WRONG_SETTING. Otherwise 1 when the Runtime API failed. */
int processor_run(const struct processor_config *config);

/* The point of the steady clock at which work has to stop so that the answer is in time:
 * `deadline_ms` (milliseconds since 1970) less a second or a tenth of what is left, whichever is
 * more. 0, for none, if `deadline_ms` is 0. */
int64_t processor_deadline(struct clock *clock, int64_t deadline_ms);

#endif
