/* How long to wait between tries: exponential backoff with full jitter. */
#ifndef LORRY_BASE_BACKOFF_H
#define LORRY_BASE_BACKOFF_H

#include <stdint.h>

/* A random time from 0 to `scale_ms` doubled `before` times (so many waits there were already), but
 * no longer than `ceiling_ms`; and `wanted_ms` at least, if the peer asks for that (-1: it does
 * not), with the same ceiling. */
int64_t backoff_ms(int64_t scale_ms, int64_t ceiling_ms, unsigned before, int64_t wanted_ms);

#endif
