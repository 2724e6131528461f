#include "pipeline/retry.h"

#include "base/random.h"

#define FIRST_CEILING_MS 100
#define LAST_CEILING_MS 5000

void retry_init(struct retry *retry, struct clock *clock, int64_t deadline,
                const volatile sig_atomic_t *stop)
{
    *retry = (struct retry){clock, deadline, stop, FIRST_CEILING_MS};
}

static bool is_stopped(const struct retry *retry)
{
    return retry->stop && *retry->stop;
}

bool retry_wait(struct retry *retry)
{
    struct clock *clock = retry->clock;
    int64_t wait = 1 + random_below(retry->ceiling_ms);
    if (is_stopped(retry) || (retry->deadline && clock->steady_ms(clock) + wait >= retry->deadline))
        return false;
    clock->sleep_ms(clock, wait);
    if (retry->ceiling_ms < LAST_CEILING_MS)
        retry->ceiling_ms *= 2;
    return !is_stopped(retry);
}
