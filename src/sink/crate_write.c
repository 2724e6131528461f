/* The write of rows whose keys all differ. Two steps [FACTS 4 "Server defect"]: a request that adds
 * a new key to an object loses the objects of rows that it updates. So INSERT ... DO NOTHING goes
 * first, adds what is new, registers every new key and validates; then the upsert with only those
 * rows that were there already.
 *
 * What is refused goes up a ladder, row by row (enum crate_plan). A call refused as a whole names
 * no row: it is planned again once, then halved. All of that happens in rounds: what a round leaves
 * over is the work of the next. */
#include <stdio.h>

#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"

/* The last rung needs the cause of every refusal, and the server names ten a shard. */
#define LAST_RUNG_ROWS 10

/* Rows (by their numbers) that are sent together, as far as the bounds of a chunk allow. */
struct group {
    const size_t *rows;
    size_t count;
    enum crate_plan plan;
};

struct groups {
    struct group *list;
    size_t count, size;
};

struct row_list {
    size_t *list;
    size_t count, size;
};

struct write {
    struct crate *crate;
    struct sink_row *rows;
    int64_t deadline;
    struct groups queue, next;
    struct row_list alone[CRATE_PLANS]; /* for the next round, to be put together */
    size_t chunk_rows;
    bool refreshed;
    bool failed;
    struct error error; /* the first one */
};

/* A row in a chunk. */
struct load_row {
    size_t number;
    size_t begin, end; /* of its parameters in the body */
};

/* A chunk on its way. */
struct load {
    struct crate_chunk chunk;
    struct load_row *rows;
    size_t count;
    enum crate_plan plan;
};

static void push_row(struct row_list *rows, size_t number)
{
    if (rows->count == rows->size) {
        rows->size = rows->size ? 2 * rows->size : 64;
        rows->list = xreallocarray(rows->list, rows->size, sizeof(*rows->list));
    }
    rows->list[rows->count++] = number;
}

static void push(struct groups *groups, const size_t *rows, size_t count, enum crate_plan plan)
{
    if (!count)
        return;
    if (groups->count == groups->size) {
        groups->size = groups->size ? 2 * groups->size : 16;
        groups->list = xreallocarray(groups->list, groups->size, sizeof(*groups->list));
    }
    groups->list[groups->count++] = (struct group){rows, count, plan};
}

/* A list that lasts until the end of the write. */
static const size_t *keep_list(struct write *w, const struct row_list *rows)
{
    size_t *kept = arena_calloc(&w->crate->scratch, rows->count + 1, sizeof(*kept));
    if (rows->count)
        memcpy(kept, rows->list, rows->count * sizeof(*kept));
    return kept;
}

static const size_t *keep_load(struct write *w, const struct load *load)
{
    size_t *kept = arena_calloc(&w->crate->scratch, load->count + 1, sizeof(*kept));
    for (size_t i = 0; i < load->count; i++)
        kept[i] = load->rows[i].number;
    return kept;
}

static void fail(struct write *w, const struct error *error)
{
    if (!w->failed)
        w->error = *error;
    w->failed = true;
}

/* ---- refusals ---- */

static enum crate_plan last_plan(const struct write *w)
{
    return w->crate->layout.kind == CRATE_DOCUMENT ? PLAN_AGAIN : PLAN_AUX;
}

static void refuse_row(struct write *w, size_t number, enum crate_plan plan, int code,
                       const char *reason)
{
    struct sink_row *row = &w->rows[number];
    struct error error = {0};
    if (plan < last_plan(w)) {
        push_row(&w->alone[plan + 1], number);
    } else if (code) {
        snprintf(row->reason, REASON_MAX, "refused by the sink (%d): %s", code, reason);
        row->state = ROW_REFUSED;
    } else {
        error_set(&error, ERROR_SINK, 0, "%s: a row failed without a cause", w->crate->http.name);
        fail(w, &error);
    }
}

static void halve(struct write *w, const struct load *load)
{
    const size_t *rows = keep_load(w, load);
    size_t half = load->count / 2;
    push(&w->next, rows, half, load->plan);
    push(&w->next, rows + half, load->count - half, load->plan);
}

static void refuse_call(struct write *w, const struct load *load)
{
    const struct crate_call *call = &load->chunk.call;
    if (load->plan == PLAN_TYPED)
        push(&w->next, keep_load(w, load), load->count, PLAN_AGAIN);
    else if (load->count > 1)
        halve(w, load);
    else
        refuse_row(w, load->rows[0].number, load->plan, call->code, call->reason);
}

/* Whether the rows were dealt with one by one, so that there are results to read. */
static bool is_done(struct write *w, const struct load *load)
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

