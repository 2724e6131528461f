#include <stdlib.h>

#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"
#include "json/writer.h"

/* No deadline but the patience of crate_perform(): these are commands of a user. */
#define NO_DEADLINE 0

/* Runs a statement and reads its rows. */
static int ask(struct crate *crate, struct view statement, int64_t deadline,
               struct query_result *result, struct error *err)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    cleanup_crate_call struct crate_call call = {.statement = statement};
    crate_begin_body(&body, statement);
    buf_append_char(&body, '}');
    if (body.overflow)
        return error_set(err, ERROR_INPUT, 0, "the statement is longer than %zu bytes",
                         BUF_TEXT_CAP);
    call.body = buf_view(&body);
    if (crate_send(&crate->http, &call, deadline, err) < 0)
        return -1;
    return crate_read_table(call.answer, result, err);
}

static int count_rows(struct crate *crate, const char *suffix, const char *condition,
                      int64_t *count, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    struct query_result result = {0};
    buf_append_str(&sql, "SELECT count(*) FROM ");
    sql_append_table(&sql, &crate->table, suffix);
    buf_append_str(&sql, condition);
    if (ask(crate, buf_view(&sql), NO_DEADLINE, &result, err) < 0)
        return -1;
    bool good = result.row_count == 1 && result.column_count == 1;
    if (good)
        *count = crate_integer(result.cells[0], -1);
    query_result_release(&result);
    return good ? 0 : error_set(err, ERROR_SINK, 0, "%s gives no count", crate->http.name);
}

/* ---- create, drop ---- */

/* The table that is there has to be the one that would have been made. */
static int check_key(const struct crate *crate, const struct key *key, struct error *err)
{
    char reason[REASON_MAX];
    const struct crate_layout *layout = &crate->layout;
    if (crate_check_layout(crate, err) < 0)
        return -1;
    if (layout->kind != CRATE_LORRY)
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\".\"%s\" is there already, in the layout \"%s\": see `lorry "
                         "table upgrade`",
                         crate->table.schema, crate->table.table, crate_layout_name(layout));
    struct key sample = *key;
    for (size_t i = 0; i < sample.count; i++)
        sample.parts[i].text = sample.parts[i].type == 'N' ? VIEW("0") : VIEW("");
    if (!crate_key_fits(layout, &sample, reason))
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\".\"%s\" is there already, with another key: %s",
                         crate->table.schema, crate->table.table, reason);
    return 0;
}

int crate_create(struct sink *sink, const struct key *key, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    if (crate_look(crate, NO_DEADLINE, err) < 0)
        return -1;
    if (crate->layout.kind == CRATE_MISSING &&
        (crate_create_main(crate, key, NO_DEADLINE, err) < 0 ||
         crate_look(crate, NO_DEADLINE, err) < 0))
        return -1;
    if (check_key(crate, key, err) < 0)
        return -1;
    if (!crate->layout.has_view && crate_create_view(crate, NO_DEADLINE, err) < 0)
        return -1;
    if (!crate->layout.has_dead && crate_create_dead(crate, NO_DEADLINE, err) < 0)
        return -1;
    return 0;
}

int crate_drop(struct sink *sink, bool dead_letters, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    crate->looked = false;
    crate->view_tried = false;
    if (crate_run_on_table(crate, "DROP VIEW IF EXISTS", "_live", NO_DEADLINE, err) < 0 ||
        crate_run_on_table(crate, "DROP TABLE IF EXISTS", "", NO_DEADLINE, err) < 0)
        return -1;
    if (!dead_letters)
        return 0;
    crate->dead_ready = false;
    return crate_run_on_table(crate, "DROP TABLE IF EXISTS", "_dead_letters", NO_DEADLINE, err);
}

/* ---- upgrade ---- */

static int upgrade_lorrystream(struct crate *crate, struct error *err)
{
    if (crate_add_columns(crate, NO_DEADLINE, err) < 0 || crate_look(crate, NO_DEADLINE, err) < 0)
        return -1;
    return crate_create_view(crate, NO_DEADLINE, err);
}

static int upgrade_document(struct crate *crate, const struct key *key, bool replace_empty,
                            struct error *err)
{
    const struct table_name *table = &crate->table;
    int64_t rows = 0;
    if (!replace_empty || !key)
        return error_set(
            err, ERROR_SINK, 0,
            "table \"%s\".\"%s\" has no key, and a table cannot be given one: an empty "
            "one can be replaced, else write into a new one (--table) and copy",
            table->schema, table->table);
    if (crate_run_on_table(crate, "REFRESH TABLE", "", NO_DEADLINE, err) < 0 ||
        count_rows(crate, "", "", &rows, err) < 0)
        return -1;
    if (rows)
        return error_set(
            err, ERROR_SINK, 0,
            "table \"%s\".\"%s\" has no key and is not empty (%lld rows): write into a "
            "new one (--table) and copy what is to be kept",
            table->schema, table->table, (long long)rows);
    if (crate_run_on_table(crate, "DROP TABLE", "", NO_DEADLINE, err) < 0)
        return -1;
    return crate_create(&crate->sink, key, err);
}

