#include "support/still_clock.h"

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return STILL_US;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return 1;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    (void)ms;
}

struct clock still_clock = {now_us, steady_ms, sleep_ms};
