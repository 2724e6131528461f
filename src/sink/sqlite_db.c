/* The SQLite sink: the connection, its errors and its statements. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "sink/sqlite_private.h"

/* The longest that SQLite itself waits for a lock; the caller may try again. */
#define LOCK_WAIT_MS 5000
/* Steps of SQLite's virtual machine between two looks at the clock: about a millisecond. */
#define STEPS_BETWEEN_LOOKS 20000

#define DEAD_LETTERS "SELECT stream, shard, sequence, reason, record, received FROM %d"
#define DEAD_ORDER " ORDER BY stream, shard, sequence"

static const char *const statement_texts[STATEMENT_COUNT] = {
    [STATEMENT_SCHEMA_VERSION] = "PRAGMA schema_version",
    [STATEMENT_FIRST_KEY] = "SELECT pk FROM %t LIMIT 1",
    /* In DO UPDATE a bare name is the column of the row that is there. Equal times and sequences
     * are the same change again: it may as well win. */
    [STATEMENT_GUARDED_UPSERT] =
        "INSERT INTO %t (pk, data, aux, version, sequence, deleted)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (pk) DO UPDATE SET data = excluded.data, aux = excluded.aux,"
        " version = excluded.version, sequence = excluded.sequence, deleted = excluded.deleted"
        " WHERE version IS NULL OR version < excluded.version"
        " OR (version = excluded.version"
        " AND (sequence IS NULL OR sequence <= excluded.sequence))",
    [STATEMENT_UPSERT] = "INSERT INTO %t (pk, data, aux) VALUES (?1, ?2, ?3)"
                         " ON CONFLICT (pk) DO UPDATE SET data = excluded.data, aux = excluded.aux",
    [STATEMENT_DELETE] = "DELETE FROM %t WHERE pk = ?1",
    [STATEMENT_DELETE_WRITTEN] = "DELETE FROM %t WHERE lorry_written(data)",
    [STATEMENT_INSERT] = "INSERT INTO %t (data) VALUES (?1)",
    /* Not OR IGNORE: that drops what a CHECK or a NOT NULL is against as well. */
    [STATEMENT_DEAD_LETTER] =
        "INSERT INTO %d (stream, shard, sequence, reason, record, received)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (stream, shard, sequence) DO NOTHING",
    [STATEMENT_FIRST_DEAD] = DEAD_LETTERS DEAD_ORDER,
    [STATEMENT_NEXT_DEAD] =
        DEAD_LETTERS " WHERE (stream, shard, sequence) > (?1, ?2, ?3)" DEAD_ORDER,
    [STATEMENT_DELETE_DEAD] =
        "DELETE FROM %d WHERE stream = ?1 AND shard = ?2 AND sequence = ?3 AND record IS ?4",
    [STATEMENT_FIND_VERSION] = "SELECT coalesce(version, 0) FROM %t WHERE pk = ?1",
    [STATEMENT_PURGE] = "DELETE FROM %t WHERE pk IN"
                        " (SELECT pk FROM %t WHERE deleted = 1 AND version < ?1 LIMIT 2000)",
};

/* What the user can do about it. Extended codes stand before the one that they belong to. */
static const struct {
    int code;
    bool retry;
    const char *hint;
} advice[] = {
    {SQLITE_BUSY, true, "another connection holds the file"},
    {SQLITE_LOCKED, true, "another connection holds the table"},
    {SQLITE_PROTOCOL, true, "too many connections open the file at once"},
    {SQLITE_INTERRUPT, true, "the time was up"},
    {SQLITE_READONLY_DBMOVED, true, "the file was moved or replaced meanwhile"},
    {SQLITE_READONLY, false, "the file and its folder must be writable"},
    {SQLITE_CANTOPEN, false, "the file and its folder must be readable and writable"},
    {SQLITE_FULL, false, "make room on the disk"},
    {SQLITE_NOTADB, false, "give the path of another file"},
    {SQLITE_CORRUPT, false, "restore the file from a copy"},
};

