#include "base/random.h"

#include <sys/random.h>

int64_t random_below(int64_t bound)
{
    uint64_t value = 0;
    if (bound <= 0 || getrandom(&value, sizeof(value), GRND_NONBLOCK) < 0)
        return 0;
    return (int64_t)(value % (uint64_t)bound);
}
