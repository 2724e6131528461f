/* Random numbers for jitter and for names: spread, not secret. */
#ifndef LORRY_BASE_RANDOM_H
#define LORRY_BASE_RANDOM_H

#include <stdint.h>

/* A number from 0 to `bound` - 1; 0 if `bound` is not positive. */
int64_t random_below(int64_t bound);

#define RANDOM_UUID_SIZE 37

/* A UUID of version 4 (RFC 9562) in `text`, which is returned. */
const char *random_uuid(char text[RANDOM_UUID_SIZE]);

#endif
