#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_private.h"

static int ask_newest(struct crate *crate, int64_t deadline, int64_t *newest, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP), body = BUF_INIT(BUF_TEXT_CAP);
    cleanup_crate_call struct crate_call call = {0};
    struct query_result found = {0};
    buf_append_str(&sql, "SELECT max(\"version\") FROM ");
    sql_append_table(&sql, &crate->table, "");
    crate_begin_body(&body, buf_view(&sql));
    buf_append_char(&body, '}');
    call.statement = buf_view(&sql);
    call.body = buf_view(&body);
    if (crate_send(&crate->http, &call, deadline, err) < 0 ||
        crate_read_table(call.answer, &found, err) < 0)
        return -1;
    *newest = found.row_count && found.column_count ? crate_integer(found.cells[0], 0) : 0;
    query_result_release(&found);
    return 0;
}

int crate_guard(struct sink *sink, int64_t deadline, struct guard_info *info, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct guard_info found = {0};
    if (crate_look(crate, deadline, err) < 0)
        return -1;
    found.guarded = crate->layout.kind == CRATE_LORRY || crate->layout.kind == CRATE_MISSING;
    if (crate->layout.kind == CRATE_LORRY &&
        (crate_run_on_table(crate, "REFRESH TABLE", "", deadline, err) < 0 ||
         ask_newest(crate, deadline, &found.newest, err) < 0))
        return -1;
    *info = found;
    return 0;
}

/* ---- keys ---- */

struct key_calls {
    struct crate *crate;
    struct view statement;
    struct buf bodies[CRATE_CONNECTIONS];
    struct crate_call calls[CRATE_CONNECTIONS];
    int64_t *versions[CRATE_CONNECTIONS];
    size_t count;
};

static void append_select(struct crate *crate, struct buf *sql)
{
    static const struct view deletes = VIEW("DELETE");
    buf_append_str(sql, "SELECT \"version\"");
    buf_append_view(sql, view_skip(buf_view(&crate->layout.remove), deletes.len));
}

static void add_call(struct key_calls *calls, const struct key *key, int64_t *version)
{
    size_t at = calls->count++;
    struct buf *body = &calls->bodies[at];
    *body = BUF_INIT(CRATE_BODY_MAX);
    crate_begin_body(body, calls->statement);
    buf_append_str(body, ",\"args\":");
    crate_append_key(&calls->crate->layout, key, body);
    buf_append_char(body, '}');
    calls->calls[at] = (struct crate_call){.statement = calls->statement, .body = buf_view(body)};
    calls->versions[at] = version;
}

static int take_answer(const struct crate_call *call, int64_t *version, struct error *err)
{
    struct query_result rows = {0};
    if (call->outcome != CRATE_DONE) {
        if (err)
            *err = call->error;
        return -1;
    }
    if (crate_read_table(call->answer, &rows, err) < 0)
        return -1;
    if (rows.row_count && rows.column_count)
        *version = crate_integer(rows.cells[0], 0);
    query_result_release(&rows);
    return 0;
}

/* Sends what was added, and forgets it. */
static int perform(struct key_calls *calls, int64_t deadline, struct error *err)
{
    int result = 0;
    crate_perform(&calls->crate->http, calls->calls, calls->count, deadline);
    for (size_t i = 0; i < calls->count; i++) {
        if (result == 0)
            result = take_answer(&calls->calls[i], calls->versions[i], err);
        crate_call_release(&calls->calls[i]);
        buf_release(&calls->bodies[i]);
    }
    calls->count = 0;
    return result;
}

/* A statement for each key, since only a condition that is one whole key is surely a lookup, which
 * sees what was written a moment ago [FACTS 4 "Keys and visibility"]. */
int crate_find_versions(struct sink *sink, const struct key *const *keys, size_t count,
                        int64_t deadline, int64_t *versions, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    struct key_calls calls = {.crate = crate};
    if (crate_look(crate, deadline, err) < 0)
        return -1;
    append_select(crate, &sql);
    calls.statement = buf_view(&sql);
    for (size_t i = 0; i < count; i++) {
        char reason[REASON_MAX];
        versions[i] = -1;
        if (crate->layout.kind == CRATE_LORRY && crate_key_fits(&crate->layout, keys[i], reason))
            add_call(&calls, keys[i], &versions[i]);
        if (calls.count && (calls.count == CRATE_CONNECTIONS || i + 1 == count) &&
            perform(&calls, deadline, err) < 0)
            return -1;
    }
    return 0;
}
