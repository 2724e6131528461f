#include "sink/crate_load.h"

#include <stdio.h>

#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"

/* The last rung needs the cause of every refusal, and the server names ten a shard; before 5.10.0
 * none, except that of a row on its own. */
#define LAST_RUNG_ROWS 10

/* ---- lists ---- */

void crate_push_row(struct crate_row_list *rows, size_t number)
{
    if (rows->count == rows->size) {
        rows->size = rows->size ? 2 * rows->size : 64;
        rows->list = xreallocarray(rows->list, rows->size, sizeof(*rows->list));
    }
    rows->list[rows->count++] = number;
}

void crate_push_rows(struct crate_groups *groups, const size_t *rows, size_t count,
                     enum crate_plan plan)
{
    if (!count)
        return;
    if (groups->count == groups->size) {
        groups->size = groups->size ? 2 * groups->size : 16;
        groups->list = xreallocarray(groups->list, groups->size, sizeof(*groups->list));
    }
    groups->list[groups->count++] = (struct crate_group){rows, count, plan};
}

const size_t *crate_keep_rows(struct crate_writing *w, const struct crate_row_list *rows)
{
    size_t *kept = arena_calloc(&w->crate->scratch, rows->count + 1, sizeof(*kept));
    if (rows->count)
        memcpy(kept, rows->list, rows->count * sizeof(*kept));
    return kept;
}

static const size_t *keep_load(struct crate_writing *w, const struct crate_load *load)
{
    size_t *kept = arena_calloc(&w->crate->scratch, load->count + 1, sizeof(*kept));
    for (size_t i = 0; i < load->count; i++)
        kept[i] = load->rows[i].number;
    return kept;
}

static void fail(struct crate_writing *w, const struct error *error)
{
    if (!w->failed)
        w->error = *error;
    w->failed = true;
}

/* ---- refusals ---- */

enum crate_plan crate_last_plan(const struct crate_writing *w)
{
    return w->crate->layout.kind == CRATE_DOCUMENT ? PLAN_AGAIN : PLAN_AUX;
}

static void ask_alone(struct crate_writing *w, size_t number, enum crate_plan plan)
{
    struct crate_row_list row = {.list = &number, .count = 1};
    crate_push_rows(&w->next, crate_keep_rows(w, &row), 1, plan);
}

/* `alone`: the row had a request of its own. */
static void refuse_row(struct crate_writing *w, size_t number, enum crate_plan plan, bool alone,
                       int code, const char *reason)
{
    struct sink_row *row = &w->rows[number];
    struct error error = {0};
    if (plan < crate_last_plan(w)) {
        crate_push_row(&w->alone[plan + 1], number);
    } else if (!code && !alone) {
        ask_alone(w, number, plan);
    } else if (code) {
        snprintf(row->reason, REASON_MAX, "refused by the sink (%d): %s", code, reason);
        row->state = ROW_REFUSED;
    } else {
        error_set(&error, ERROR_SINK, 0, "%s: a row failed without a cause", w->crate->http.name);
        fail(w, &error);
    }
}

static void halve(struct crate_writing *w, const struct crate_load *load)
{
    const size_t *rows = keep_load(w, load);
    size_t half = load->count / 2;
    crate_push_rows(&w->next, rows, half, load->plan);
    crate_push_rows(&w->next, rows + half, load->count - half, load->plan);
}

static void refuse_call(struct crate_writing *w, const struct crate_load *load)
{
    const struct crate_call *call = &load->chunk.call;
    if (load->plan == PLAN_TYPED)
        crate_push_rows(&w->next, keep_load(w, load), load->count, PLAN_AGAIN);
    else if (load->count > 1)
        halve(w, load);
    else
        refuse_row(w, load->rows[0].number, load->plan, true, call->code, call->reason);
}

/* Whether the rows were dealt with one by one, so that there are results to read. */
static bool is_done(struct crate_writing *w, const struct crate_load *load)
{
    const struct crate_call *call = &load->chunk.call;
    switch (call->outcome) {
    case CRATE_DONE: return true;
    case CRATE_REFUSED: refuse_call(w, load); return false;
    case CRATE_TOO_LARGE:
        if (load->count > 1) {
            halve(w, load);
            return false;
        }
        break;
    case CRATE_FAILED: break;
    }
    fail(w, &call->error);
    return false;
}

