#include "pipeline/retry.h"

#include "base/random.h"

#define FIRST_CEILING_MS 100
#define LAST_CEILING_MS 5000

void retry_init(struct retry *retry, struct clock *clock, int64_t deadline)
{
    *retry = (struct retry){clock, deadline, FIRST_CEILING_MS};
}

bool retry_wait(struct retry *retry)
{
    struct clock *clock = retry->clock;
    int64_t wait = 1 + random_below(retry->ceiling_ms);
    if (retry->deadline && clock->steady_ms(clock) + wait >= retry->deadline)
        return false;
    clock->sleep_ms(clock, wait);
    if (retry->ceiling_ms < LAST_CEILING_MS)
        retry->ceiling_ms *= 2;
    return true;
}
