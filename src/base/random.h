/* Random numbers for jitter: spread, not secret. */
#ifndef LORRY_BASE_RANDOM_H
#define LORRY_BASE_RANDOM_H

#include <stdint.h>

/* A number from 0 to `bound` - 1; 0 if `bound` is not positive. */
int64_t random_below(int64_t bound);

#endif
