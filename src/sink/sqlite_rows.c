/* The SQLite sink: rows. */
#include <stdio.h>

#include "base/memory.h"
#include "sink/sqlite_private.h"
#include "json/overlay.h"

/* Rows of the guarded layout, and (without the last three parameters) of LorryStream's. */
enum {
    PARAMETER_PK = 1,
    PARAMETER_DATA,
    PARAMETER_AUX,
    PARAMETER_VERSION,
    PARAMETER_SEQUENCE,
    PARAMETER_DELETED
};

static int refuse(struct sink_row *row, const char *reason)
{
    row->state = ROW_REFUSED;
    snprintf(row->reason, sizeof(row->reason), "%s", reason);
    return 0;
}

/* What a table may hold against one row: its own CHECKs, triggers and unique indexes. A NOT NULL or
 * a type of a STRICT table is in the way of every row: that is the table's fault. */
static bool is_refusal(struct sqlite_sink *s)
{
    int code = sqlite3_extended_errcode(s->db);
    if (sqlite3_get_autocommit(s->db))
        return false;
    return code == SQLITE_TOOBIG ||
           ((code & 0xFF) == SQLITE_CONSTRAINT && code != SQLITE_CONSTRAINT_NOTNULL &&
            code != SQLITE_CONSTRAINT_DATATYPE);
}

/* Runs a bound statement for the row. */
static int run(struct sqlite_sink *s, sqlite3_stmt *statement, struct sink_row *row,
               struct error *err)
{
    int result = 0;
    if (sqlite3_step(statement) == SQLITE_DONE) {
        row->state = ROW_WRITTEN;
    } else if (is_refusal(s)) {
        char reason[REASON_MAX];
        snprintf(reason, sizeof(reason), "the table refuses the row: %s", sqlite3_errmsg(s->db));
        refuse(row, reason);
    } else {
        result = sqlite_error(s, "cannot write a row", err);
    }
    sqlite_done(statement);
    return result;
}

/* {"name":exact,...}; nothing if all numbers are doubles. */
static void build_aux(const struct change *change, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < change->attribute_count; i++) {
        const struct attribute *attribute = &change->attributes[i];
        if (!attribute->exact.len)
            continue;
        buf_append_char(out, out->len ? ',' : '{');
        buf_append_view(out, attribute->label);
        buf_append_char(out, ':');
        buf_append_view(out, attribute->exact);
    }
    if (out->len)
        buf_append_char(out, '}');
}

/* Binds pk, data and aux. Returns SQLite's code. */
static int bind_row(struct sqlite_sink *s, sqlite3_stmt *statement, const struct change *change)
{
    int code = sqlite_bind(statement, PARAMETER_PK, change->key.json);
    if (code != SQLITE_OK || change->operation == CHANGE_REMOVE)
        return code;
    build_aux(change, &s->aux);
    if (s->aux.overflow)
        return SQLITE_TOOBIG;
    code = sqlite_bind(statement, PARAMETER_DATA, change->attributes_json);
    if (code == SQLITE_OK && s->aux.len)
        code = sqlite_bind(statement, PARAMETER_AUX, buf_view(&s->aux));
    return code;
}

/* The row could not be bound: only its size is its own fault. What was bound must not get into the
 * next row. */
static int fail_binding(struct sqlite_sink *s, sqlite3_stmt *statement, struct sink_row *row,
                        int code, struct error *err)
{
    int result = code == SQLITE_TOOBIG ? refuse(row, "the item is too big for SQLite")
                                       : sqlite_error(s, "cannot bind a row", err);
    sqlite_done(statement);
    return result;
}

static int write_guarded(struct sqlite_sink *s, struct sink_row *row, struct error *err)
{
    const struct change *change = row->change;
    sqlite3_stmt *statement = s->statements[STATEMENT_GUARDED_UPSERT];
    int code = bind_row(s, statement, change);
    if (code != SQLITE_OK)
        return fail_binding(s, statement, row, code, err);
    sqlite3_bind_int64(statement, PARAMETER_VERSION, change->version);
    sqlite_bind(statement, PARAMETER_SEQUENCE, view_str(change->sequence));
    sqlite3_bind_int(statement, PARAMETER_DELETED, change->operation == CHANGE_REMOVE);
    if (run(s, statement, row, err) < 0)
        return -1;
    if (row->state == ROW_WRITTEN && sqlite3_changes(s->db) == 0)
        row->state = ROW_STALE;
    return 0;
}

static int write_unguarded(struct sqlite_sink *s, struct sink_row *row, struct error *err)
{
    bool remove = row->change->operation == CHANGE_REMOVE;
    sqlite3_stmt *statement = s->statements[remove ? STATEMENT_DELETE : STATEMENT_UPSERT];
    int code = bind_row(s, statement, row->change);
    if (code != SQLITE_OK)
        return fail_binding(s, statement, row, code, err);
    return run(s, statement, row, err);
}

/* The whole item in one object: the key, and the attributes with their exact digits, since there is
 * no other column for them. */
static int build_document(const struct change *change, struct buf *out, struct error *err)
{
    buf_clear(out);
    struct view key = change->key.json;
    buf_append(out, key.ptr, key.len - 1);
    for (size_t i = 0; i < change->attribute_count; i++) {
        const struct attribute *attribute = &change->attributes[i];
        buf_append_char(out, ',');
        buf_append_view(out, attribute->label);
        buf_append_char(out, ':');
        if (!attribute->exact.len)
            buf_append_view(out, attribute->plain);
        else if (json_overlay(attribute->plain, attribute->exact, out, err) < 0)
            return -1;
    }
    buf_append_char(out, '}');
    return 0;
}