static void take_failure(struct write *w, size_t number, enum crate_plan plan,
                         const struct crate_result *result)
{
    struct error error = {0};
    if (!result->code || crate_code_refuses(result->code)) {
        refuse_row(w, number, plan, result->code, result->reason);
        return;
    }
    error_set(&error, ERROR_SINK, result->code, "%s: a row failed with code %d",
              w->crate->http.name, result->code);
    /* 5xxx: the server's own trouble, like a shard that is moving. */
    error.retry = result->code > CRATE_UNHANDLED && result->code < 6000;
    fail(w, &error);
}

/* ---- chunks ---- */

static void load_release(struct load *load)
{
    crate_chunk_release(&load->chunk);
    free(load->rows);
}

static void load_init(struct load *load, size_t size, enum crate_plan plan, struct view statement)
{
    *load = (struct load){.rows = xcalloc(size, sizeof(*load->rows)), .plan = plan};
    crate_chunk_begin(&load->chunk, statement);
}

/* Where the parameters of the next row go, behind the comma if one is due. */
static size_t load_next(struct load *load)
{
    if (load->count)
        buf_append_char(&load->chunk.body, ',');
    return load->chunk.body.len;
}

static void load_add(struct load *load, size_t number, size_t begin)
{
    load->rows[load->count++] =
        (struct load_row){.number = number, .begin = begin, .end = load->chunk.body.len};
}

/* A row that the layout has no place for: looked at once more on fresh types, then refused. */
static void set_aside(struct write *w, size_t number, enum crate_plan plan)
{
    if (plan < last_plan(w))
        push_row(&w->alone[plan + 1], number);
    else
        w->rows[number].state = ROW_REFUSED;
}

/* Moves rows from the front of the group into a chunk of their own. */
static void load_fill(struct write *w, struct load *load, struct group *group)
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
        if (crate_append_row(&crate->layout, row->change, load->plan, body, row->reason)) {
            load_add(load, number, begin);
        } else {
            body->len = before;
            set_aside(w, number, load->plan);
        }
    }
    crate_chunk_end(&load->chunk, statement);
}

/* The rows that are there already, for the second step, in the same order; their parameters are
 * what was sent in the first. */
static void load_again(struct write *w, struct load *again, const struct load *load,
                       const bool *existing)
{
    struct view statement = buf_view(&w->crate->layout.upsert);
    const char *sent = load->chunk.body.ptr;
    load_init(again, load->count + 1, load->plan, statement);
    for (size_t i = 0; i < load->count; i++) {
        const struct load_row *row = &load->rows[i];
        if (!existing[i])
            continue;
        size_t begin = load_next(again);
        buf_append(&again->chunk.body, sent + row->begin, row->end - row->begin);
        load_add(again, row->number, begin);
    }
    crate_chunk_end(&again->chunk, statement);
}

/* Takes the results of a chunk. `existing` (NULL: there is no second step) is set for the rows that
 * the first step found there already; returns how many. */
static size_t take_results(struct write *w, const struct load *load, bool *existing)
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
            take_failure(w, number, load->plan, &results[i]);
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

/* ---- rounds ---- */

static void perform(struct write *w, struct load *loads, size_t count)
{
    struct crate_chunk chunks[CRATE_CONNECTIONS];
    for (size_t i = 0; i < count; i++)
        chunks[i] = loads[i].chunk;
    crate_perform_chunks(w->crate, chunks, count, w->deadline);
    for (size_t i = 0; i < count; i++)
        loads[i].chunk = chunks[i];
}

static void second_step(struct write *w, struct load *loads, size_t count)
{
    perform(w, loads, count);
    for (size_t i = 0; i < count; i++) {
        take_results(w, &loads[i], NULL);
        load_release(&loads[i]);
    }
}

static void run_loads(struct write *w, struct load *loads, size_t count)
{
    struct load again[CRATE_CONNECTIONS];
    size_t again_count = 0;
    bool two_steps = w->crate->layout.upsert.len > 0;
    perform(w, loads, count);
    for (size_t i = 0; i < count; i++) {
        cleanup_free bool *existing = xcalloc(loads[i].count, sizeof(*existing));
        if (take_results(w, &loads[i], two_steps ? existing : NULL))
            load_again(w, &again[again_count++], &loads[i], existing);
    }
    second_step(w, again, again_count);
}

