#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
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

/* The end of a time: "Z", "UTC" (of older token caches), "+hh:mm", "-hhmm", nothing. */
static bool read_offset(const char *text, int *minutes)
{
    char digits[5] = "";
    size_t count = 0;
    *minutes = 0;
    if (!*text || strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    for (const char *p = text + 1; *p; p++) {
        if (*p == ':' && count == 2 && p == text + 3)
            continue;
        if (!isdigit((unsigned char)*p) || count == 4)
            return false;
        digits[count++] = *p;
    }
    int hhmm = (digits[0] - '0') * 600 + (digits[1] - '0') * 60 + (digits[2] - '0') * 10 +
               (digits[3] - '0');
    *minutes = *text == '-' ? -hhmm : hhmm;
    return count == 4;
}

void clock_format_span(int64_t us, char out[32])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    int64_t s = us / 1000000;
    if (s <= 0) {
        snprintf(out, 32, "%" PRId64 " ms", us > 0 ? us / 1000 : 0);
        return;
    }
    size_t i = 0;
    while (s < units[i].seconds)
        i++;
    int len = snprintf(out, 32, "%" PRId64 " %s", s / units[i].seconds, units[i].name);
    /* Beside minutes, seconds say nothing. */
    if (units[i].seconds > 60 && s % units[i].seconds >= units[i + 1].seconds)
        snprintf(out + len, 32 - (size_t)len, " %" PRId64 " %s",
                 s % units[i].seconds / units[i + 1].seconds, units[i + 1].name);
}

/* Behind a point; what is finer than a microsecond is cut off. */
static const char *read_fraction(const char *text, int64_t *us)
{
    int64_t unit = 1000000;
    for (; isdigit((unsigned char)*text); text++) {
        unit /= 10;
        *us += (*text - '0') * unit;
    }
    return text;
}

bool clock_parse_us(const char *text, int64_t *us)
{
    struct tm tm = {0};
    int minutes;
    int64_t fraction_us = 0;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        return false;
    if (*rest == '.')
        rest = read_fraction(rest + 1, &fraction_us);
    if (!read_offset(rest, &minutes))
        return false;
    *us = ((int64_t)timegm(&tm) - (int64_t)minutes * 60) * 1000000 + fraction_us;
    return true;
}
