/* Policies of repositories, written by users or somebody else: read, carried over, extended; and
 * names of registries. */
#include <stdint.h>
#include <stdlib.h>

#include "stack/ecr_registry.h"
#include "stack/lifecycle.h"
#include "stack/repository_policy.h"

#define ACCOUNT "123456789012"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct policy_function function = {ACCOUNT, "eu-central-1", "Processor"};
    struct view text = view_of((const char *)data, size);
    cleanup_buf struct buf lifecycle = BUF_INIT(BUF_TEXT_CAP);
    struct error err;
    ecr_registry_parse(text, NULL);
    if (lifecycle_policy(text, "app", 0, &lifecycle) == LIFECYCLE_CHANGED &&
        lifecycle_policy(buf_view(&lifecycle), "app", 0, &lifecycle) != LIFECYCLE_SAME)
        abort();
    json_t *policy = repository_policy_parse(text, "file", &err);
    json_t *current = repository_policy_read(text, &err);
    if (policy && current)
        repository_policy_carry(policy, current, ACCOUNT);
    if (policy) {
        repository_policy_allow(policy, &function);
        if (!repository_policy_allows(policy, &function))
            abort();
    }
    json_decref(policy);
    json_decref(current);
    return 0;
}
