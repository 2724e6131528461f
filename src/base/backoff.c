#include "base/backoff.h"

#include "base/random.h"

int64_t backoff_ms(int64_t scale_ms, int64_t ceiling_ms, unsigned before, int64_t wanted_ms)
{
    while (before-- && scale_ms < ceiling_ms)
        scale_ms *= 2;
    int64_t most_ms = scale_ms < ceiling_ms ? scale_ms : ceiling_ms;
    int64_t ms = random_below(most_ms + 1);
    if (wanted_ms > ceiling_ms)
        wanted_ms = ceiling_ms;
    return ms > wanted_ms ? ms : wanted_ms;
}
