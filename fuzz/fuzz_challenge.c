/* WWW-Authenticate: whatever comes, Bearer has a realm. */
#include <stdint.h>

#include "base/memory.h"
#include "oci/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_challenge struct challenge challenge = {0};
    challenge_read(view_of((const char *)data, size), &challenge);
    if (challenge.scheme == CHALLENGE_BEARER && !challenge.realm.len)
        abort();
    return 0;
}
