/* Objects of a failure bucket and messages of a failure queue, which others may write to: read, and
 * their events taken apart. */
#include <stdint.h>

#include "cdc/batch.h"
#include "pipeline/invocation_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    struct invocation_record record;
    struct error err;
    if (invocation_record_read(view_of((const char *)data, size), &arena, &record, &err) < 0)
        return 0;
    struct batch batch, again;
    batch_init(&batch, (struct change_hook){0});
    batch_init(&again, (struct change_hook){0});
    if (batch_add_event(&batch, record.payload, &err) == 0)
        for (size_t i = 0; i < batch.count; i++) {
            const struct record *r = &batch.records[i];
            const struct letter letter = {r->stream, r->shard, batch_record_sequence(&batch, r),
                                          r->raw, 0};
            batch_add_letter(&again, &letter);
        }
    batch_release(&batch);
    batch_release(&again);
    return 0;
}
