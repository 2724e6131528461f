/* What the files of the SQLite sink share. */
#ifndef LORRY_SINK_SQLITE_PRIVATE_H
#define LORRY_SINK_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "base/map.h"
#include "sink/key_shape.h"
#include "sink/sink.h"

/* Bytes of one column. DynamoDB's items have 400 KB, a delivered batch 6 MB. */
#define SQLITE_ROW_MAX ((size_t)256 << 20)

/* Prepared once and kept; sqlite_db.c has the texts. */
enum sqlite_statement {
    STATEMENT_SCHEMA_VERSION,
    STATEMENT_FIRST_KEY,
    STATEMENT_GUARDED_UPSERT,
    STATEMENT_UPSERT,
    STATEMENT_DELETE,
    STATEMENT_DELETE_WRITTEN,
    STATEMENT_INSERT,
    STATEMENT_DEAD_LETTER,
    STATEMENT_FIRST_DEAD,
    STATEMENT_NEXT_DEAD,
    STATEMENT_DELETE_DEAD,
    STATEMENT_FIND_VERSION,
    STATEMENT_PURGE,
    STATEMENT_COUNT
};

enum sqlite_layout {
    LAYOUT_MISSING,
    LAYOUT_LORRY,       /* pk, data, aux, version, sequence, deleted */
    LAYOUT_LORRYSTREAM, /* pk, data, aux, and not all of the rest: written unguarded */
    LAYOUT_DOCUMENT,    /* data alone: replaced by key */
    LAYOUT_FOREIGN,     /* anything else; `problem` says what is wrong with it */
    LAYOUT_COUNT
};

struct sqlite_sink {
    struct sink sink;
    struct sink_config config;
    char *path;
    char *table, *live, *dead, *index; /* quoted names of the table and what belongs to it */

    sqlite3 *db;    /* NULL: not connected */
    bool reconnect; /* something was wrong with the connection or the file: start anew */
    int64_t deadline;
    sqlite3_stmt *statements[STATEMENT_COUNT];

    /* What sqlite_look() saw, valid while the file has this schema version. */
    int64_t schema_version; /* -1: unknown */
    enum sqlite_layout layout;
    bool has_live, has_dead;
    struct buf problem;

    struct key_shape shape; /* of the keys in the table; set by sqlite_prepare_tables() */
    bool noted;             /* it stands in the table's definition: nothing else decides */
    bool told;              /* that the layout guards nothing */
    struct map written;     /* keys of the rows being replaced in LAYOUT_DOCUMENT */
    struct buf data, aux;   /* of the row being written */
};

static inline struct sqlite_sink *sqlite_from(struct sink *sink)
{
    return (struct sqlite_sink *)sink;
}

/* sqlite_db.c: the connection */

/* Connects unless that is done, or the file was moved or replaced since. `may_create`: makes the
 * file if it is missing; else that is an error. */
int sqlite_connect(struct sqlite_sink *s, bool may_create, struct error *err);
void sqlite_disconnect(struct sqlite_sink *s);

/* Whether the connection's file is no longer the one that the path names. */
bool sqlite_has_moved(struct sqlite_sink *s);

/* Whether there is a file to connect to. */
bool sqlite_file_exists(const struct sqlite_sink *s);

/* Until when the following calls may take: waiting for locks, and working. 0: no limit on the work.
 */
void sqlite_set_deadline(struct sqlite_sink *s, int64_t deadline);

/* Fills `err` with what SQLite said last; `doing` begins the message. Returns -1. */
int sqlite_error(struct sqlite_sink *s, const char *doing, struct error *err);

/* Appends `text` with %t, %l, %d and %i replaced by the quoted names of the table, its view of live
 * rows, its dead letters, and its index of tombstones. */
void sqlite_append_sql(const struct sqlite_sink *s, const char *text, struct buf *out);

/* Runs a statement that returns nothing. */
int sqlite_exec(struct sqlite_sink *s, const char *text, struct error *err);

/* The same, without names to replace: `sql` may hold any text. */
int sqlite_exec_verbatim(struct sqlite_sink *s, const struct buf *sql, struct error *err);

