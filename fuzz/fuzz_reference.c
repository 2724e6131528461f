/* Names of images: the parts of one that is accepted make it again. */
#include <stdint.h>

#include "base/buf.h"
#include "base/memory.h"
#include "oci/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_oci_reference struct oci_reference reference = {0};
    cleanup_buf struct buf again = BUF_INIT(BUF_TEXT_CAP);
    struct view text = view_of((const char *)data, size);
    if (oci_reference_parse(text, &reference, NULL) < 0)
        return 0;
    buf_printf(&again, "%s/%s", reference.registry, reference.repository);
    if (reference.tag)
        buf_printf(&again, ":%s", reference.tag);
    if (reference.digest)
        buf_printf(&again, "@%s", reference.digest);
    if (!view_equal(buf_view(&again), text)) {
        buf_clear(&again); /* but for the tag that is implied */
        buf_printf(&again, "%s/%s", reference.registry, reference.repository);
        if (!view_equal(buf_view(&again), text))
            abort();
    }
    return 0;
}