int sqlite_error(struct sqlite_sink *s, const char *doing, struct error *err)
{
    int extended = sqlite3_extended_errcode(s->db), code = extended & 0xFF;
    const char *hint = NULL;
    bool retry = false;
    for (size_t i = 0; i < ARRAY_LEN(advice) && !hint; i++)
        if (advice[i].code == extended || advice[i].code == code) {
            hint = advice[i].hint;
            retry = advice[i].retry;
        }
    /* A connection that lives on after an I/O error or a replaced file may never recover. */
    if (!retry && code != SQLITE_CONSTRAINT && code != SQLITE_ERROR)
        s->reconnect = true;
    (retry ? error_set_retry : error_set)(err, ERROR_SINK, code, "SQLite file \"%s\": %s: %s%s%s%s",
                                          s->path, doing, sqlite3_errmsg(s->db), hint ? " (" : "",
                                          hint ? hint : "", hint ? ")" : "");
    return -1;
}

/* Network file systems lack the shared memory that WAL needs [sqlite.org/wal.html], and do not
 * say so. Numbers as in statfs(2). */
static bool is_on_network(const char *path)
{
    static const unsigned long network[] = {
        0x6969,     /* NFS, and with it Lambda's EFS */
        0x517B,     /* SMB */
        0xFF534D42, /* CIFS */
        0xFE534D42, /* SMB2 */
        0x01021997, /* 9P */
        0x65735546, /* FUSE: anything behind it */
        0x00C36400, /* Ceph */
        0x0BD00BD0, /* Lustre */
        0x47504653, /* GPFS */
        0x5346414F, /* AFS */
        0x7461636F, /* OCFS2 */
    };
    struct statfs fs;
    if (statfs(path, &fs) < 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(network); i++)
        if ((unsigned long)fs.f_type == network[i])
            return true;
    return false;
}

static int is_time_up(void *user)
{
    struct sqlite_sink *s = user;
    return s->deadline && s->config.clock->steady_ms(s->config.clock) >= s->deadline;
}

void sqlite_set_deadline(struct sqlite_sink *s, int64_t deadline)
{
    s->deadline = deadline;
    if (!s->db)
        return;
    int64_t wait = LOCK_WAIT_MS;
    if (deadline) {
        int64_t left = deadline - s->config.clock->steady_ms(s->config.clock);
        wait = left < 0 ? 0 : left < LOCK_WAIT_MS ? left : LOCK_WAIT_MS;
    }
    sqlite3_busy_timeout(s->db, (int)wait);
}

bool sqlite_file_exists(const struct sqlite_sink *s)
{
    return access(s->path, F_OK) == 0 || errno != ENOENT;
}