int crate_upgrade(struct sink *sink, const struct key *key, bool replace_empty, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    if (crate_look(crate, NO_DEADLINE, err) < 0 || crate_check_layout(crate, err) < 0)
        return -1;
    switch (crate->layout.kind) {
    case CRATE_LORRYSTREAM: return upgrade_lorrystream(crate, err);
    case CRATE_DOCUMENT: return upgrade_document(crate, key, replace_empty, err);
    default: return crate->layout.has_view ? 0 : crate_create_view(crate, NO_DEADLINE, err);
    }
}

/* ---- show ---- */

static void advise(const struct crate_layout *layout, struct buf *advice)
{
    switch (layout->kind) {
    case CRATE_LORRYSTREAM:
        buf_append_str(advice, "`table upgrade` adds the columns that order changes (version, "
                               "sequence, deleted) and the view of the live rows; until then the "
                               "last delivery wins.");
        break;
    case CRATE_DOCUMENT:
        buf_append_str(advice, "The table has no key: the last delivery wins, rows are found by a "
                               "search, and values that do not fit their column become dead "
                               "letters. `table upgrade` replaces it if it is empty.");
        break;
    case CRATE_LORRY:
        if (!layout->has_view)
            buf_append_str(advice, "The view of the live rows is missing; `table upgrade` makes "
                                   "it.");
        break;
    case CRATE_FOREIGN:
        buf_printf(advice, "The table cannot be written to: %s.", buf_str(&layout->problem));
        break;
    case CRATE_MISSING: break;
    }
}

static int count_all(struct crate *crate, struct table_info *info, struct error *err)
{
    const struct crate_layout *layout = &crate->layout;
    if (layout->kind != CRATE_MISSING && layout->kind != CRATE_FOREIGN) {
        if (crate_run_on_table(crate, "REFRESH TABLE", "", NO_DEADLINE, err) < 0 ||
            count_rows(crate, "", "", &info->rows, err) < 0)
            return -1;
        info->tombstones = 0;
    }
    if (layout->kind == CRATE_LORRY) {
        if (count_rows(crate, "", " WHERE \"deleted\" = true", &info->tombstones, err) < 0)
            return -1;
        info->rows -= info->tombstones;
    }
    if (layout->has_dead &&
        (crate_run_on_table(crate, "REFRESH TABLE", "_dead_letters", NO_DEADLINE, err) < 0 ||
         count_rows(crate, "_dead_letters", "", &info->dead_letters, err) < 0))
        return -1;
    return 0;
}

/* As JSON: {"device":"S or B","n":"N"}; the columns of texts and of bytes are alike. */
static void describe_key(const struct crate_layout *layout, struct buf *key)
{
    struct json_writer w;
    if (layout->kind != CRATE_LORRY && layout->kind != CRATE_LORRYSTREAM)
        return;
    json_writer_init(&w, key);
    json_begin_object(&w);
    for (size_t i = 0; i < layout->key_count; i++) {
        json_put_name(&w, layout->key[i].name);
        json_put_string(&w, layout->key[i].kind == KIND_TEXT ? VIEW("S or B") : VIEW("N"));
    }
    json_end_object(&w);
}

int crate_show(struct sink *sink, struct table_info *info, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct table_info found = {.rows = -1, .tombstones = -1};
    if (crate_look(crate, NO_DEADLINE, err) < 0 || count_all(crate, &found, err) < 0)
        return -1;
    found.exists = crate->layout.kind != CRATE_MISSING;
    found.layout = crate_layout_name(&crate->layout);
    found.columns = BUF_INIT(crate->layout.columns.cap);
    found.key = BUF_INIT(BUF_TEXT_CAP);
    found.advice = BUF_INIT(BUF_TEXT_CAP);
    describe_key(&crate->layout, &found.key);
    buf_append_view(&found.columns, buf_view(&crate->layout.columns));
    advise(&crate->layout, &found.advice);
    *info = found;
    return 0;
}

/* ---- query ---- */

int crate_query(struct sink *sink, struct view statement, struct query_result *result,
                struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    crate->looked = false; /* it may change anything */
    return ask(crate, statement, NO_DEADLINE, result, err);
}
