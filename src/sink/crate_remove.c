#include <stdlib.h>

#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_load.h"

struct removal {
    struct crate *crate;
    const struct crate_selection *selection;
    struct crate_row_list *unclear; /* rows that failed without a cause; NULL: that is an error */
};

static struct sink_row *row_at(const struct crate_selection *selection, size_t i)
{
    return &selection->rows[selection->numbers[i]];
}

static void append_removal(void *user, size_t i, struct buf *out)
{
    struct removal *removal = user;
    crate_append_key(&removal->crate->layout, &row_at(removal->selection, i)->change->key, out);
}

static int take_removal(void *user, size_t i, const struct crate_result *result, struct error *err)
{
    struct removal *removal = user;
    struct sink_row *row = row_at(removal->selection, i);
    if (result->rowcount < 0 && !result->code && removal->unclear) {
        crate_push_row(removal->unclear, removal->selection->numbers[i]);
        return 0;
    }
    if (result->rowcount < 0 && result->code != CRATE_ROW_MISSING)
        return error_set(err, ERROR_SINK, result->code, "%s: a row could not be removed (%d)",
                         removal->crate->http.name, result->code);
    if (row->change->operation == CHANGE_REMOVE)
        row->state = ROW_WRITTEN;
    return 0;
}

static int remove_some(struct removal *removal, size_t rows_max, int64_t deadline,
                       struct error *err)
{
    struct crate *crate = removal->crate;
    struct crate_bulk bulk = {.statement = buf_view(&crate->layout.remove),
                              .count = removal->selection->count,
                              .rows_max = rows_max,
                              .append = append_removal,
                              .take = take_removal,
                              .user = removal};
    return crate_run_bulk(crate, &bulk, deadline, err);
}

/* A row that is not there fails, and the cause is told of ten rows a shard only, before 5.10.0 of
 * none but a single one. So what is left unclear is asked for again in smaller requests. */
static int remove_by_key(struct crate *crate, const struct crate_selection *selection,
                         int64_t deadline, struct error *err)
{
    static const size_t rows_max[] = {0, 10, 1};
    struct crate_row_list unclear[ARRAY_LEN(rows_max)] = {0};
    struct crate_selection rest = *selection;
    int failed = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows_max) && rest.count && !failed; i++) {
        bool last = i + 1 == ARRAY_LEN(rows_max);
        struct removal removal = {crate, &rest, last ? NULL : &unclear[i]};
        failed = remove_some(&removal, rows_max[i], deadline, err);
        rest.numbers = unclear[i].list;
        rest.count = unclear[i].count;
    }
    for (size_t i = 0; i < ARRAY_LEN(rows_max); i++)
        free(unclear[i].list);
    return failed;
}

/* The server knows no column of that name, so there is no row with such a key. */
static void nothing_to_remove(const struct crate_selection *selection)
{
    for (size_t i = 0; i < selection->count; i++)
        if (row_at(selection, i)->change->operation == CHANGE_REMOVE)
            row_at(selection, i)->state = ROW_WRITTEN;
}

/* Without the refresh, rows of the last second would be missed [FACTS 4 "Keys and visibility"]. */
static int remove_documents(struct crate *crate, const struct crate_selection *selection,
                            int64_t deadline, struct error *err)
{
    if (!crate_key_is_known(&crate->layout) &&
        (crate_look(crate, deadline, err) < 0 || crate_check_layout(crate, err) < 0))
        return -1;
    if (crate->layout.kind != CRATE_DOCUMENT)
        return error_set_retry(err, ERROR_SINK, 0, "the layout of table \"%s\" has just changed",
                               crate->table.table);
    if (!crate_key_is_known(&crate->layout)) {
        nothing_to_remove(selection);
        return 0;
    }
    if (crate_run_on_table(crate, "REFRESH TABLE", "", deadline, err) < 0)
        return -1;
    return remove_by_key(crate, selection, deadline, err);
}

int crate_remove_rows(struct crate *crate, const struct crate_selection *selection,
                      int64_t deadline, struct error *err)
{
    if (!selection->count)
        return 0;
    if (crate->layout.kind == CRATE_DOCUMENT)
        return remove_documents(crate, selection, deadline, err);
    return remove_by_key(crate, selection, deadline, err);
}
