#include <errno.h>

#include "base/base64.h"
#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"
#include "json/writer.h"

/* Small enough for an answer of letters as large as they mostly are; an answer that is too large
 * all the same is asked for again with half of them. */
#define LETTERS_MAX 500

enum { STREAM, SHARD, SEQUENCE, REASON, RECEIVED, ENCODING, RECORD, SEQ_NO, PRIMARY_TERM, COLUMNS };

static const char select_columns[] =
    "SELECT \"stream\", \"shard\", \"sequence\", \"reason\", \"received\", \"encoding\", "
    "\"record\", \"_seq_no\", \"_primary_term\" FROM ";

/* What is greater than a key, part by part: CrateDB compares no tuples. */
static const char behind_key[] =
    " WHERE \"stream\" > ? OR (\"stream\" = ? AND (\"shard\" > ? OR (\"shard\" = ? AND "
    "\"sequence\" > ?)))";

static void append_statement(struct crate *crate, bool behind, size_t max, struct buf *sql)
{
    buf_append_str(sql, select_columns);
    sql_append_table(sql, &crate->table, "_dead_letters");
    buf_append_str(sql, behind ? behind_key : "");
    buf_printf(sql, " ORDER BY \"stream\", \"shard\", \"sequence\" LIMIT %zu", max);
}

static void append_args(const struct dead_letter *after, struct buf *body)
{
    struct json_writer w;
    buf_append_str(body, ",\"args\":");
    json_writer_init(&w, body);
    json_begin_array(&w);
    json_put_string(&w, after->stream);
    json_put_string(&w, after->stream);
    json_put_string(&w, after->shard);
    json_put_string(&w, after->shard);
    json_put_string(&w, after->sequence);
    json_end_array(&w);
}

static int ask(struct crate *crate, const struct dead_letter *after, size_t max, int64_t deadline,
               struct query_result *found, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP), body = BUF_INIT(CRATE_BODY_MAX);
    cleanup_crate_call struct crate_call call = {0};
    append_statement(crate, after != NULL, max, &sql);
    crate_begin_body(&body, buf_view(&sql));
    if (after)
        append_args(after, &body);
    buf_append_char(&body, '}');
    call.statement = buf_view(&sql);
    call.body = buf_view(&body);
    if (crate_send(&crate->http, &call, deadline, err) < 0)
        return -1;
    if (crate_read_table(call.answer, found, err) < 0)
        return -1;
    if (found->column_count == COLUMNS)
        return 0;
    query_result_release(found);
    return error_set(err, ERROR_SINK, 0, "%s: the answer has other columns than it was asked for",
                     crate->http.name);
}

/* Halves what is asked for until the answer is small enough. */
static int ask_for_less(struct crate *crate, const struct dead_letter *after, size_t max,
                        int64_t deadline, struct query_result *found, struct error *err)
{
    struct error why = {0};
    while (ask(crate, after, max, deadline, found, &why) < 0) {
        if (why.domain != ERROR_NET || why.code != EMSGSIZE || max == 1) {
            if (err)
                *err = why;
            return -1;
        }
        max /= 2;
    }
    return 0;
}

static struct view bytes_of(struct arena *arena, struct view text, struct view encoding)
{
    if (!view_equal(encoding, VIEW("base64")))
        return text;
    char *bytes = arena_alloc(arena, BASE64_DECODED_MAX(text.len) + BASE64_SLACK);
    ssize_t len = base64_decode(text, bytes);
    return len < 0 ? text : view_of(bytes, (size_t)len);
}

static void take_letter(struct arena *arena, const struct view *cells, struct kept_letter *kept)
{
    struct view text[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++)
        text[i] = crate_cell_text(arena, cells[i]);
    int64_t received_ms = crate_integer(text[RECEIVED], 0);
    *kept = (struct kept_letter){
        .letter = {.stream = text[STREAM],
                   .shard = text[SHARD],
                   .sequence = text[SEQUENCE],
                   .reason = text[REASON],
                   .record = bytes_of(arena, text[RECORD], text[ENCODING])},
        .received_us = received_ms * 1000,
    };
    /* "12,1": just as delete_dead() will send it. */
    cleanup_buf struct buf version = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&version, "%.*s,%.*s", VIEW_ARG(cells[SEQ_NO]), VIEW_ARG(cells[PRIMARY_TERM]));
    kept->version = arena_copy(arena, buf_view(&version));
}

