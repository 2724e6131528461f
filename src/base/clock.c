#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (ms > 0 && nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

struct clock clock_system = {now_us, steady_ms, sleep_ms};

void clock_format_us(int64_t us, char out[32])
{
    int64_t micros = us % 1000000;
    time_t seconds = (time_t)(us / 1000000);
    if (micros < 0) {
        micros += 1000000;
        seconds--;
    }
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + len, 32 - len, ".%06dZ", (int)micros);
}