/* Works off the queue, a few chunks at a time. */
static void run_round(struct write *w)
{
    size_t at = 0;
    while (at < w->queue.count && !w->failed) {
        struct load loads[CRATE_CONNECTIONS];
        size_t count = 0;
        while (at < w->queue.count && count < CRATE_CONNECTIONS) {
            struct group *group = &w->queue.list[at];
            load_fill(w, &loads[count], group);
            if (loads[count].count)
                count++;
            else
                load_release(&loads[count]);
            at += group->count == 0;
        }
        run_loads(w, loads, count);
        for (size_t i = 0; i < count; i++)
            load_release(&loads[i]);
    }
}

/* What is refused is planned again on what the server knows by now. */
static int refresh(struct write *w, struct error *err)
{
    struct crate *crate = w->crate;
    enum crate_layout_kind kind = crate->layout.kind;
    if (w->refreshed)
        return 0;
    w->refreshed = true;
    if (crate_look(crate, w->deadline, err) < 0 || crate_check_layout(crate, err) < 0)
        return -1;
    if (crate->layout.kind != kind)
        return error_set_retry(err, ERROR_SINK, 0, "the layout of table \"%s\" has just changed",
                               crate->table.table);
    return 0;
}

/* Makes what a round has left over the work of the next. */
static void turn_over(struct write *w)
{
    for (int plan = 0; plan < CRATE_PLANS; plan++) {
        struct row_list *rows = &w->alone[plan];
        push(&w->next, keep_list(w, rows), rows->count, plan);
        rows->count = 0;
    }
    struct groups done = w->queue;
    w->queue = w->next;
    w->next = done;
    w->next.count = 0;
}

static int run_rounds(struct write *w, struct error *err)
{
    while (w->queue.count) {
        run_round(w);
        if (w->failed) {
            if (err)
                *err = w->error;
            return -1;
        }
        turn_over(w);
        if (w->queue.count && refresh(w, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the whole ---- */

/* Whether all items fit the table, which has no other place for them. `refuse`: those that do not
 * are refused. */
static bool documents_fit(struct write *w, size_t count, bool refuse)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        struct sink_row *row = &w->rows[i];
        if (row->state != ROW_PENDING || row->change->operation == CHANGE_REMOVE ||
            crate_document_fits(&w->crate->layout, row->change, row->reason))
            continue;
        all = false;
        if (refuse)
            row->state = ROW_REFUSED;
    }
    return all;
}

/* Found out before anything is deleted: a change that is refused must leave the row there that it
 * was to replace. */
static int refuse_documents(struct write *w, size_t count, struct error *err)
{
    if (documents_fit(w, count, false))
        return 0;
    if (refresh(w, err) < 0)
        return -1;
    documents_fit(w, count, true);
    return 0;
}

/* Sorts the rows into those to be removed and those to be written. */
static void sort_rows(struct write *w, size_t count, struct row_list *removed,
                      struct row_list *written)
{
    struct crate *crate = w->crate;
    enum crate_layout_kind kind = crate->layout.kind;
    for (size_t i = 0; i < count; i++) {
        struct sink_row *row = &w->rows[i];
        if (row->state != ROW_PENDING)
            continue;
        bool is_removal = row->change->operation == CHANGE_REMOVE;
        crate_learn_key(crate, &row->change->key);
        if (!crate_key_fits(&crate->layout, &row->change->key, row->reason)) {
            row->state = ROW_REFUSED;
            continue;
        }
        if (kind == CRATE_DOCUMENT || (kind == CRATE_LORRYSTREAM && is_removal))
            push_row(removed, i);
        if (kind == CRATE_LORRY || !is_removal)
            push_row(written, i);
    }
}

static int write_rows(struct write *w, size_t count, struct error *err)
{
    struct row_list removed = {0}, written = {0};
    if (w->crate->layout.kind == CRATE_DOCUMENT && refuse_documents(w, count, err) < 0)
        return -1;
    sort_rows(w, count, &removed, &written);
    struct crate_selection selection = {w->rows, removed.list, removed.count};
    int failed = crate_remove_rows(w->crate, &selection, w->deadline, err);
    if (!failed) {
        w->chunk_rows = crate_chunk_rows(written.count);
        push(&w->queue, keep_list(w, &written), written.count, PLAN_TYPED);
        failed = run_rounds(w, err);
    }
    if (!failed && written.count)
        crate_note_key(&w->crate->layout);
    free(removed.list);
    free(written.list);
    return failed;
}

int crate_write(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct write w = {.crate = crate, .rows = rows, .deadline = deadline};
    if (crate_check_layout(crate, err) < 0)
        return -1;
    arena_reset(&crate->scratch);
    int failed = write_rows(&w, count, err);
    for (int plan = 0; plan < CRATE_PLANS; plan++)
        free(w.alone[plan].list);
    free(w.queue.list);
    free(w.next.list);
    return failed;
}
