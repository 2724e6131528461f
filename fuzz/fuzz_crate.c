/* What a server may answer, and what an item may hold: read by the CrateDB sink. */
#include <stdlib.h>

#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_answer(struct view answer)
{
    struct crate_result results[4];
    struct query_result table;
    struct buf text = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i <= 4; i++)
        crate_read_bulk(answer, results, i, NULL);
    if (crate_read_table(answer, &table, NULL) == 0)
        query_result_release(&table);
    crate_redact(answer, &text);
    buf_release(&text);
}

/* What fits, fits again: the first time gave it its types. */
static void fit_twice(struct view value)
{
    struct crate_types types = {0};
    struct attribute attribute = {.name = VIEW("a"), .plain = value};
    crate_types_init(&types);
    if (crate_fit(&types, &attribute, false) && !crate_fit(&types, &attribute, false))
        abort();
    crate_types_release(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view bytes = view_of((const char *)data, size);
    read_answer(bytes);
    fit_twice(bytes);
    return 0;
}
