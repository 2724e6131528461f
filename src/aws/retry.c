#include "aws/retry.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/random.h"

#define ATTEMPTS 3U
#define BUCKET 500U
#define COST 5U
#define COST_TIMEOUT 10U
#define CEILING_MS 20000

int aws_retry_init(struct aws_retry *retry, struct error *err)
{
    const char *text = getenv("AWS_MAX_ATTEMPTS");
    unsigned long attempts = ATTEMPTS;
    if (text && *text) {
        char *end;
        errno = 0;
        attempts = strtoul(text, &end, 10);
        if (*end || errno || attempts == 0 || attempts > UINT_MAX || *text == '-')
            return error_set(err, ERROR_SETTING, 0, "AWS_MAX_ATTEMPTS is no number from 1 on");
    }
    *retry = (struct aws_retry){.attempts = (unsigned)attempts, .tokens = BUCKET};
    return 0;
}

static int64_t backoff_ms(unsigned attempt)
{
    int64_t ceiling = attempt > 4 ? CEILING_MS : (int64_t)1000 << attempt;
    return (int64_t)random_below((uint32_t)ceiling + 1);
}

bool aws_retry_wait(struct aws_retry *retry, struct clock *clock, unsigned attempt,
                    const struct error *failure, int64_t after_ms)
{
    unsigned cost = failure->domain == ERROR_NET ? COST_TIMEOUT : COST;
    if (!failure->retry || attempt >= retry->attempts || retry->tokens < cost)
        return false;
    retry->tokens -= cost;
    retry->lent = cost;
    if (after_ms > CEILING_MS)
        after_ms = CEILING_MS;
    clock->sleep_ms(clock, after_ms >= 0 ? after_ms : backoff_ms(attempt - 1));
    return true;
}

void aws_retry_succeeded(struct aws_retry *retry)
{
    retry->tokens += retry->lent ? retry->lent : 1;
    retry->lent = 0;
    if (retry->tokens > BUCKET)
        retry->tokens = BUCKET;
}
