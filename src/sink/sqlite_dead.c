/* The SQLite sink: dead letters. */
#include "base/memory.h"
#include "base/utf8.h"
#include "sink/sqlite_private.h"

/* Text as text, so that a person can read it; anything else byte by byte. */
static int bind_record(sqlite3_stmt *statement, int at, struct view record)
{
    if (record.len && (memchr(record.ptr, '\0', record.len) || !utf8_valid(record)))
        return sqlite3_bind_blob64(statement, at, record.ptr, record.len, SQLITE_STATIC);
    return sqlite_bind(statement, at, record);
}

/* The first three parameters are the key. */
static int bind_key(sqlite3_stmt *statement, const struct dead_letter *letter)
{
    const struct view texts[] = {letter->stream, letter->shard, letter->sequence};
    int code = SQLITE_OK;
    for (int i = 0; i < (int)ARRAY_LEN(texts) && code == SQLITE_OK; i++)
        code = sqlite_bind(statement, i + 1, texts[i]);
    return code;
}

static int keep_one(sqlite3_stmt *statement, const struct dead_letter *letter, const char *received)
{
    int code = bind_key(statement, letter);
    if (code == SQLITE_OK)
        code = sqlite_bind(statement, 4, letter->reason);
    if (code == SQLITE_OK)
        code = bind_record(statement, 5, letter->record);
    if (code == SQLITE_OK)
        code = sqlite_bind(statement, 6, view_str(received));
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite_done(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

int sqlite_keep_dead(struct sink *sink, const struct dead_letter *letters, size_t count,
                     int64_t deadline, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    if (sqlite_check_transaction(s, deadline, err) < 0)
        return -1;
    if (!s->has_dead)
        return error_set(err, ERROR_SINK, SQLITE_ERROR,
                         "there is no table \"%s_dead_letters\" in \"%s\": make it with `lorry "
                         "table create`",
                         s->config.table.table, s->path);
    sqlite3_stmt *statement = sqlite_statement(s, STATEMENT_DEAD_LETTER, err);
    if (!statement)
        return -1;
    char received[32];
    clock_format_us(s->config.clock->now_us(s->config.clock), received);
    for (size_t i = 0; i < count; i++)
        if (keep_one(statement, &letters[i], received) < 0)
            return sqlite_error(s, "cannot keep a dead letter", err);
    return 0;
}

/* ---- listed and deleted again ---- */

static struct view copy_column(struct arena *arena, sqlite3_stmt *statement, int at)
{
    const char *bytes = sqlite3_column_blob(statement, at);
    return arena_copy(arena,
                      view_of(bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, at)));
}

static void take_letter(struct arena *arena, sqlite3_stmt *statement, struct kept_letter *kept)
{
    *kept = (struct kept_letter){
        .letter = {.stream = copy_column(arena, statement, 0),
                   .shard = copy_column(arena, statement, 1),
                   .sequence = copy_column(arena, statement, 2),
                   .reason = copy_column(arena, statement, 3),
                   .record = copy_column(arena, statement, 4)},
    };
    if (!clock_parse_us(copy_column(arena, statement, 5).ptr, &kept->received_us))
        kept->received_us = 0;
}

static int read_page(struct sqlite_sink *s, sqlite3_stmt *statement, size_t max,
                     struct dead_page *page, struct error *err)
{
    int code = SQLITE_DONE;
    size_t bytes = 0;
    page->letters = arena_calloc(&page->arena, max, sizeof(*page->letters));
    while (page->count < max && bytes < DEAD_PAGE_BYTES &&
           (code = sqlite3_step(statement)) == SQLITE_ROW) {
        take_letter(&page->arena, statement, &page->letters[page->count]);
        bytes += page->letters[page->count++].letter.record.len;
    }
    return code == SQLITE_DONE || code == SQLITE_ROW
               ? 0
               : sqlite_error(s, "cannot read its dead letters", err);
}

/* Whether there is a file with such a table. 1, 0, -1. */
static int open_dead(struct sqlite_sink *s, int64_t deadline, struct error *err)
{
    sqlite_set_deadline(s, deadline);
    if (!sqlite_file_exists(s))
        return 0;
    if (sqlite_connect(s, false, err) < 0 || sqlite_look(s, err) < 0)
        return -1;
    return s->has_dead;
}

int sqlite_list_dead(struct sink *sink, const struct dead_letter *after, size_t max,
                     int64_t deadline, struct dead_page *page, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    struct dead_page found = {0};
    int there = open_dead(s, deadline, err);
    if (there > 0) {
        sqlite3_stmt *statement =
            sqlite_statement(s, after ? STATEMENT_NEXT_DEAD : STATEMENT_FIRST_DEAD, err);
        int code = statement && after ? bind_key(statement, after) : SQLITE_OK;
        there = !statement          ? -1
                : code != SQLITE_OK ? sqlite_error(s, "cannot read its dead letters", err)
                                    : read_page(s, statement, max, &found, err);
        if (statement)
            sqlite_done(statement);
    }
    if (there < 0) {
        dead_page_release(&found);
        return -1;
    }
    *page = found;
    return 0;
}

/* A row with other bytes is another letter. */
static int delete_one(sqlite3_stmt *statement, const struct dead_letter *letter)
{
    int code = bind_key(statement, letter);
    if (code == SQLITE_OK)
        code = bind_record(statement, 4, letter->record);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite_done(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

static int delete_all(struct sqlite_sink *s, const struct kept_letter *letters, size_t count,
                      struct error *err)
{
    sqlite3_stmt *statement = sqlite_statement(s, STATEMENT_DELETE_DEAD, err);
    if (!statement)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (delete_one(statement, &letters[i].letter) < 0)
            return sqlite_error(s, "cannot delete a dead letter", err);
    return s->sink.ops->commit(&s->sink, s->deadline, err);
}

int sqlite_delete_dead(struct sink *sink, const struct kept_letter *letters, size_t count,
                       int64_t deadline, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    int there = open_dead(s, deadline, err);
    if (there <= 0)
        return there;
    if (sqlite_exec(s, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (delete_all(s, letters, count, err) == 0)
        return 0;
    s->sink.ops->rollback(&s->sink);
    return -1;
}
