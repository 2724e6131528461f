/* The write of rows whose keys all differ. Two steps [FACTS 4 "Server defect"]: a request that adds
 * a new key to an object loses the objects of rows that it updates. So INSERT ... DO NOTHING goes
 * first, adds what is new, registers every new key and validates; then the upsert with only those
 * rows that were there already.
 *
 * What is refused goes up a ladder, row by row (enum crate_plan). A call refused as a whole names
 * no row: it is planned again once, then halved. All of that happens in rounds: what a round leaves
 * over is the work of the next.
 *
 * A path that is new gets the type of the first value that reaches the server, and that may be
 * another writer's: then ours was changed without a word (an object into TEXT is stored as text).
 * So the types are looked up again before rows with new paths count as written, and those that do
 * not stand there as they were meant are written once more, without any path that is new. */
#include "base/memory.h"
#include "sink/crate_load.h"

/* ---- rounds ---- */

static void perform(struct crate_writing *w, struct crate_load *loads, size_t count)
{
    struct crate_chunk chunks[CRATE_CONNECTIONS];
    for (size_t i = 0; i < count; i++)
        chunks[i] = loads[i].chunk;
    crate_perform_chunks(w->crate, chunks, count, w->deadline);
    for (size_t i = 0; i < count; i++)
        loads[i].chunk = chunks[i];
}

static void second_step(struct crate_writing *w, struct crate_load *loads, size_t count)
{
    perform(w, loads, count);
    for (size_t i = 0; i < count; i++) {
        crate_load_take(w, &loads[i], NULL);
        crate_load_release(&loads[i]);
    }
}

static void run_loads(struct crate_writing *w, struct crate_load *loads, size_t count)
{
    struct crate_load again[CRATE_CONNECTIONS];
    size_t again_count = 0;
    bool two_steps = w->crate->layout.upsert.len > 0;
    perform(w, loads, count);
    for (size_t i = 0; i < count; i++) {
        cleanup_free bool *existing = xcalloc(loads[i].count, sizeof(*existing));
        if (crate_load_take(w, &loads[i], two_steps ? existing : NULL))
            crate_load_again(w, &again[again_count++], &loads[i], existing);
    }
    second_step(w, again, again_count);
}

/* Works off the queue, a few chunks at a time. */
static void run_round(struct crate_writing *w)
{
    size_t at = 0;
    while (at < w->queue.count && !w->failed) {
        struct crate_load loads[CRATE_CONNECTIONS];
        size_t count = 0;
        while (at < w->queue.count && count < CRATE_CONNECTIONS) {
            struct crate_group *group = &w->queue.list[at];
            crate_load_fill(w, &loads[count], group);
            if (loads[count].count)
                count++;
            else
                crate_load_release(&loads[count]);
            at += group->count == 0;
        }
        run_loads(w, loads, count);
        for (size_t i = 0; i < count; i++)
            crate_load_release(&loads[i]);
    }
}

static int look_again(struct crate_writing *w, struct error *err)
{
    struct crate *crate = w->crate;
    enum crate_layout_kind kind = crate->layout.kind;
    if (crate_look(crate, w->deadline, err) < 0 || crate_check_layout(crate, err) < 0)
        return -1;
    if (crate->layout.kind != kind)
        return error_set_retry(err, ERROR_SINK, 0, "the layout of table \"%s\" has just changed",
                               crate->table.table);
    return 0;
}

/* What is refused is planned again on what the server knows by now. */
static int refresh(struct crate_writing *w, struct error *err)
{
    if (w->refreshed)
        return 0;
    w->refreshed = true;
    return look_again(w, err);
}

/* Makes what a round has left over the work of the next. */
static void turn_over(struct crate_writing *w)
{
    for (int plan = 0; plan < CRATE_PLANS; plan++) {
        struct crate_row_list *rows = &w->alone[plan];
        crate_push_rows(&w->next, crate_keep_rows(w, rows), rows->count, plan);
        rows->count = 0;
    }
    struct crate_groups done = w->queue;
    w->queue = w->next;
    w->next = done;
    w->next.count = 0;
}

/* After a 413 alone, nothing is. */
static bool is_planned_again(const struct crate_writing *w)
{
    for (size_t i = 0; i < w->queue.count; i++)
        if (w->queue.list[i].plan != PLAN_TYPED)
            return true;
    return false;
}

