#include "sqlite_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"

static char last_reason[REASON_MAX];

int fixture_setup(void **state)
{
    static char none[] = "", scheme[] = "sqlite";
    struct fixture *f = xcalloc(1, sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/lorry-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/test.db", f->folder);
    snprintf(f->table, sizeof(f->table), "t");
    f->url_path = xcalloc(1, sizeof(f->path) + 1);
    snprintf(f->url_path, sizeof(f->path) + 1, "/%s", f->path);
    f->url = (struct url){
        .scheme = scheme, .user = none, .host = none, .path = f->url_path, .query = none};
    f->config = (struct sink_config){
        .url = &f->url,
        .table = {.table = f->table},
        .create_table = true,
        .clock = &clock_system,
    };
    f->answer = BUF_INIT(BUF_TEXT_CAP);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct fixture *f = *state;
    sink_close(f->sink);
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char path[160];
        snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
        unlink(path);
    }
    rmdir(f->folder);
    arena_release(&f->arena);
    buf_release(&f->answer);
    free(f->url_path);
    free(f);
    return 0;
}

struct sink *fixture_open(struct fixture *f)
{
    struct error err;
    sink_close(f->sink);
    f->sink = NULL;
    if (sqlite_sink_ops.open(&f->config, &f->sink, &err) < 0)
        fail_msg("%s", err.message);
    return f->sink;
}

const char *fixture_apply(struct fixture *f, const struct change *const *changes)
{
    static char letters[9];
    struct sink_row rows[8] = {0};
    size_t count = 0;
    for (; changes[count]; count++)
        rows[count].change = changes[count];
    struct sink *sink = f->sink ? f->sink : fixture_open(f);
    struct error err;
    if (sink->ops->begin(sink, changes[0], 0, &err) < 0 ||
        sink->ops->write(sink, rows, count, 0, &err) < 0 || sink->ops->commit(sink, 0, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++) {
        letters[i] = "PWSR"[rows[i].state];
        if (rows[i].state == ROW_REFUSED)
            memcpy(last_reason, rows[i].reason, sizeof(last_reason));
    }
    letters[count] = '\0';
    return letters;
}

const char *fixture_reason(void)
{
    return last_reason;
}

static void append_cells(sqlite3_stmt *statement, struct buf *out)
{
    if (out->len)
        buf_append_char(out, '\n');
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *text = (const char *)sqlite3_column_text(statement, i);
        buf_printf(out, "%s%s", i ? "|" : "", text ? text : "NULL");
    }
}

const char *fixture_sql(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    buf_clear(&f->answer);
    if (sqlite3_open(f->path, &db) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    while (*sql) {
        sqlite3_stmt *statement;
        if (sqlite3_prepare_v2(db, sql, -1, &statement, &sql) != SQLITE_OK)
            fail_msg("%s", sqlite3_errmsg(db));
        int code;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW)
            append_cells(statement, &f->answer);
        if (code != SQLITE_DONE)
            fail_msg("%s", sqlite3_errmsg(db));
        sqlite3_finalize(statement);
    }
    sqlite3_close(db);
    return buf_str(&f->answer);
}
