#include <stdlib.h>

#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"

/* As many tombstones are taken away at most in one call. */
#define PURGE_ROWS 2000

struct purge {
    struct crate *crate;
    const struct query_result *found;
    size_t purged;
};

static void append_select(struct crate *crate, struct buf *sql)
{
    const struct crate_layout *layout = &crate->layout;
    buf_append_str(sql, "SELECT ");
    for (size_t i = 0; i < layout->key_count; i++) {
        crate_append_member(sql, "pk", layout->key[i].name);
        /* As a JSON number it would come back through a double. */
        buf_append_str(sql, layout->key[i].kind == KIND_NUMERIC ? "::TEXT, " : ", ");
    }
    buf_append_str(sql, "\"_seq_no\", \"_primary_term\" FROM ");
    sql_append_table(sql, &crate->table, "");
    buf_printf(sql, " WHERE \"deleted\" = true AND \"version\" < ? LIMIT %d", PURGE_ROWS);
}

static int find(struct crate *crate, int64_t before, int64_t deadline, struct query_result *found,
                struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP), body = BUF_INIT(BUF_TEXT_CAP);
    cleanup_crate_call struct crate_call call = {0};
    append_select(crate, &sql);
    crate_begin_body(&body, buf_view(&sql));
    buf_printf(&body, ",\"args\":[%lld]}", (long long)before);
    call.statement = buf_view(&sql);
    call.body = buf_view(&body);
    if (crate_send(&crate->http, &call, deadline, err) < 0)
        return -1;
    return crate_read_table(call.answer, found, err);
}

/* The key, _seq_no and _primary_term, just as they were read. */
static void append_tombstone(void *user, size_t i, struct buf *out)
{
    struct purge *purge = user;
    const struct query_result *found = purge->found;
    for (size_t k = 0; k < found->column_count; k++) {
        buf_append_char(out, k ? ',' : '[');
        buf_append_view(out, found->cells[i * found->column_count + k]);
    }
    buf_append_char(out, ']');
}

/* A row that was written again since stays: that is a version conflict. */
static int take_tombstone(void *user, size_t i, const struct crate_result *result,
                          struct error *err)
{
    struct purge *purge = user;
    (void)i;
    if (result->rowcount > 0)
        purge->purged++;
    else if (result->rowcount < 0 && result->code && result->code != CRATE_VERSION_CONFLICT &&
             result->code != CRATE_ROW_MISSING)
        return error_set(err, ERROR_SINK, result->code, "%s: a tombstone could not be removed (%d)",
                         purge->crate->http.name, result->code);
    return 0;
}

/* By key with _seq_no and _primary_term: a lookup, which sees what was written a moment ago, unlike
 * any other condition [FACTS 4 "Keys and visibility"]. */
static int remove_found(struct purge *purge, int64_t deadline, struct error *err)
{
    struct crate *crate = purge->crate;
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&sql, buf_view(&crate->layout.remove));
    buf_append_str(&sql, " AND \"_seq_no\" = ? AND \"_primary_term\" = ?");
    struct crate_bulk bulk = {.statement = buf_view(&sql),
                              .count = purge->found->row_count,
                              .append = append_tombstone,
                              .take = take_tombstone,
                              .user = purge};
    return crate_run_bulk(crate, &bulk, deadline, err);
}

int crate_purge(struct sink *sink, int64_t before, int64_t deadline, size_t *purged,
                struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct query_result found = {0};
    struct purge purge = {crate, &found, 0};
    if (!crate->looked && crate_look(crate, deadline, err) < 0)
        return -1;
    if (crate->layout.kind == CRATE_LORRY) {
        if (find(crate, before, deadline, &found, err) < 0)
            return -1;
        int failed = remove_found(&purge, deadline, err);
        query_result_release(&found);
        if (failed)
            return -1;
    }
    *purged = purge.purged;
    return 0;
}