static int run_rounds(struct crate_writing *w, struct error *err)
{
    while (w->queue.count) {
        run_round(w);
        if (w->failed) {
            if (err)
                *err = w->error;
            return -1;
        }
        turn_over(w);
        if (is_planned_again(w) && refresh(w, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- claims ---- */

static bool is_uncertain(const struct crate_writing *w, size_t i)
{
    return w->claims[i] && w->rows[i].state == ROW_WRITTEN;
}

static bool any_uncertain(const struct crate_writing *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (is_uncertain(w, i))
            return true;
    return false;
}

/* The rows that have to be written once more. */
static void sort_claims(struct crate_writing *w, struct crate_row_list *again)
{
    struct crate_layout *layout = &w->crate->layout;
    for (size_t i = 0; i < w->count; i++) {
        struct sink_row *row = &w->rows[i];
        if (!is_uncertain(w, i))
            continue;
        if (!crate_key_fits(layout, &row->change->key, row->reason))
            row->state = ROW_REFUSED;
        else if (!crate_claims_hold(layout, w->claims[i]))
            crate_push_row(again, i);
        else
            w->claims[i] = NULL;
    }
}

static int write_once_more(struct crate_writing *w, const struct crate_row_list *again,
                           struct error *err)
{
    struct crate_selection selection = {w->rows, again->list, again->count};
    if (w->crate->layout.kind == CRATE_DOCUMENT &&
        crate_remove_rows(w->crate, &selection, w->deadline, err) < 0)
        return -1;
    for (size_t i = 0; i < again->count; i++)
        w->rows[again->list[i]].state = ROW_PENDING;
    crate_push_rows(&w->queue, crate_keep_rows(w, again), again->count,
                    crate_last_plan(w) < PLAN_KNOWN ? PLAN_AGAIN : PLAN_KNOWN);
    return run_rounds(w, err);
}

/* A server that is behind: the row is there, its columns are not. */
static int not_told(const struct crate_writing *w, struct error *err)
{
    return error_set_retry(err, ERROR_SINK, 0, "%s does not tell about the columns just written",
                           w->crate->http.name);
}

/* Makes sure that the rows stand there as they were meant. */
static int settle_claims(struct crate_writing *w, struct error *err)
{
    struct crate *crate = w->crate;
    if (!any_uncertain(w))
        return 0;
    w->refreshed = true;
    if (look_again(w, err) < 0)
        return -1;
    if (crate->layout.kind == CRATE_DOCUMENT && !crate_key_is_known(&crate->layout))
        return not_told(w, err);
    struct crate_row_list again = {0};
    sort_claims(w, &again);
    int failed = write_once_more(w, &again, err);
    free(again.list);
    return !failed && any_uncertain(w) ? not_told(w, err) : failed;
}

/* Nothing counts as written before that. */
static void take_back(struct crate_writing *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (is_uncertain(w, i)) {
            w->rows[i].state = ROW_PENDING;
            w->crate->looked = false;
        }
}

/* ---- the whole ---- */

/* Whether all items fit the table, which has no other place for them. `refuse`: those that do not
 * are refused. */
static bool documents_fit(struct crate_writing *w, bool refuse)
{
    bool all = true;
    for (size_t i = 0; i < w->count; i++) {
        struct sink_row *row = &w->rows[i];
        struct crate_sending sending = {.arena = &w->crate->scratch, .reason = row->reason};
        if (row->state != ROW_PENDING || row->change->operation == CHANGE_REMOVE ||
            crate_document_fits(&w->crate->layout, row->change, &sending))
            continue;
        all = false;
        if (refuse)
            row->state = ROW_REFUSED;
    }
    return all;
}

/* Found out before anything is deleted: a change that is refused must leave the row there that it
 * was to replace. */
static int refuse_documents(struct crate_writing *w, struct error *err)
{
    if (documents_fit(w, false))
        return 0;
    if (refresh(w, err) < 0)
        return -1;
    documents_fit(w, true);
    return 0;
}

/* Sorts the rows into those to be removed and those to be written. */
static void sort_rows(struct crate_writing *w, struct crate_row_list *removed,
                      struct crate_row_list *written)
{
    struct crate *crate = w->crate;
    enum crate_layout_kind kind = crate->layout.kind;
    for (size_t i = 0; i < w->count; i++) {
        struct sink_row *row = &w->rows[i];
        if (row->state != ROW_PENDING)
            continue;
        bool is_removal = row->change->operation == CHANGE_REMOVE;
        crate_learn_key(crate, &row->change->key);
        if (!crate_key_fits(&crate->layout, &row->change->key, row->reason)) {
            row->state = ROW_REFUSED;
            continue;
        }
        crate_note_key_types(&crate->layout, &row->change->key);
        if (kind == CRATE_DOCUMENT || (kind == CRATE_LORRYSTREAM && is_removal))
            crate_push_row(removed, i);
        if (kind == CRATE_LORRY || !is_removal)
            crate_push_row(written, i);
    }
}

static int write_rows(struct crate_writing *w, struct error *err)
{
    struct crate_row_list removed = {0}, written = {0};
    if (w->crate->layout.kind == CRATE_DOCUMENT && refuse_documents(w, err) < 0)
        return -1;
    sort_rows(w, &removed, &written);
    struct crate_selection selection = {w->rows, removed.list, removed.count};
    int failed = crate_remove_rows(w->crate, &selection, w->deadline, err);
    if (!failed) {
        w->chunk_rows = crate_chunk_rows(written.count);
        crate_push_rows(&w->queue, crate_keep_rows(w, &written), written.count, PLAN_TYPED);
        failed = run_rounds(w, err);
    }
    if (!failed)
        failed = settle_claims(w, err);
    if (failed)
        take_back(w);
    free(removed.list);
    free(written.list);
    return failed;
}

int crate_write(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct crate_writing w = {.crate = crate, .rows = rows, .count = count, .deadline = deadline};
    if (crate_check_layout(crate, err) < 0)
        return -1;
    arena_reset(&crate->scratch);
    w.claims = arena_calloc(&crate->scratch, count + 1, sizeof(*w.claims));
    int failed = write_rows(&w, err);
    for (int plan = 0; plan < CRATE_PLANS; plan++)
        free(w.alone[plan].list);
    free(w.queue.list);
    free(w.next.list);
    return failed;
}
