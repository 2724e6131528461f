#include "aws/retry.h"

#include <limits.h>
#include <stdlib.h>

#include "aws/refusal.h"
#include "base/backoff.h"
#include "base/parse.h"

#define ATTEMPTS 3U
#define SCALE_MS 50
#define SCALE_THROTTLED_MS 1000

int aws_retry_init(struct aws_retry *retry, struct error *err)
{
    const char *text = getenv("AWS_MAX_ATTEMPTS");
    int64_t attempts = ATTEMPTS;
    if (text && *text && parse_int64(view_str(text), 1, INT_MAX, &attempts, NULL) < 0)
        return error_set(err, ERROR_SETTING, 0, "AWS_MAX_ATTEMPTS is no number from 1 on");
    *retry = (struct aws_retry){.attempts = (unsigned)attempts, .tokens = AWS_RETRY_BUCKET};
    return 0;
}

bool aws_retry_wait(struct aws_retry *retry, struct clock *clock, struct aws_tries *tries,
                    const struct error *failure, int64_t wanted_ms)
{
    bool throttled = aws_refusal_is_throttling(failure);
    unsigned cost = throttled ? AWS_RETRY_COST_THROTTLED : AWS_RETRY_COST;
    tries->failed++;
    if (!failure->retry || tries->failed >= retry->attempts || retry->tokens < cost)
        return false;
    retry->tokens -= cost;
    tries->lent = cost;
    clock->sleep_ms(clock, backoff_ms(throttled ? SCALE_THROTTLED_MS : SCALE_MS,
                                      AWS_RETRY_CEILING_MS, tries->failed - 1, wanted_ms));
    return true;
}

void aws_retry_succeeded(struct aws_retry *retry, const struct aws_tries *tries)
{
    retry->tokens += tries->lent ? tries->lent : 1;
    if (retry->tokens > AWS_RETRY_BUCKET)
        retry->tokens = AWS_RETRY_BUCKET;
}
