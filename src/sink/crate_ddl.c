#include "base/log.h"
#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"

/* ADD COLUMN knows no IF NOT EXISTS [wire 0028]. */
#define ALREADY_THERE "already has a column"

static int run(struct crate *crate, struct view statement, int64_t deadline,
               struct crate_call *call, struct error *err)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    crate_begin_body(&body, statement);
    buf_append_char(&body, '}');
    call->statement = statement;
    call->body = buf_view(&body);
    return crate_send(&crate->http, call, deadline, err);
}

int crate_run(struct crate *crate, struct view statement, int64_t deadline, struct error *err)
{
    cleanup_crate_call struct crate_call call = {0};
    return run(crate, statement, deadline, &call, err);
}

int crate_run_on_table(struct crate *crate, const char *verb, const char *suffix, int64_t deadline,
                       struct error *err)
{
    cleanup_buf struct buf statement = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&statement, "%s ", verb);
    sql_append_table(&statement, &crate->table, suffix);
    return crate_run(crate, buf_view(&statement), deadline, err);
}

/* CREATE TABLE makes its schema; there is none, the server says, where the user may make nothing in
 * it [wire 1058], and that does not pass. */
static int cannot_make(const struct crate *crate, const char *what, struct error *err)
{
    if (!err || err->code != CRATE_SCHEMA_UNKNOWN)
        return error_prefix(err, "cannot make %s", what);
    err->retry = false;
    return error_prefix(err, "cannot make %s without the privilege DDL on schema \"%s\"", what,
                        crate->table.schema);
}

/* ---- the main table ---- */

static const char *key_type(const struct crate *crate, const struct key_part *part)
{
    if (part->type != 'N')
        return "TEXT";
    const char *type = column_types_find(crate->column_types, &crate->table, part->name);
    if (type && strcmp(type, "text") == 0)
        return "TEXT";
    /* Precision and scale are compulsory, 38 is the most [wire 0007, 0008]. */
    if (type && strcmp(type, "numeric") == 0)
        return "NUMERIC(38,0)";
    return "BIGINT";
}

int crate_create_main(struct crate *crate, const struct key *key, int64_t deadline,
                      struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&sql, "CREATE TABLE IF NOT EXISTS ");
    sql_append_table(&sql, &crate->table, "");
    buf_append_str(&sql, " (\"pk\" OBJECT(STRICT) AS (");
    for (size_t i = 0; i < key->count; i++) {
        buf_append_str(&sql, i ? ", " : "");
        sql_append_identifier(&sql, key->parts[i].name);
        buf_printf(&sql, " %s PRIMARY KEY", key_type(crate, &key->parts[i]));
    }
    buf_append_str(&sql, "), \"data\" OBJECT(DYNAMIC), \"aux\" OBJECT(IGNORED), \"version\" "
                         "BIGINT, \"sequence\" TEXT, \"deleted\" BOOLEAN)");
    if (crate_run(crate, buf_view(&sql), deadline, err) < 0)
        return cannot_make(crate, "the table", err);
    log_info("made table \"%s\".\"%s\"", crate->table.schema, crate->table.table);
    return 0;
}

int crate_create_view(struct crate *crate, int64_t deadline, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&sql, "CREATE OR REPLACE VIEW ");
    sql_append_table(&sql, &crate->table, "_live");
    buf_append_str(&sql, " AS SELECT * FROM ");
    sql_append_table(&sql, &crate->table, "");
    buf_append_str(&sql, " WHERE \"deleted\" IS NULL OR \"deleted\" = false");
    if (crate_run(crate, buf_view(&sql), deadline, err) < 0)
        return cannot_make(crate, "the view of the live rows", err);
    crate->layout.has_view = true;
    return 0;
}

/* Without index and column store a text may have any size [wire 0974-0977]. */
int crate_create_dead(struct crate *crate, int64_t deadline, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&sql, "CREATE TABLE IF NOT EXISTS ");
    sql_append_table(&sql, &crate->table, "_dead_letters");
    buf_append_str(&sql, " (\"stream\" TEXT, \"shard\" TEXT, \"sequence\" TEXT, \"reason\" TEXT, "
                         "\"received\" TIMESTAMP WITH TIME ZONE, \"encoding\" TEXT, \"record\" "
                         "TEXT INDEX OFF STORAGE WITH (columnstore = false), PRIMARY KEY "
                         "(\"stream\", \"shard\", \"sequence\"))");
    if (crate_run(crate, buf_view(&sql), deadline, err) < 0)
        return cannot_make(crate, "the table of the dead letters", err);
    crate->dead_ready = true;
    return 0;
}

/* ---- what LorryStream's layout lacks ---- */

static int add_column(struct crate *crate, const char *definition, int64_t deadline,
                      struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    cleanup_crate_call struct crate_call call = {0};
    buf_append_str(&sql, "ALTER TABLE ");
    sql_append_table(&sql, &crate->table, "");
    buf_printf(&sql, " ADD COLUMN %s", definition);
    if (run(crate, buf_view(&sql), deadline, &call, err) == 0)
        return 0;
    if (memmem(call.answer.ptr, call.answer.len, ALREADY_THERE, strlen(ALREADY_THERE)))
        return 0;
    return error_prefix(err, "cannot add column %s", definition);
}

int crate_add_columns(struct crate *crate, int64_t deadline, struct error *err)
{
    const struct {
        bool there;
        const char *definition;
    } columns[] = {
        {crate->layout.has_version, "\"version\" BIGINT"},
        {crate->layout.has_sequence, "\"sequence\" TEXT"},
        {crate->layout.has_deleted, "\"deleted\" BOOLEAN"},
    };
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (!columns[i].there && add_column(crate, columns[i].definition, deadline, err) < 0)
            return -1;
    return 0;
}