/* The first letters of what was found, up to the size of a page. */
static void make_page(struct query_result *found, struct dead_page *page)
{
    size_t bytes = 0;
    *page = (struct dead_page){.arena = found->arena};
    found->arena = ARENA_INIT;
    page->letters = arena_calloc(&page->arena, found->row_count, sizeof(*page->letters));
    while (page->count < found->row_count && bytes < DEAD_PAGE_BYTES) {
        struct kept_letter *kept = &page->letters[page->count];
        take_letter(&page->arena, &found->cells[page->count++ * COLUMNS], kept);
        bytes += kept->letter.record.len;
    }
}

/* The first page shows what was set aside a moment ago, too. */
static int refresh_dead(struct crate *crate, int64_t deadline, struct error *err)
{
    if (crate_look(crate, deadline, err) < 0)
        return -1;
    if (!crate->layout.has_dead)
        return 0;
    return crate_run_on_table(crate, "REFRESH TABLE", "_dead_letters", deadline, err) < 0 ? -1 : 1;
}

int crate_list_dead(struct sink *sink, const struct dead_letter *after, size_t max,
                    int64_t deadline, struct dead_page *page, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct query_result found = {0};
    int there = after ? 1 : refresh_dead(crate, deadline, err);
    if (there < 0)
        return -1;
    *page = (struct dead_page){0};
    if (!there)
        return 0;
    if (ask_for_less(crate, after, max < LETTERS_MAX ? max : LETTERS_MAX, deadline, &found, err) <
        0)
        return -1;
    make_page(&found, page);
    return 0;
}

/* ---- deleting ---- */

struct deletion {
    struct crate *crate;
    const struct kept_letter *letters;
};

static void append_deleted(void *user, size_t i, struct buf *out)
{
    const struct deletion *deletion = user;
    const struct kept_letter *kept = &deletion->letters[i];
    struct json_writer w;
    json_writer_init(&w, out);
    json_begin_array(&w);
    json_put_string(&w, kept->letter.stream);
    json_put_string(&w, kept->letter.shard);
    json_put_string(&w, kept->letter.sequence);
    json_put_raw(&w, kept->version);
    json_end_array(&w);
}

/* A row that is gone is as good as deleted; one that was made anew since stays. */
static int take_deleted(void *user, size_t i, const struct crate_result *result, struct error *err)
{
    const struct deletion *deletion = user;
    (void)i;
    if (result->rowcount >= 0 || !result->code || result->code == CRATE_VERSION_CONFLICT ||
        result->code == CRATE_ROW_MISSING)
        return 0;
    return error_set(err, ERROR_SINK, result->code, "%s: a dead letter could not be deleted (%d)",
                     deletion->crate->http.name, result->code);
}

/* By key with _seq_no and _primary_term, as in crate_purge.c. */
int crate_delete_dead(struct sink *sink, const struct kept_letter *letters, size_t count,
                      int64_t deadline, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct deletion deletion = {crate, letters};
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&sql, "DELETE FROM ");
    sql_append_table(&sql, &crate->table, "_dead_letters");
    buf_append_str(&sql, " WHERE \"stream\" = ? AND \"shard\" = ? AND \"sequence\" = ? AND "
                         "\"_seq_no\" = ? AND \"_primary_term\" = ?");
    struct crate_bulk bulk = {.statement = buf_view(&sql),
                              .count = count,
                              .append = append_deleted,
                              .take = take_deleted,
                              .user = &deletion};
    return crate_run_bulk(crate, &bulk, deadline, err);
}
