/* The own processor's view of a change (lorry/processor.h). Private to cdc/. */
#ifndef LORRY_CDC_HOOK_H
#define LORRY_CDC_HOOK_H

#include "cdc/batch.h"
#include "cdc/dynamodb.h"

enum hook_verdict { HOOK_PASS, HOOK_DROP, HOOK_FAIL };

/* Shows the change to the hook and applies what it altered. HOOK_FAIL: `*reason` says why, in
 * `arena`. */
enum hook_verdict hook_run(const struct change_hook *hook, struct dynamodb_change *decoded,
                           struct arena *arena, struct image_scratch *scratch, const char **reason);

#endif
