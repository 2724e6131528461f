/* Any bytes as a Lambda event, and as a record of a stream: neither may crash, and what is decoded
 * must be JSON. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "cdc/batch.h"
#include "json/scan.h"

static void check(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct change *change = batch->records[i].change;
        assert(!change == !!batch->records[i].reason);
        for (size_t k = 0; change && k < change->attribute_count; k++) {
            struct view plain = change->attributes[k].plain;
            const char *end = plain.ptr + plain.len;
            assert(json_scan_value(plain.ptr, end, 2 * ATTRIBUTE_DEPTH_MAX) == end);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch batch;
    struct view input = view_of((const char *)data, size);
    batch_init(&batch, (struct change_hook){0});
    batch_add_event(&batch, input, NULL);
    check(&batch);
    batch_reset(&batch);
    batch_add_line(&batch, input, VIEW("fuzz"), 1);
    check(&batch);
    batch_release(&batch);
    return 0;
}
