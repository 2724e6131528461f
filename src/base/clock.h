/* Time, as an object, so that tests can inject it. */
#ifndef LORRY_BASE_CLOCK_H
#define LORRY_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    /* Microseconds since 1970, UTC. */
    int64_t (*now_us)(struct clock *clock);
    /* Milliseconds of a clock that never jumps; only differences mean anything. */
    int64_t (*steady_ms)(struct clock *clock);
    /* Waits. */
    void (*sleep_ms)(struct clock *clock, int64_t ms);
};

/* The system's clocks. */
extern struct clock clock_system;

/* "2024-07-12T01:17:42.123456Z" from microseconds since 1970; `out` has room for 32 bytes. */
void clock_format_us(int64_t us, char out[32]);

/* A span of time for people, in its two largest units: "3 d 4 h", "12 min", "45 s", "120 ms"; `out`
 * has room for 32 bytes. Negative ones are 0. */
void clock_format_span(int64_t us, char out[32]);

/* "2026-01-31T12:00:00Z" (also with a fraction, or an offset "+01:00") as microseconds since 1970.
 * False if it is something else. */
bool clock_parse_us(const char *text, int64_t *us);

#endif