/* SQLite says "unable to open database file" to everything. */
static int explain_open_failure(struct sqlite_sink *s, struct error *err)
{
    struct stat status;
    cleanup_free char *folder = xstrdup(s->path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder ? 1 : 0] = '\0';
    if (slash && stat(folder, &status) < 0)
        return error_set(err, ERROR_SINK, SQLITE_CANTOPEN,
                         "SQLite file \"%s\": the folder \"%s\" cannot be used: %s (make it with "
                         "`mkdir -p`, or give another path)",
                         s->path, folder, strerror(errno));
    if (stat(s->path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_set(err, ERROR_SINK, SQLITE_CANTOPEN,
                         "SQLite file \"%s\" is a folder: give the path of a file in it", s->path);
    return sqlite_error(s, "cannot open it", err);
}

bool sqlite_has_moved(struct sqlite_sink *s)
{
    int moved = 0;
    sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

static void configure(struct sqlite_sink *s)
{
    sqlite3_progress_handler(s->db, STEPS_BETWEEN_LOOKS, is_time_up, s);
    /* Where the journal cannot be what we want (somebody else uses the file, it is read-only), the
     * one it has is as safe, only slower: not worth waiting for. */
    sqlite3_exec(s->db,
                 is_on_network(s->path) ? "PRAGMA journal_mode = DELETE"
                                        : "PRAGMA journal_mode = WAL",
                 NULL, NULL, NULL);
    /* FULL would do for WAL; but without that, only EXTRA keeps a commit through a power cut
     * [sqlite.org/pragma.html#pragma_synchronous]. */
    sqlite3_exec(s->db, "PRAGMA synchronous = EXTRA", NULL, NULL, NULL);
    sqlite_set_deadline(s, s->deadline);
    if (sqlite_add_functions(s) != SQLITE_OK)
        memory_exhausted();
}

int sqlite_connect(struct sqlite_sink *s, bool may_create, struct error *err)
{
    if (s->db && !s->reconnect && !sqlite_has_moved(s))
        return 0;
    sqlite_disconnect(s);
    if (!may_create && !sqlite_file_exists(s))
        return error_set(err, ERROR_SINK, SQLITE_CANTOPEN,
                         "there is no SQLite file \"%s\" (`lorry table create` makes it)", s->path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int code =
        sqlite3_open_v2(s->path, &s->db, flags | (may_create ? SQLITE_OPEN_CREATE : 0), NULL);
    if (!s->db)
        memory_exhausted();
    if (code != SQLITE_OK) {
        explain_open_failure(s, err);
        sqlite_disconnect(s);
        return -1;
    }
    configure(s);
    return 0;
}

void sqlite_disconnect(struct sqlite_sink *s)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(s->statements[i]);
        s->statements[i] = NULL;
    }
    sqlite3_close_v2(s->db);
    s->db = NULL;
    s->reconnect = false;
    s->schema_version = -1;
}

void sqlite_append_sql(const struct sqlite_sink *s, const char *text, struct buf *out)
{
    for (const char *p = text; *p; p++) {
        const char *name = NULL;
        if (*p == '%')
            name = p[1] == 't'   ? s->table
                   : p[1] == 'l' ? s->live
                   : p[1] == 'd' ? s->dead
                   : p[1] == 'i' ? s->index
                                 : NULL;
        if (name) {
            buf_append_str(out, name);
            p++;
        } else {
            buf_append_char(out, *p);
        }
    }
}

static sqlite3_stmt *prepare_verbatim(struct sqlite_sink *s, const struct buf *sql, unsigned flags,
                                      struct error *err)
{
    log_sql(buf_view(sql));
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(s->db, buf_str(sql), (int)sql->len, flags, &statement, NULL) ==
        SQLITE_OK)
        return statement;
    sqlite_error(s, "cannot prepare a statement", err);
    return NULL;
}

static sqlite3_stmt *prepare(struct sqlite_sink *s, const char *text, unsigned flags,
                             struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    sqlite_append_sql(s, text, &sql);
    return prepare_verbatim(s, &sql, flags, err);
}

sqlite3_stmt *sqlite_prepare(struct sqlite_sink *s, const char *text, struct error *err)
{
    return prepare(s, text, 0, err);
}

int sqlite_exec_verbatim(struct sqlite_sink *s, const struct buf *sql, struct error *err)
{
    cleanup_statement sqlite3_stmt *statement = prepare_verbatim(s, sql, 0, err);
    if (!statement)
        return -1;
    if (sqlite3_step(statement) == SQLITE_DONE)
        return 0;
    return sqlite_error(s, sqlite3_sql(statement), err);
}

int sqlite_exec(struct sqlite_sink *s, const char *text, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    sqlite_append_sql(s, text, &sql);
    return sqlite_exec_verbatim(s, &sql, err);
}

sqlite3_stmt *sqlite_statement(struct sqlite_sink *s, enum sqlite_statement which,
                               struct error *err)
{
    sqlite3_stmt **kept = &s->statements[which];
    if (*kept)
        log_sql(view_str(sqlite3_sql(*kept)));
    else
        *kept = prepare(s, statement_texts[which], SQLITE_PREPARE_PERSISTENT, err);
    return *kept;
}

void sqlite_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

int sqlite_query_int(struct sqlite_sink *s, const char *text, int64_t *value, struct error *err)
{
    cleanup_statement sqlite3_stmt *statement = sqlite_prepare(s, text, err);
    if (!statement)
        return -1;
    if (sqlite3_step(statement) != SQLITE_ROW)
        return sqlite_error(s, sqlite3_sql(statement), err);
    *value = sqlite3_column_int64(statement, 0);
    return 0;
}

int sqlite_bind(sqlite3_stmt *statement, int at, struct view text)
{
    return sqlite3_bind_text64(statement, at, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC,
                               SQLITE_UTF8);
}
