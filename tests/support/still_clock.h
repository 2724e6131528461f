/* A clock that stands still at 2026-08-01T00:00:00Z; waiting takes no time. */
#ifndef LORRY_TESTS_STILL_CLOCK_H
#define LORRY_TESTS_STILL_CLOCK_H

#include "base/clock.h"

#define STILL_US INT64_C(1785542400000000)

extern struct clock still_clock;

#endif