/* Prepares `text`; the caller finalises. NULL on error. */
sqlite3_stmt *sqlite_prepare(struct sqlite_sink *s, const char *text, struct error *err);

/* A kept statement, reset and ready to be bound. NULL on error. */
sqlite3_stmt *sqlite_statement(struct sqlite_sink *s, enum sqlite_statement which,
                               struct error *err);

/* Resets a kept statement and forgets what was bound, which may go away now. */
void sqlite_done(sqlite3_stmt *statement);

/* Runs a query of one integer: 0, or -1 on error. */
int sqlite_query_int(struct sqlite_sink *s, const char *text, int64_t *value, struct error *err);

/* Binds text; an empty view is the empty text, never NULL. Returns SQLite's code. */
int sqlite_bind(sqlite3_stmt *statement, int at, struct view text);

static inline struct view sqlite_column(sqlite3_stmt *statement, int at)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    return view_of(text ? text : "", (size_t)sqlite3_column_bytes(statement, at));
}

static inline void sqlite_finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define cleanup_statement __attribute__((cleanup(sqlite_finalize)))

/* sqlite_layout.c: which tables are there */

/* Looks at the tables, unless the schema is the one it knows. */
int sqlite_look(struct sqlite_sink *s, struct error *err);

/* Makes the table, of the default layout, for keys with the names and types of `key`; NULL, or one
 * without parts: not known. The next two: what is missing of its view and index; the dead-letter
 * table. */
int sqlite_create_table(struct sqlite_sink *s, const struct key *key, struct error *err);
int sqlite_create_companions(struct sqlite_sink *s, struct error *err);
int sqlite_create_dead(struct sqlite_sink *s, struct error *err);

/* ops->begin, inside the transaction. */
int sqlite_prepare_tables(struct sqlite_sink *s, const struct change *sample, struct error *err);

/* Sets s->shape, unless it is noted, from the first row of a keyed table. `*found` is false if
 * there is none that tells. */
int sqlite_learn_shape(struct sqlite_sink *s, bool *found, struct error *err);

/* sqlite_note.c: the keys in the table's definition */

/* Appends the shape as a comment, with a space before it. Nothing if it is not known. */
void sqlite_append_note(const struct key_shape *shape, struct buf *out);

/* Finds such a comment in a CREATE TABLE; `*json` (in `sql`) is for key_shape_read(). */
bool sqlite_find_note(struct view sql, struct view *json);

/* sqlite_rows.c: rows */
int sqlite_add_functions(struct sqlite_sink *s);
int sqlite_write(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                 struct error *err);

/* After an error that took the transaction with it, nothing may be written outside of one. */
int sqlite_check_transaction(struct sqlite_sink *s, int64_t deadline, struct error *err);

/* sqlite_dead.c: dead letters */
int sqlite_keep_dead(struct sink *sink, const struct dead_letter *letters, size_t count,
                     int64_t deadline, struct error *err);
int sqlite_list_dead(struct sink *sink, const struct dead_letter *after, size_t max,
                     int64_t deadline, struct dead_page *page, struct error *err);
int sqlite_delete_dead(struct sink *sink, const struct kept_letter *letters, size_t count,
                       int64_t deadline, struct error *err);

/* sqlite_guard.c: versions and keys */
int sqlite_guard(struct sink *sink, int64_t deadline, struct guard_info *info, struct error *err);
int sqlite_find_versions(struct sink *sink, const struct key *const *keys, size_t count,
                         int64_t deadline, int64_t *versions, struct error *err);

/* sqlite_table.c: `lorry table` */
int sqlite_create(struct sink *sink, const struct key *key, struct error *err);
int sqlite_show(struct sink *sink, struct table_info *info, struct error *err);
int sqlite_upgrade(struct sink *sink, const struct key *key, bool replace_empty, struct error *err);
int sqlite_drop(struct sink *sink, bool dead_letters, struct error *err);

/* sqlite_query.c: `lorry query` */
int sqlite_query(struct sink *sink, struct view statement, struct query_result *result,
                 struct error *err);

#endif
