#include "base/base64.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"
#include "json/writer.h"

struct letters {
    struct crate *crate;
    const struct dead_letter *list;
    int64_t received_ms;
};

int crate_make_sure_of_dead(struct crate *crate, int64_t deadline, struct error *err)
{
    if (crate->dead_ready)
        return 0;
    if (crate_look(crate, deadline, err) < 0)
        return -1;
    crate->dead_ready = crate->layout.has_dead;
    if (crate->dead_ready)
        return 0;
    if (!crate->create_table)
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\".\"%s_dead_letters\" does not exist: make it with `lorry "
                         "table create`",
                         crate->table.schema, crate->table.table);
    return crate_create_dead(crate, deadline, err);
}

/* The bytes as they are where they are text, else in base64. */
static void append_record(struct json_writer *w, struct view record)
{
    if (utf8_valid(record)) {
        json_put_string(w, VIEW("text"));
        json_put_string(w, record);
        return;
    }
    cleanup_free char *text = xmalloc(BASE64_ENCODED_LEN(record.len) + 1);
    base64_encode(record, text);
    json_put_string(w, VIEW("base64"));
    json_put_string(w, view_of(text, BASE64_ENCODED_LEN(record.len)));
}

static void append_letter(void *user, size_t i, struct buf *out)
{
    struct letters *letters = user;
    const struct dead_letter *letter = &letters->list[i];
    struct json_writer w;
    json_writer_init(&w, out);
    json_begin_array(&w);
    json_put_string(&w, letter->stream);
    json_put_string(&w, letter->shard);
    json_put_string(&w, letter->sequence);
    json_put_string(&w, letter->reason);
    json_put_int(&w, letters->received_ms);
    append_record(&w, letter->record);
    json_end_array(&w);
}

/* Zero: it was kept before. */
static int take_letter(void *user, size_t i, const struct crate_result *result, struct error *err)
{
    struct letters *letters = user;
    (void)i;
    if (result->rowcount == 0 || result->rowcount == 1)
        return 0;
    return error_set(err, ERROR_SINK, result->code, "%s: a dead letter was refused (%d): %s",
                     letters->crate->http.name, result->code, result->reason);
}

static int keep(struct crate *crate, const struct dead_letter *list, size_t count, int64_t deadline,
                struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    struct letters letters = {crate, list, crate->clock->now_us(crate->clock) / 1000};
    buf_append_str(&sql, "INSERT INTO ");
    sql_append_table(&sql, &crate->table, "_dead_letters");
    buf_append_str(&sql, " (\"stream\", \"shard\", \"sequence\", \"reason\", \"received\", "
                         "\"encoding\", \"record\") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO "
                         "NOTHING");
    struct crate_bulk bulk = {.statement = buf_view(&sql),
                              .count = count,
                              .append = append_letter,
                              .take = take_letter,
                              .user = &letters};
    return crate_run_bulk(crate, &bulk, deadline, err);
}

/* Rare as they are, they should be seen at once; that they are kept does not depend on it. */
static int show_at_once(struct crate *crate, int64_t deadline)
{
    crate_run_on_table(crate, "REFRESH TABLE", "_dead_letters", deadline, NULL);
    return 0;
}

int crate_keep_dead(struct sink *sink, const struct dead_letter *letters, size_t count,
                    int64_t deadline, struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    struct error first = {0};
    if (crate_make_sure_of_dead(crate, deadline, err) < 0)
        return -1;
    if (keep(crate, letters, count, deadline, &first) == 0)
        return show_at_once(crate, deadline);
    if (first.domain != ERROR_SINK || !crate_code_unknown(first.code)) {
        if (err)
            *err = first;
        return -1;
    }
    /* Dropped behind our back: once more. */
    crate->dead_ready = false;
    if (crate_make_sure_of_dead(crate, deadline, err) < 0 ||
        keep(crate, letters, count, deadline, err) < 0)
        return -1;
    return show_at_once(crate, deadline);
}