static void take_failure(struct crate_writing *w, const struct crate_load *load, size_t number,
                         const struct crate_result *result)
{
    struct error error = {0};
    if (!result->code || crate_code_refuses(result->code)) {
        refuse_row(w, number, load->plan, load->count == 1, result->code, result->reason);
        return;
    }
    error_set(&error, ERROR_SINK, result->code, "%s: a row failed with code %d",
              w->crate->http.name, result->code);
    error.retry = crate_row_may_pass(result->code);
    fail(w, &error);
}

/* ---- chunks ---- */

void crate_load_release(struct crate_load *load)
{
    crate_chunk_release(&load->chunk);
    free(load->rows);
}

static void load_init(struct crate_load *load, size_t size, enum crate_plan plan,
                      struct view statement)
{
    *load = (struct crate_load){.rows = xcalloc(size, sizeof(*load->rows)), .plan = plan};
    crate_chunk_begin(&load->chunk, statement);
}

/* Where the parameters of the next row go, behind the comma if one is due. */
static size_t load_next(struct crate_load *load)
{
    if (load->count)
        buf_append_char(&load->chunk.body, ',');
    return load->chunk.body.len;
}

static void load_add(struct crate_load *load, size_t number, size_t begin)
{
    load->rows[load->count++] =
        (struct crate_load_row){.number = number, .begin = begin, .end = load->chunk.body.len};
}

/* A row that the layout has no place for: looked at once more on fresh types, then refused. */
static void set_aside(struct crate_writing *w, size_t number, enum crate_plan plan)
{
    if (plan < crate_last_plan(w))
        crate_push_row(&w->alone[plan + 1], number);
    else
        w->rows[number].state = ROW_REFUSED;
}

void crate_load_fill(struct crate_writing *w, struct crate_load *load, struct crate_group *group)
{
    struct crate *crate = w->crate;
    struct buf *body = &load->chunk.body;
    struct view statement = buf_view(&crate->layout.insert);
    size_t most = group->plan == PLAN_AUX ? LAST_RUNG_ROWS : w->chunk_rows;
    if (most > group->count)
        most = group->count;
    load_init(load, most, group->plan, statement);
    while (group->count && load->count < most &&
           (load->count == 0 || body->len < crate->chunk_bytes)) {
        size_t number = *group->rows++, before = body->len, begin = load_next(load);
        struct sink_row *row = &w->rows[number];
        group->count--;
        struct crate_sending sending = {
            .plan = load->plan, .arena = &crate->scratch, .reason = row->reason};
        bool has_place = crate_append_row(&crate->layout, row->change, &sending, body);
        w->claims[number] = sending.claims;
        if (has_place) {
            load_add(load, number, begin);
        } else {
            body->len = before;
            set_aside(w, number, load->plan);
        }
    }
    crate_chunk_end(&load->chunk, statement);
}

void crate_load_again(struct crate_writing *w, struct crate_load *again,
                      const struct crate_load *load, const bool *existing)
{
    struct view statement = buf_view(&w->crate->layout.upsert);
    const char *sent = load->chunk.body.ptr;
    load_init(again, load->count + 1, load->plan, statement);
    for (size_t i = 0; i < load->count; i++) {
        const struct crate_load_row *row = &load->rows[i];
        if (!existing[i])
            continue;
        size_t begin = load_next(again);
        buf_append(&again->chunk.body, sent + row->begin, row->end - row->begin);
        load_add(again, row->number, begin);
    }
    crate_chunk_end(&again->chunk, statement);
}

size_t crate_load_take(struct crate_writing *w, const struct crate_load *load, bool *existing)
{
    size_t found = 0;
    struct error error = {0};
    if (!is_done(w, load))
        return 0;
    cleanup_free struct crate_result *results = xcalloc(load->count, sizeof(*results));
    if (crate_read_bulk(load->chunk.call.answer, results, load->count, &error) < 0) {
        fail(w, &error);
        return 0;
    }
    for (size_t i = 0; i < load->count; i++) {
        size_t number = load->rows[i].number;
        if (results[i].rowcount == 1) {
            w->rows[number].state = ROW_WRITTEN;
        } else if (results[i].rowcount == -2) {
            take_failure(w, load, number, &results[i]);
        } else if (results[i].rowcount == 0 && existing) {
            existing[i] = true;
            found++;
        } else {
            error_set(&error, ERROR_SINK, 0, "%s: row count %lld for a row that was sent",
                      w->crate->http.name, (long long)results[i].rowcount);
            fail(w, &error);
        }
    }
    return found;
}