/* What was there of this key is deleted already. */
static int write_document(struct sqlite_sink *s, struct sink_row *row, struct error *err)
{
    if (row->change->operation == CHANGE_REMOVE) {
        row->state = ROW_WRITTEN;
        return 0;
    }
    if (build_document(row->change, &s->data, err) < 0)
        return -1;
    sqlite3_stmt *statement = s->statements[STATEMENT_INSERT];
    int code = s->data.overflow ? SQLITE_TOOBIG : sqlite_bind(statement, 1, buf_view(&s->data));
    if (code != SQLITE_OK)
        return fail_binding(s, statement, row, code, err);
    return run(s, statement, row, err);
}

/* lorry_written(data): is the key in there one of those that are being written? */
static void is_written(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct sqlite_sink *s = sqlite3_user_data(context);
    const char *text = (const char *)sqlite3_value_text(values[0]);
    cleanup_buf struct buf key = BUF_INIT(BUF_TEXT_CAP);
    bool found = text &&
                 key_shape_extract(&s->shape, view_of(text, (size_t)sqlite3_value_bytes(values[0])),
                                   &key) == 0 &&
                 map_get(&s->written, buf_view(&key));
    sqlite3_result_int(context, found);
}

int sqlite_add_functions(struct sqlite_sink *s)
{
    return sqlite3_create_function_v2(s->db, "lorry_written", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, s,
                                      is_written, NULL, NULL, NULL);
}

/* One pass over the table for all rows, since it has no key to look them up by. */
static int delete_written(struct sqlite_sink *s, struct sink_row *rows, size_t count,
                          struct error *err)
{
    map_clear(&s->written);
    for (size_t i = 0; i < count; i++)
        if (rows[i].state == ROW_PENDING)
            *map_at(&s->written, rows[i].change->key.json) = &rows[i];
    sqlite3_stmt *statement = s->statements[STATEMENT_DELETE_WRITTEN];
    int code = sqlite3_step(statement);
    sqlite_done(statement);
    return code == SQLITE_DONE ? 0 : sqlite_error(s, "cannot replace rows", err);
}

/* How each layout is written: `before` once a call, then `row` for each. */
static const struct writer {
    int (*before)(struct sqlite_sink *s, struct sink_row *rows, size_t count, struct error *err);
    int (*row)(struct sqlite_sink *s, struct sink_row *row, struct error *err);
    enum sqlite_statement statements[2];
    size_t statement_count;
} writers[LAYOUT_COUNT] = {
    [LAYOUT_LORRY] = {NULL, write_guarded, {STATEMENT_GUARDED_UPSERT}, 1},
    [LAYOUT_LORRYSTREAM] = {NULL, write_unguarded, {STATEMENT_UPSERT, STATEMENT_DELETE}, 2},
    [LAYOUT_DOCUMENT] = {delete_written,
                         write_document,
                         {STATEMENT_DELETE_WRITTEN, STATEMENT_INSERT},
                         2},
};

static int write_pending(struct sqlite_sink *s, struct sink_row *rows, size_t count,
                         struct error *err)
{
    const struct writer *writer = &writers[s->layout];
    if (writer->before && writer->before(s, rows, count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (rows[i].state == ROW_PENDING && writer->row(s, &rows[i], err) < 0)
            return -1;
    return 0;
}

static size_t count_refused(const struct sink_row *rows, size_t count)
{
    size_t refused = 0;
    for (size_t i = 0; i < count; i++)
        refused += rows[i].state == ROW_REFUSED;
    return refused;
}

/* Where rows are deleted first: a change that is refused must leave the row there that it was to
 * replace. So all is taken back and done again without it. */
static int write_replacing(struct sqlite_sink *s, struct sink_row *rows, size_t count,
                           struct error *err)
{
    if (sqlite_exec(s, "SAVEPOINT lorry_rows", err) < 0)
        return -1;
    for (;;) {
        size_t refused = count_refused(rows, count);
        if (write_pending(s, rows, count, err) < 0)
            return -1;
        if (count_refused(rows, count) == refused)
            return sqlite_exec(s, "RELEASE lorry_rows", err);
        if (sqlite_exec(s, "ROLLBACK TO lorry_rows", err) < 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            if (rows[i].state == ROW_WRITTEN)
                rows[i].state = ROW_PENDING;
    }
}

int sqlite_check_transaction(struct sqlite_sink *s, int64_t deadline, struct error *err)
{
    sqlite_set_deadline(s, deadline);
    if (s->db && !sqlite3_get_autocommit(s->db))
        return 0;
    return error_set(err, ERROR_SINK, SQLITE_ABORT,
                     "SQLite file \"%s\": the transaction is gone; the batch has to begin again",
                     s->path);
}

int sqlite_write(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                 struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    if (sqlite_check_transaction(s, deadline, err) < 0)
        return -1;
    const struct writer *writer = &writers[s->layout];
    if (!writer->row || !s->shape.count)
        return error_set(err, ERROR_SINK, SQLITE_MISUSE,
                         "rows cannot be written: the batch was begun without a sample");
    for (size_t i = 0; i < writer->statement_count; i++)
        if (!sqlite_statement(s, writer->statements[i], err))
            return -1;
    for (size_t i = 0; i < count; i++)
        if (!key_shape_fits(&s->shape, &rows[i].change->key, rows[i].reason, REASON_MAX))
            rows[i].state = ROW_REFUSED;
    return (writer->before ? write_replacing : write_pending)(s, rows, count, err);
}
