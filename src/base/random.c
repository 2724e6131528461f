#include "base/random.h"

#include <stdio.h>
#include <sys/random.h>

int64_t random_below(int64_t bound)
{
    uint64_t value = 0;
    if (bound <= 0 || getrandom(&value, sizeof(value), GRND_NONBLOCK) < 0)
        return 0;
    return (int64_t)(value % (uint64_t)bound);
}

const char *random_uuid(char text[RANDOM_UUID_SIZE])
{
    uint64_t high = 0, low = 0;
    /* Neither fails for so few bytes [getrandom(2)]. */
    (void)!getrandom(&high, sizeof(high), 0);
    (void)!getrandom(&low, sizeof(low), 0);
    snprintf(text, RANDOM_UUID_SIZE, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16) & 0xFFFF, (unsigned)high & 0xFFF,
             (unsigned)(low >> 48 & 0x3FFF) | 0x8000, (unsigned long long)low & 0xFFFFFFFFFFFF);
    return text;
}
